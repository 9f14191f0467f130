"""The files of the languages: whoever adds to one is told here what does not hold."""

import pytest

from router.conversation.deadlines import deadlines
from router.conversation.phrases import LANGUAGES, Gate, Language, fold, slots, spellings, words_of
from tests.conversation.test_promises import LONDON, SAID

COURTESY = {"thanks", "warm", "beside", "for", "thing", "greeting", "closing", "footer", "device", "reacted", "never"}
PROMISE = {"word", "deed", "if", "once", "theirs", "not", "general", "harmless", "now", "and"}
PROMISING = [language for language in LANGUAGES if language.promise]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_file_holds_lists_that_are_known(language: Language) -> None:
    """A list with a slip in its name would be read by nobody."""
    assert set(language.courtesy) <= COURTESY
    assert set(language.promise) <= PROMISE
    assert language.courtesy["thanks"]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_bracket_is_closed_and_none_holds_another(language: Language) -> None:
    """`[a|(b|c)]` would be taken for something else."""
    for pattern in (
        pattern for part in (language.courtesy, language.promise) for some in part.values() for pattern in some
    ):
        left = {char for slot in slots(pattern) for spelling in slot for char in spelling}
        assert not left & set("()[]|"), pattern


@pytest.mark.parametrize("language", PROMISING, ids=lambda language: language.code)
def test_a_week_has_seven_days_and_a_year_twelve_months(language: Language) -> None:
    """Their order is what they mean."""
    assert len(language.time["weekdays"]) == 7
    assert len(language.time["months"]) == 12
    for day, names in enumerate(language.time["weekdays"]):
        name = fold(names.split("|")[0])
        found = deadlines(name, language, SAID, LONDON)
        assert [day] == [(one.due.weekday() - 1) % 7 for one in found], name


def test_folding_takes_case_accents_and_apostrophes_away() -> None:
    """The same word is the same, however it was typed."""
    assert fold("Tack SÅ mycket") == "tack sa mycket"
    assert fold("Żółty") == "zolty"
    assert fold("d’ici") == fold("D'ICI")
    assert fold("e\u0301te\u0301") == fold("été")


def test_a_pattern_stands_for_all_its_spellings() -> None:
    """An umlaut may be written as two letters."""
    assert {"danke", "danke schon", "danke schoen"} == spellings("danke [schön]")


def test_a_gate_opens_only_where_every_place_can_be_filled() -> None:
    """It spares the patterns work, and must never cost a match."""
    gate = Gate(["(will|shall) ~ let you know"])

    assert gate.opens(words_of("We shall, of course, let you know."))
    assert not gate.opens(words_of("Let me know."))
