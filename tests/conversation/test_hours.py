"""Service hours: a published table of cases, and properties in random zones around changes of the clock."""

import re
import subprocess
import sys
import time
import tomllib
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours, always, due, is_open, open_between, reach

TABLE = tomllib.loads(Path(__file__).with_name("hours_cases.toml").read_text("utf-8"))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)


def span(text: str) -> timedelta:
    """`2h15m`"""
    hours, minutes = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", text).groups("0")
    return timedelta(hours=int(hours), minutes=int(minutes))


def minutes(text: str) -> tuple[int, int]:
    """`22:00-30:00`"""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return start, end


def calendar(name: str) -> ServiceHours:
    """One of the table's calendars."""
    given = dict(TABLE["calendars"][name])
    zone, closed, code = ZoneInfo(given.pop("zone")), given.pop("closed", []), given.pop("holidays", None)
    week = {}
    for days, windows in given.items():
        first, last = map(DAYS.index, days.split("-"))
        week |= dict.fromkeys(range(first, last + 1), tuple(map(minutes, windows)))
    return ServiceHours(name, zone, week, frozenset(closed), holiday_dates(code) if code else None)


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: case["says"])
def test_the_published_cases_hold(case: dict[str, Any]) -> None:
    """Each was worked out by hand, so that the code is not its own witness."""
    hours = calendar(case["hours"])

    if "open" in case:
        assert span(case["open"]) == open_between(hours, case["start"], case["end"])
    elif "due" in case:
        assert case["due"] == due(hours, case["start"], span(case["within"]))
    else:
        assert case["is_open"] is is_open(hours, case["at"])


def test_every_published_calendar_is_used_and_every_sentence_is_said_once() -> None:
    """A table that people read must not hold leftovers."""
    assert set(TABLE["calendars"]) == {case["hours"] for case in TABLE["case"]}
    assert len(TABLE["case"]) == len({case["says"] for case in TABLE["case"]})


# A zone, and an instant close to which its clock changes in some way of its own.
CHANGES = (
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # an hour forward, at one
    ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # an hour back, at two
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),  # west of Greenwich
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),  # midnight is skipped
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),  # midnight comes twice
    ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC)),  # at midnight, back into the day before
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),  # southern summer begins at midnight
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),  # midnight is skipped, east of Greenwich
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a day is left out
    ("Pacific/Kwajalein", datetime(1969, 9, 30, 13, tzinfo=UTC)),  # most of a day comes twice
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),  # half an hour once and for all, at 23:30
    ("Africa/Casablanca", datetime(2024, 3, 10, 2, tzinfo=UTC)),  # back for Ramadan
    ("Europe/Dublin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # its summer time is the standard one
    ("Asia/Kathmandu", datetime(2026, 5, 1, tzinfo=UTC)),  # no change at all, and an offset of three quarters
)


@st.composite
def weeks(draw: st.DrawFn) -> dict[int, tuple[tuple[int, int], ...]]:
    """Any week: some days without hours, windows that overlap, touch, or run on into the next day."""
    start = st.integers(0, 1439)
    length = st.one_of(st.integers(1, 600), st.sampled_from((1440, 2880)))
    window = st.builds(lambda begin, long: (begin, min(begin + long, 2880)), start, length)
    plain = st.sampled_from(((0, 1440), (540, 1020), (1320, 1800), (0, 90), (90, 540), (1080, 1440)))
    days = st.lists(st.one_of(plain, window), max_size=3).map(tuple)
    return {day: draw(days) for day in range(7)}


@st.composite
def situations(draw: st.DrawFn) -> tuple[ServiceHours, datetime, datetime, datetime]:
    """Hours, and three instants in order, within two days of a change of the clock."""
    name, change = draw(st.sampled_from(CHANGES))
    near = [change + timedelta(days=day) for day in range(-2, 3)]
    zone = ZoneInfo(name)
    closed = draw(st.sets(st.sampled_from([at.astimezone(zone).date() for at in near]), max_size=2))
    hours = ServiceHours("drawn", zone, draw(weeks()), frozenset(closed))
    away = st.lists(st.integers(-48 * 60, 48 * 60), min_size=3, max_size=3).map(sorted)
    first, second, third = (change + minute * MINUTE for minute in draw(away))
    return hours, first, second, third


