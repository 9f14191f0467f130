"""Days, weeks and months of a calendar, in zones with every kind of clock change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.conversation.periods import Length, Period, period_at, periods_to

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("length", "zone", "at", "name", "begin", "end", "why"),
    [
        ("day", "Europe/London", "2026-11-23T12:00Z", "2026-11-23", "2026-11-23T00:00Z", "2026-11-24T00:00Z", "plain"),
        ("day", "Europe/London", "2026-03-29T12:00Z", "2026-03-29", "2026-03-29T00:00Z", "2026-03-29T23:00Z", "23 h"),
        ("day", "Europe/London", "2026-10-25T12:00Z", "2026-10-25", "2026-10-24T23:00Z", "2026-10-26T00:00Z", "25 h"),
        ("day", "Asia/Beirut", "2026-03-29T00:00Z", "2026-03-29", "2026-03-28T22:00Z", "2026-03-29T21:00Z", "no midnight"),
        ("day", "America/Havana", "2026-11-01T12:00Z", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z", "two of them"),
        ("day", "Pacific/Apia", "2011-12-30T09:59Z", "2011-12-29", "2011-12-29T10:00Z", "2011-12-30T10:00Z", "then the 31st"),
        ("week", "Europe/London", "2026-11-23T00:00Z", "2026-W48", "2026-11-23T00:00Z", "2026-11-30T00:00Z", "begins"),
        ("week", "Europe/London", "2026-11-22T23:59Z", "2026-W47", "2026-11-16T00:00Z", "2026-11-23T00:00Z", "ends"),
        ("week", "Europe/London", "2026-10-25T12:00Z", "2026-W43", "2026-10-18T23:00Z", "2026-10-26T00:00Z", "an hour more"),
        ("week", "Europe/London", "2027-01-02T12:00Z", "2026-W53", "2026-12-28T00:00Z", "2027-01-04T00:00Z", "of the old year"),
        ("week", "Europe/London", "2024-12-30T12:00Z", "2025-W01", "2024-12-30T00:00Z", "2025-01-06T00:00Z", "of the new one"),
        ("week", "Australia/Sydney", "2026-11-22T13:00Z", "2026-W48", "2026-11-22T13:00Z", "2026-11-29T13:00Z", "Monday there"),
        ("month", "Europe/London", "2026-11-30T23:59Z", "2026-11", "2026-11-01T00:00Z", "2026-12-01T00:00Z", "thirty days"),
        ("month", "Europe/London", "2026-12-31T12:00Z", "2026-12", "2026-12-01T00:00Z", "2027-01-01T00:00Z", "new year"),
        ("month", "Europe/London", "2028-02-29T12:00Z", "2028-02", "2028-02-01T00:00Z", "2028-03-01T00:00Z", "a leap year"),
        ("month", "America/New_York", "2026-11-01T03:59Z", "2026-10", "2026-10-01T04:00Z", "2026-11-01T04:00Z", "October"),
    ],
)  # fmt: skip
def test_a_period_begins_and_ends_at_a_midnight_of_its_zone(
    length: str, zone: str, at: str, name: str, begin: str, end: str, why: str
) -> None:
    """Worked out by hand, from calendars and the dates of clock changes."""
    found = period_at(Length(length), ZoneInfo(zone), datetime.fromisoformat(at))

    assert (found.name, found.begin, found.end) == (name, datetime.fromisoformat(begin), datetime.fromisoformat(end)), (
        why
    )


def test_the_periods_before_come_first() -> None:
    """In the order of a calendar."""
    found = periods_to(Length.MONTH, LONDON, datetime(2026, 2, 10, tzinfo=UTC), 4)

    assert [period.name for period in found] == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_a_day_that_never_was_is_no_period() -> None:
    """Samoa had no 30 December 2011."""
    found = periods_to(Length.DAY, ZoneInfo("Pacific/Apia"), datetime(2012, 1, 1, tzinfo=UTC), 3)

    assert [period.name for period in found] == ["2011-12-29", "2011-12-31", "2012-01-01"]


_zones = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/London", "America/Havana", "Asia/Beirut", "Pacific/Apia", "America/Santiago")]
)
_instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@settings(deadline=None)
@given(_zones, _instants, st.sampled_from(Length), st.integers(1, 40))
def test_periods_leave_no_gap_and_hold_the_instant(zone: ZoneInfo, at: datetime, length: Length, count: int) -> None:
    """A letter that falls between two periods, or into both, makes figures that do not add up."""
    found = periods_to(length, zone, at, count)

    assert len(found) == count
    assert found[-1].holds(at)
    assert all(before.end == after.begin for before, after in pairwise(found))
    assert all(period_at(length, zone, period.begin) == period for period in found)
    assert all(period_at(length, zone, period.end - timedelta(microseconds=1)) == period for period in found)


def test_the_end_is_of_the_next_period() -> None:
    """A limit that falls due at midnight is of the day that begins."""
    day = Period(
        "2026-11-23", date(2026, 11, 23), datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    )

    assert [day.holds(at) for at in (day.begin, day.end)] == [True, False]
