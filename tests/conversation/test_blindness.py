"""Whether answers can be seen is said by rule, never guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from router.conversation.blindness import FEW_ANSWERS, NO_ANSWERS, NO_SOURCE, Day, of_day, of_history, working_day
from router.conversation.hours import ServiceHours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = ServiceHours(
    "office", BERLIN, dict.fromkeys(range(5), ((9 * 60, 17 * 60),)), closed=frozenset({date(2026, 11, 19)})
)
DAYS = [
    (Day(10, 0), True, NO_ANSWERS, "many wrote, and nobody answered"),
    (Day(10, 0), False, NO_SOURCE, "and no way was ever there"),
    (Day(9, 0), True, None, "a quiet day says nothing"),
    (Day(50, 1), True, None, "one answer shows that the way works"),
]


@pytest.mark.parametrize(("day", "source", "expected", "why"), DAYS)
def test_a_working_day_without_an_answer_is_doubted(day: Day, source: bool, expected: str | None, why: str) -> None:
    """Rather the way of the answers than the diligence of the people."""
    assert of_day(day, source=source) == expected, why


@pytest.mark.parametrize(("letters", "answered", "expected"), [(10, 3, FEW_ANSWERS), (10, 4, None), (9, 0, None)])
def test_a_history_with_few_answers_is_doubted(letters: int, answered: int, expected: str | None) -> None:
    """Under two fifths."""
    assert of_history(letters, answered) == expected


WORKING = [
    (OFFICE, "2026-11-23T12:00", "2026-11-19T23:00", "on Monday it was Friday, in Berlin"),
    (OFFICE, "2026-11-20T12:00", "2026-11-17T23:00", "Thursday was closed"),
    (None, "2026-11-23T12:00", "2026-11-20T00:00", "without hours from Monday to Friday"),
    (OFFICE, "2026-11-24T23:30", "2026-11-23T23:00", "midnight has passed in Berlin"),
]


@pytest.mark.parametrize(("hours", "now", "start", "why"), WORKING)
def test_the_last_working_day_is_a_whole_one(hours: ServiceHours | None, now: str, start: str, why: str) -> None:
    """Today is not over."""
    found = working_day(hours, ZoneInfo("UTC"), datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert found is not None
    assert found[0] == datetime.fromisoformat(start).replace(tzinfo=UTC), why


def test_whoever_never_opens_has_no_working_day() -> None:
    """And nothing is said of it."""
    assert working_day(ServiceHours("none", BERLIN, {}), BERLIN, datetime(2026, 11, 23, tzinfo=UTC)) is None
