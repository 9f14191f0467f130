"""Holidays by country and subdivision."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from router.conversation.holidays import holiday_dates, known


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("GB-ENG", True),  # a country and a part of it
        ("DE-BY", True),
        ("US", True),  # a country alone
        ("GB-XX", False),  # no such part
        ("XX", False),  # no such country
        ("GB-", False),  # a part was begun and not named
        ("", False),
    ],
)
def test_calendars_are_known_by_country_and_part(code: str, expected: bool) -> None:
    """A slip in the code must be found before the first holiday is missed."""
    assert expected is known(code)


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("GB-ENG", date(2026, 4, 6), True),  # Easter Monday
        ("GB-SCT", date(2026, 4, 6), False),  # which Scotland does not keep
        ("GB-ENG", date(2026, 12, 28), True),  # Boxing Day, moved from a Saturday
        ("DE-BY", date(2026, 1, 6), True),  # Epiphany is kept in Bavaria
        ("DE-BE", date(2026, 1, 6), False),  # and not in Berlin
        ("US", date(2026, 11, 26), True),  # Thanksgiving, a fourth Thursday
        ("US", date(2026, 11, 27), False),
        ("GB-ENG", date(2033, 12, 27), True),  # Christmas Day of 2033 is a Sunday, so that it is kept on the Tuesday
        (
            "IN",
            date(2044, 1, 26),
            True,
        ),  # Republic Day, in a year of which others are not settled: nothing is warned of
        ("GB-SCT", date(1998, 12, 25), True),
    ],
)
def test_a_part_of_a_country_keeps_its_own_holidays(code: str, day: date, expected: bool) -> None:
    """9 to 5 means the office's own calendar."""
    assert expected is holiday_dates(code)(day)


def test_years_are_added_as_they_are_asked_for() -> None:
    """Imported history lies years back, and a goal may fall due in the next year."""
    is_holiday = holiday_dates("US")

    assert [is_holiday(date(year, 7, 4)) for year in (2031, 2019, 2025)] == [True] * 3


def test_an_unknown_calendar_is_refused_with_its_name() -> None:
    """The package's own sentence would name an internal entity."""
    with pytest.raises(ValueError, match="'XX' is no country"):
        holiday_dates("XX")


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that give way to each other all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_several_threads_may_ask_for_a_new_year_at_once(hasty: None) -> None:
    """Whoever comes second must not find a year that is there and still empty: his answer would be remembered."""
    threads = 8
    is_holiday, together = holiday_dates("GB-ENG"), Barrier(threads)

    def ask(year: int) -> bool:
        together.wait(10)
        return is_holiday(date(year, 12, 25))

    with ThreadPoolExecutor(threads) as pool:
        found = [list(pool.map(ask, [year] * threads)) for year in range(1990, 2030)]

    assert all(map(all, found))
