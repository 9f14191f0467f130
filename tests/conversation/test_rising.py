"""Which words rise: planted ones in their week, and no others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from router.conversation import rising
from router.conversation.rising import SURE, Rise, by_chance, count, often, risen, rises
from router.conversation.voice import Voice
from router.conversation.words import WordReader, stop_words
from tests.conversation.year import BEGIN, LOUD, PLANTED, WEEKS, letters, users, voice, words_of

READER = WordReader()


def of_week(given: Iterable[Voice], week: int) -> list[Voice]:
    """Its letters, those of a customer side by side."""
    begin = BEGIN.replace(hour=0) + timedelta(weeks=week)
    mine = [one for one in given if begin <= one.at < begin + timedelta(weeks=1)]
    return sorted(mine, key=lambda one: (one.customer, one.at))


def found(
    now: Sequence[Voice], before: Sequence[Sequence[Voice]], reader: WordReader = READER, stop: Iterable[str] = ()
) -> list[Rise]:
    """What rises, by all steps."""
    counted = often(count(now, reader), stop_words(stop), reader)
    past = [count(week, reader).words for week in before]
    return rises(risen(counted, past), len(past), lambda: now, reader)


def written(*texts: str, week: int = 8, customer: str = "") -> list[Voice]:
    """A letter of each text, of different customers unless one is given."""
    return [
        voice(week, number, customer or f"{number:03}@customer.example", [text]) for number, text in enumerate(texts)
    ]


NOTHING: list[list[Voice]] = [[] for _ in range(8)]
STRAP = written(*(f"The strap snapped on day {number}." for number in range(6)))


@pytest.fixture(scope="module")
def year() -> list[Voice]:
    """All of it."""
    return list(letters())


def test_planted_words_rise_in_their_week_and_nothing_else_does_for_sure(year: list[Voice]) -> None:
    """Over a year of two languages."""
    weeks = [of_week(year, week) for week in range(WEEKS)]
    planted: dict[int, set[str]] = {}
    for first, _, _, sentence, _ in PLANTED:
        planted[first] = words_of(sentence)
    counts = [count(week, READER) for week in weeks]
    named: dict[int, set[str]] = {}
    for week in range(2, WEEKS):
        past = [one.words for one in counts[max(0, week - 8) : week]]
        rows = rises(risen(often(counts[week], (), READER), past), len(past), partial(iter, weeks[week]), READER)
        if sure := {row.word for row in rows if row.sure}:
            named[week] = sure

    assert {week for week in named if week not in planted} <= {32}  # the strap goes on
    for week, words in planted.items():
        said = {part for item in named[week] for part in item.split()}
        assert said <= words
        assert len(said) >= 2
    assert "strap snapped" in named[31]
    assert "armband verfärbt" in named[20]


def test_the_numbers_are_those_of_another_count(year: list[Voice]) -> None:
    """Each single word that is named, and each that ought to be."""
    theirs = users(year)
    for week in (8, 20, 31, 32, 40, 45):
        now, before = of_week(year, week), [of_week(year, one) for one in range(week - 8, week)]
        counted = often(count(now, READER), (), READER)
        ours = risen(counted, [count(one, READER).words for one in before])
        for word, who in theirs[week].items():
            mean = sum(len(theirs[one][word]) for one in range(week - 8, week)) / 8
            if word in counted:
                assert counted[word] == len(who)
                assert (word in ours) == (len(who) >= 5 and len(who) >= 2.5 * mean)


def test_one_customer_who_writes_much_makes_nothing_rise(year: list[Voice]) -> None:
    """Forty letters of one word."""
    assert any("Zeppelins" in one.text for one in of_week(year, LOUD[0]))
    assert [row for row in found(of_week(year, LOUD[0]), [of_week(year, 24)] * 8) if "zeppelins" in row.word] == []


THRESHOLDS = [
    (5, [0] * 8, True, "five from none"),
    (4, [0] * 8, False, "four are too few, whatever was before"),
    (5, [2] * 8, True, "exactly two and a half times"),
    (5, [2] * 7 + [3], False, "a little less"),
    (10, [4] * 8, True, "of larger numbers"),
    (5, [0, 0], True, "two weeks before are enough"),
    (50, [0], False, "one is not: too early to say"),
    (50, [], False, "none is not"),
]


@pytest.mark.parametrize(("now", "before", "expected", "why"), THRESHOLDS, ids=[row[3] for row in THRESHOLDS])
def test_thresholds(now: int, before: list[int], expected: bool, why: str) -> None:
    """The table says why."""
    assert bool(risen({"strap": now}, [{"strap": one} if one else {} for one in before])) == expected


def test_a_pair_stands_for_its_words_where_the_same_people_used_them() -> None:
    """Once is enough."""
    assert [row.word for row in found(STRAP, NOTHING)] == ["strap snapped"]


def test_a_word_that_more_people_used_stands_beside_its_pair() -> None:
    """The strap is what is new, however it ends."""
    more = STRAP + [
        replace(one, customer="x" + one.customer) for one in written("The strap is loose.", "A strap for him?")
    ]

    assert {row.word for row in found(more, NOTHING)} == {"strap", "strap snapped"}


def test_overlapping_pairs_of_the_same_people_are_told_once() -> None:
    """A sentence that many send is one thing to tell."""
    same = written(*["Brass buckle corrodes"] * 5)

    assert [row.word for row in found(same, NOTHING)] == ["brass buckle"]


def test_each_comes_with_sentences_of_different_customers_as_they_wrote_them() -> None:
    """Typing errors are theirs."""
    texts = ["Hello. The  strap snappd after two days,\nand I am sad. Bye."] * 2 + [
        f"My strap is gone, {name}!" for name in ("Al", "Bo", "Cy")
    ]
    (row, *_) = found(written(*texts), NOTHING)

    assert row.word == "strap"
    assert len(row.quotes) == len({quote.customer for quote in row.quotes}) == 3
    assert row.quotes[0].text == "The strap snappd after two days, and I am sad."


def test_a_sentence_is_read_in_the_language_of_its_letter() -> None:
    """One so short might be in several, and its words stop words of another: "sale" is Italian too."""
    text = "Our wonderful turbofan sale! I love the turbofan and you will too."
    rows = {row.word: row for row in found(written(*[text] * 5), NOTHING)}

    assert [quote.text for quote in rows["turbofan sale"].quotes] == ["Our wonderful turbofan sale!"]


def test_what_stands_below_a_closing_never_rises() -> None:
    """Six people of one company may write about six matters."""
    bodies = ["The lamp hums.", "Where is my parcel?", "Is it open?", "I want to return it.", "It was wet.", "Send it."]
    below = "Kind regards,\nJohn Smith\nPurchasing Manager\nAcme Trading Ltd, Leeds"

    assert found(written(*(f"Hello,\n\n{body}\n\n{below}" for body in bodies)), NOTHING) == []


def test_what_stands_below_thanks_is_read_where_it_is_a_text() -> None:
    """Whoever thanks may go on."""
    text = "Thanks.\nThe strap snapped on the second day and I would like another one."

    assert "strap snapped" in {row.word for row in found(written(*[text] * 5), NOTHING)}


def test_the_name_below_a_letter_is_no_quote() -> None:
    """It is no sentence."""
    texts = [f"The strap snapped.\n\n{name} Moss" for name in ("Al", "Bo", "Cy", "Di", "Ed")]
    rows = {row.word: row for row in found(written(*texts), NOTHING)}

    assert rows["moss"].quotes == ()
    assert [quote.text for quote in rows["strap snapped"].quotes] == ["The strap snapped."]


@pytest.mark.parametrize(
    "private", ["me@customer.example", "https://customer.example/strap", "+44 20 7946 0958", "12 Strap Street"]
)
def test_no_quote_has_an_address_in_it(private: str) -> None:
    """What is quoted is read by many."""
    (row, *_) = found(written(*[f"The strap of {private} snapped."] * 5), NOTHING)

    assert row.quotes == ()


def test_own_stop_words_never_rise_and_product_words_always_may() -> None:
    """The company knows its words."""
    given = written(*["Newsletter strap, and the XS of Model 7."] * 5)
    reader = WordReader(("Model 7", "XS"))
    rows = found(given, NOTHING, reader, ["newsletter", "XS"])

    assert {row.word for row in rows} == {"strap", "Model 7", "XS"}


def test_the_least_likely_by_chance_comes_first() -> None:
    """And says how likely it is."""
    now = written(*["The zeppelin buckle."] * 9, *["My clasp."] * 5)
    rows = found(now, [written("My clasp."), *NOTHING[1:]])

    assert [row.word for row in rows] == ["zeppelin buckle", "clasp"]
    assert rows[0].chance < SURE < rows[1].chance


CHANCES = [(5, 0, True), (6, 4, False), (9, 8, True), (8, 8, False), (11, 16, False), (12, 16, True), (30, 80, True)]


@pytest.mark.parametrize(("now", "before", "sure"), CHANCES)
def test_what_is_sure_after_eight_weeks(now: int, before: int, sure: bool) -> None:
    """One in twenty thousand, by the binomial distribution."""
    assert (by_chance(now, before, 8) <= SURE) == sure


def test_by_chance_is_the_tail_of_the_binomial_distribution() -> None:
    """Counted out: two of two in the last of two weeks, and one or two of two."""
    assert by_chance(2, 0, 1) == pytest.approx(0.25)
    assert by_chance(1, 1, 1) == pytest.approx(0.75)
    assert rising.by_chance(3000, 9000, 8) < 1e-9
