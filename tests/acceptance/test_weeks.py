"""The founders' letters of a year: each planted fact stands in the letter of its week, and nothing that was not planted.

The count beside it (`tests/bench/year/weekly.py`) reads the facts of the inventor alone. The year is routed at once, mail
by mail at its own instant, and each letter is asked for as of its Sunday, as after an import.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from tests.bench.year.company import PEOPLE
from tests.bench.year.facts import Year
from tests.bench.year.generate import generate
from tests.bench.year.letters import Sunday, routed
from tests.bench.year.weekly import days_without_answers, planned, rising, thanked_by_name, to_ring
from tests.conftest import short_folder

YEAR = date(2026, 1, 5), 364
NAMES = [one.partition(" ")[0] for one in PEOPLE.values()]


def mondays(first: date, days: int) -> list[date]:
    """Of the weeks."""
    return [first + timedelta(days=7 * week) for week in range(days // 7)]


def differences(year: Year, letters: Sequence[Sunday], first: date, days: int) -> list[str]:
    """What a letter tells and the count does not, and the other way round."""
    happened = planned(year)
    customers = {number: story.customer for number, story in year.stories.items()}
    silent = set(days_without_answers(happened, first, days))
    counted = rising(year.events, customers)  # until midnight: whatever rises before it does then
    found: list[str] = []

    def same(what: str, monday: date, told: object, count: object) -> None:
        if told != count:
            found.append(f"{monday} {what}: {told}, and not {count}")

    for one in letters:
        monday = one.monday
        same("to ring", monday, {call.tale.customer for call in one.found.ring.calls}, to_ring(year, happened, one.at))
        told = Counter(name for row in one.view.praise.lines for name in row.to if name and name in row.words)
        thanked = thanked_by_name([event for event in year.events if _in(event.at, one)], NAMES)
        same("thanked", monday, told, Counter({name: count for (_, name), count in thanked.items()}))
        week = {monday + timedelta(days=number) for number in range(5)}
        same(
            "silent",
            monday,
            {day for day in one.found.word.silent if day.weekday() < 5},
            silent & week - _holidays(one),
        )
        words = {row.word for row in one.found.voices.rising.rises if row.sure and " " not in row.word}
        if monday in counted:  # earlier weeks have too few before them
            same("rising", monday, words - counted[monday].keys(), set())
    return found


def _in(at: datetime, one: Sunday) -> bool:
    return one.found.span.begin <= at < one.found.span.end


def _holidays(one: Sunday) -> set[date]:
    """Days on which most of the mailboxes were closed: nobody expects an answer."""
    return {day for day in ONLY_FEW if one.monday <= day <= one.monday + timedelta(days=6)}


# Most of the company was closed by its calendars.
ONLY_FEW = {date(2026, 12, 25), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 25), date(2026, 12, 26)}


def the_planted(year: Year, letters: Sequence[Sunday]) -> None:
    """Each fact, in the words of the letter."""
    by_week = {one.monday.isoformat(): one for one in letters}
    for week, word in year.planted.rising.items():
        risen = [one.monday.isoformat() for one in letters if any(word in row.word for row in one.view.rising)]
        assert risen[0] == week
        assert word in by_week[week].text
    for week, people in year.planted.gave_up.items():
        names = {story.customer: story.name for story in year.stories.values()}
        letter = next(one for one in letters if one.found.ring.calls)
        assert letter.monday == date.fromisoformat(week)
        assert all(names[one] in letter.text for one in people)
        assert letter.view.ring.total == len({*people})
        assert f"{len({*people})} people to ring" in letter.subject
    for week, name in year.planted.thanked.items():
        assert f"thanks {name}" in by_week[week].text
    if year.planted.silent_day:
        day = date.fromisoformat(year.planted.silent_day)
        letter = by_week[(day - timedelta(days=day.weekday())).isoformat()]
        assert f"Not one answer left on {day:%A} {day.day} {day:%b}" in letter.text
    for one in letters:
        oldest = one.view.old.lines[0]
        assert oldest.address == year.planted.broken_promise
        assert oldest.promise is not None


@pytest.mark.timeout(300)
def test_the_letters_of_a_year_tell_what_was_planted_and_nothing_else() -> None:
    """Of 14,000 mails, over all holidays and changes of the clocks."""
    first, days = YEAR
    year = generate(first, days)
    with short_folder() as folder, routed(year, folder) as company:
        letters = [company.letter(monday) for monday in mondays(first, days)]

    assert differences(year, letters, first, days) == []
    the_planted(year, letters)