def by_minutes(hours: ServiceHours, start: datetime, end: datetime) -> timedelta:
    """Count the same the slow way: step through UTC minute by minute and look at the clock on the wall.

    Local time is never turned into UTC here. A window is open from the first minute at which the clock has reached
    its beginning until the last at which it has not passed its end.
    """
    reach = timedelta(days=5)
    steps = int((end - start + 2 * reach) / MINUTE)
    wall = [(start - reach + step * MINUTE).astimezone(hours.zone).replace(tzinfo=None) for step in range(steps)]
    furthest = list(accumulate(wall, max))  # the latest that the clock has shown so far
    nearest = list(accumulate(reversed(wall), min))[::-1]  # the earliest that it is still going to show
    opened = [False] * steps
    day, last = min(wall).date(), max(wall).date()
    while day <= last:
        midnight = datetime.combine(day, datetime.min.time())
        for begin, finish in () if day in hours.closed else hours.week.get(day.weekday(), ()):
            reached = bisect_left(furthest, midnight + begin * MINUTE)
            left = bisect_left(nearest, midnight + finish * MINUTE)
            # The clock may show the end itself a second time, later.
            left = max(left, bisect_right(nearest, midnight + finish * MINUTE) - 1)
            opened[reached:left] = [True] * max(left - reached, 0)
        day += timedelta(days=1)
    first = int(reach / MINUTE)
    return MINUTE * sum(opened[first : first + int((end - start) / MINUTE)])


SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOWLY
@given(situations())
def test_service_time_equals_a_count_by_minutes(situation: tuple[ServiceHours, datetime, datetime, datetime]) -> None:
    """The count never turns local time into UTC, which is where clock changes go wrong."""
    hours, start, _, end = situation

    assert by_minutes(hours, start, end) == open_between(hours, start, end)


# Kwajalein is left out: most of a day came twice there, and with it every edge of a day shift.
@pytest.mark.parametrize(("name", "change"), [one for one in CHANGES if one[0] != "Pacific/Kwajalein"])
def test_a_day_shift_is_open_when_the_wall_clock_says_so(name: str, change: datetime) -> None:
    """Hours that no change of the clock touches are what everybody reads off the wall."""
    week = dict.fromkeys(range(5), ((6 * 60, 22 * 60),))
    hours = ServiceHours("day", ZoneInfo(name), week)

    for minute in range(-72 * 60, 72 * 60, 7):
        at = change + minute * MINUTE
        local = at.astimezone(hours.zone)
        assert is_open(hours, at) is (local.weekday() < 5 and 6 <= local.hour < 22), local


@settings(deadline=None)
@given(situations())
def test_service_time_adds_up(situation: tuple[ServiceHours, datetime, datetime, datetime]) -> None:
    """Two parts of a wait are the whole wait."""
    hours, first, second, third = situation

    assert open_between(hours, first, third) == open_between(hours, first, second) + open_between(hours, second, third)


@settings(deadline=None)
@given(situations())
def test_service_time_never_shrinks_and_never_outruns_the_clock(
    situation: tuple[ServiceHours, datetime, datetime, datetime],
) -> None:
    """A wait that grows shorter, or longer than the time that passed, is no figure to show to anybody."""
    hours, first, second, third = situation
    shorter, longer = open_between(hours, first, second), open_between(hours, first, third)

    assert timedelta(0) <= shorter <= longer
    assert longer <= third - first


@settings(deadline=None)
@given(situations(), st.integers(1, 10_000))
def test_due_is_the_first_instant_with_so_much_service_time(
    situation: tuple[ServiceHours, datetime, datetime, datetime], wanted: int
) -> None:
    """A goal and its measure must never disagree about the same wait."""
    hours, start, _, _ = situation
    within = wanted * MINUTE
    if not any(hours.week.values()):
        with pytest.raises(ValueError, match="do not open"):
            due(hours, start, within)
        return
    when = due(hours, start, within)

    assert within == open_between(hours, start, when)
    assert within - timedelta(microseconds=1) == open_between(hours, start, when - timedelta(microseconds=1))


@settings(deadline=None)
@given(situations(), st.integers(0, 10_000))
def test_what_was_received_before_the_reach_of_a_limit_was_due_before(
    situation: tuple[ServiceHours, datetime, datetime, datetime], wanted: int
) -> None:
    """So that nobody has to read more of the past, and nothing that counts is left out."""
    hours, _, end, _ = situation
    within, tick = wanted * MINUTE, timedelta(microseconds=1)
    first = reach(hours, end, within)

    assert open_between(hours, first, end) <= within
    assert open_between(hours, first - tick, end) > within or not any(hours.week.values())


