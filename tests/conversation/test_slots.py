"""When a digest is due."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from router.conversation.edition import Edition, Kind
from router.conversation.slots import Schedule, is_late, next_slot, slots_between

ALL = frozenset(range(7))
DAY = timedelta(days=1)
FIRST, LAST = date(2007, 1, 1), date(2026, 12, 31)


def schedule(at: str, zone: str = "Europe/London", days: frozenset[int] = ALL) -> Schedule:
    """A schedule."""
    return Schedule(time.fromisoformat(at), days, ZoneInfo(zone))


def utc(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/London", "07:00", "2026-11-23", "2026-11-23T07:00"),  # nothing special
        ("Europe/London", "07:00", "2026-06-23", "2026-06-23T06:00"),  # summer
        ("Europe/London", "01:30", "2026-03-29", "2026-03-29T01:00"),  # skipped: the clock goes from 01:00 to 02:00
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00"),  # the same at another hour
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),  # shown twice: the first of them
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30"),  # a jump of half an hour
        ("America/Asuncion", "00:00", "2023-10-01", "2023-10-01T04:00"),  # midnight is skipped
        ("America/Havana", "00:30", "2026-11-01", "2026-11-01T04:30"),  # after midnight, twice
        ("Asia/Kathmandu", "07:00", "2026-11-23", "2026-11-23T01:15"),  # an offset of 5:45
        ("Pacific/Chatham", "07:00", "2026-11-23", "2026-11-22T17:15"),  # of 13:45
        ("Pacific/Apia", "07:00", "2011-12-31", "2011-12-30T17:00"),  # the day after the one that never was
        ("Pacific/Apia", "07:00", "2011-12-29", "2011-12-29T17:00"),  # and the day before
    ],
)
def test_a_slot_is_at_its_local_time(zone: str, at: str, day: str, expected: str) -> None:
    """What the clock on the wall shows counts."""
    start = utc(f"{day}T12:00") - 2 * DAY
    found = {slot.name: slot.at for slot in slots_between(schedule(at, zone), start, start + 4 * DAY)}

    assert found[day] == utc(expected)


def test_a_date_that_never_was_has_no_slot() -> None:
    """Samoa went from the 29th to the 31st of December."""
    found = slots_between(schedule("07:00", "Pacific/Apia"), utc("2011-12-28T00:00"), utc("2012-01-02T00:00"))

    assert [slot.name for slot in found] == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_days_are_days_of_the_zone() -> None:
    """Monday morning in Auckland is Sunday in London."""
    only_monday = schedule("07:00", "Pacific/Auckland", frozenset({0}))

    assert next_slot(only_monday, utc("2026-11-21T00:00")).at == utc("2026-11-22T18:00")


def test_a_span_ends_with_its_end_and_begins_behind_its_beginning() -> None:
    """So that spans that follow each other have each slot once."""
    at = utc("2026-11-23T07:00")

    assert [slot.at for slot in slots_between(schedule("07:00"), at - DAY, at)] == [at]
    assert slots_between(schedule("07:00"), at, at + timedelta(hours=1)) == []
    assert slots_between(schedule("07:00"), at, at - DAY) == []
    assert next_slot(schedule("07:00"), at).at == at + DAY


def test_a_week_without_its_day_goes_on_with_the_next() -> None:
    """The 30th of December 2011 was a Friday."""
    fridays = schedule("07:00", "Pacific/Apia", frozenset({4}))

    assert next_slot(fridays, utc("2011-12-24T00:00")).name == "2012-01-06"


def test_a_schedule_of_no_day_is_refused() -> None:
    """It would be looked for without end."""
    with pytest.raises(ValueError, match="no days of a week"):
        schedule("07:00", days=frozenset())


@pytest.mark.parametrize(
    ("minutes", "missed", "late"),
    [(0, 0, False), (14, 0, False), (16, 0, True), (0, 1, True)],
)
def test_an_edition_is_late_after_a_while_or_where_others_were_missed(minutes: int, missed: int, late: bool) -> None:
    """A busy machine is no news; a night without a router is."""
    at = utc("2026-11-23T07:00")
    made = at + timedelta(minutes=minutes)

    assert is_late(Edition("e", "d", Kind.NIGHTLY, "2026-11-23", at, made, (), missed=missed)) is late


def changes(zone: ZoneInfo) -> tuple[object, ...]:
    """Every change of a zone's clock in these years, to the minute."""
    found = []
    days = [utc("2006-12-01T00:00") + number * DAY for number in range(7400)]
    for day, after in pairwise(days):
        offset = after.astimezone(zone).utcoffset()
        if day.astimezone(zone).utcoffset() != offset:
            known = lambda minute, day=day, zone=zone, offset=offset: (  # noqa: E731
                (day + minute * timedelta(minutes=1)).astimezone(zone).utcoffset() == offset
            )
            found.append((bisect_left(range(1440), True, key=known), day, offset))
    return (days[0].astimezone(zone).utcoffset(), *found)


def distinct() -> Iterator[list[str]]:
    """All zones, those that are alike together: many names are only other names."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for name in sorted(available_timezones()):
        alike.setdefault(changes(ZoneInfo(name)), []).append(name)
    yield from alike.values()


def dates(zone: ZoneInfo) -> list[str]:
    """The local dates of twenty years at which the clock has shown some time, found without our own code."""
    found = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + number * DAY
        for hour in (12, 1, 23, 6, 18):
            wall = datetime(day.year, day.month, day.day, hour, 1, tzinfo=zone)
            if wall.astimezone(UTC).astimezone(zone).date() == day:
                found.append(day.isoformat())
                break
    return found


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "at", ["02:30", pytest.param("00:00", marks=pytest.mark.soak), pytest.param("23:45", marks=pytest.mark.soak)]
)
def test_twenty_years_in_all_zones_have_one_slot_for_each_date_that_exists(at: str) -> None:
    """Not one too many, not one too few, each later than the one before."""
    checked = 0
    for names in distinct():
        zone = ZoneInfo(names[0])
        plan = Schedule(time.fromisoformat(at), ALL, zone)
        wide = slots_between(plan, utc("2006-12-25T00:00"), utc("2027-01-05T00:00"))
        found = [slot for slot in wide if FIRST <= slot.date <= LAST]

        assert [slot.name for slot in found] == dates(zone), names
        assert all(one.at < other.at for one, other in pairwise(found)), names
        checked += len(names)
    assert checked == len(available_timezones()) > 400