@settings(deadline=None)
@given(situations())
@example((always(ZoneInfo("Pacific/Apia")), CHANGES[11][1], CHANGES[11][1], CHANGES[11][1] + timedelta(days=3)))
def test_never_closed_is_all_the_time_there_is(
    situation: tuple[ServiceHours, datetime, datetime, datetime],
) -> None:
    """24/7 means 24/7: on a day of 25 hours it is 25."""
    drawn, first, second, third = situation
    hours = always(drawn.zone)

    assert third - first == open_between(hours, first, third)
    assert is_open(hours, second)


@settings(deadline=None)
@given(situations())
def test_open_now_agrees_with_the_next_moment(situation: tuple[ServiceHours, datetime, datetime, datetime]) -> None:
    """Both answer from the same windows, closed at the end."""
    hours, at, _, _ = situation
    tick = timedelta(microseconds=1)

    assert is_open(hours, at) is (open_between(hours, at, at + tick) == tick)


@pytest.mark.parametrize(
    "week",
    [
        {},  # no day at all
        {0: ()},  # a day, and no window in it
    ],
)
def test_hours_that_never_open_are_refused_with_their_name(week: dict[int, tuple[tuple[int, int], ...]]) -> None:
    """Searching for ever would stop everybody else's mail."""
    with pytest.raises(ValueError, match="'nobody' do not open"):
        due(ServiceHours("nobody", LONDON, week), datetime(2026, 1, 1, tzinfo=UTC), MINUTE)


def test_the_reach_of_a_limit_ends_somewhere() -> None:
    """Where nobody is ever there, nothing of three years is left out."""
    end = datetime(2026, 1, 1, tzinfo=UTC)

    assert timedelta(days=3 * 365) < end - reach(ServiceHours("nobody", LONDON, {}), end, MINUTE) < timedelta(days=3000)


def test_holidays_without_end_are_refused_too() -> None:
    """A calendar that says yes to every day must not be searched for ever."""
    hours = ServiceHours("idle", LONDON, {0: ((540, 1020),)}, holidays=lambda _: True)

    with pytest.raises(ValueError, match="do not open"):
        due(hours, datetime(2026, 1, 1, tzinfo=UTC), MINUTE)


def test_more_time_than_a_century_holds_is_refused() -> None:
    """A goal of a million days is a slip of the finger."""
    with pytest.raises(ValueError, match="hundred years"):
        due(always(LONDON), datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1_000_000))


def test_nothing_to_wait_for_is_due_at_once() -> None:
    """Even where nobody is there."""
    sunday = datetime(2026, 11, 8, 12, tzinfo=UTC)

    assert sunday == due(calendar("nine-to-five"), sunday, timedelta(0))


@pytest.mark.parametrize(
    "week",
    [
        {7: ((0, 60),)},  # there is no eighth day
        {0: ((60, 60),)},  # empty
        {0: ((120, 60),)},  # ends before it begins
        {0: ((1440, 1500),)},  # begins on the next day
        {0: ((0, 2881),)},  # ends on the day after the next
        {0: ((-1, 60),)},  # begins on the day before
    ],
)
def test_windows_that_cannot_be_meant_are_refused(week: dict[int, tuple[tuple[int, int], ...]]) -> None:
    """The settings check the same with better words; this is the last gate."""
    with pytest.raises(ValueError, match="hours 'odd'"):
        ServiceHours("odd", LONDON, week)


def test_a_time_without_a_zone_is_refused() -> None:
    """It would be taken for the zone of whatever machine this runs on."""
    with pytest.raises(ValueError, match="no time zone"):
        is_open(always(LONDON), datetime(2026, 1, 1, 12))


def test_long_spans_are_quick() -> None:
    """A mail with a date of long ago must not hold up the night's digest."""
    hours = calendar("lunch")
    start = datetime(1990, 1, 1, tzinfo=UTC)
    began = time.thread_time()

    whole = open_between(hours, start, start + timedelta(days=50 * 365))

    assert whole > timedelta(days=3000)
    assert time.thread_time() - began < 5  # 0.3 s where nothing else runs; a loop over minutes would take a minute


def test_a_year_is_remembered() -> None:
    """Every conversation that waits asks for the same days."""
    asked: list[date] = []
    hours = ServiceHours("once", LONDON, {0: ((540, 1020),)}, holidays=lambda day: bool(asked.append(day)))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(3):
        open_between(hours, start, start + timedelta(days=365))

    assert len(asked) == len(set(asked))


def test_the_policy_does_without_the_package_of_holidays() -> None:
    """It takes a quarter of a second to import, and many do without."""
    code = "import router.conversation.hours, router.conversation.holidays, sys; sys.exit('holidays' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
