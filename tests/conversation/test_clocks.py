"""The service clock of many waits says what the clock of one says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from router.conversation.clocks import ServiceClock
from router.conversation.hours import ServiceHours, always, due, open_between

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours(
    "office",
    LONDON,
    dict.fromkeys(range(5), ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60))),
    frozenset({date(2026, 3, 31)}),
)
NIGHT = ServiceHours("night", LONDON, {6: ((22 * 60, 30 * 60),)})
FIRST = datetime(2026, 3, 20, tzinfo=UTC)
_instants = st.integers(0, 20 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@given(st.sampled_from([OFFICE, NIGHT, always(LONDON)]), _instants, _instants)
def test_it_agrees_with_the_clock_of_one(hours: ServiceHours, start: datetime, now: datetime) -> None:
    """Over a week end, a change of the clocks, a closed day."""
    assert ServiceClock(hours, FIRST, now).since(start) == open_between(hours, start, now)


def test_the_first_instant_may_lie_in_a_window_that_is_open() -> None:
    """What was open before counts only from there."""
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)

    assert ServiceClock(OFFICE, noon, noon + timedelta(days=1)).since(noon) == timedelta(hours=4)


@given(st.sampled_from([OFFICE, NIGHT, always(LONDON)]), _instants, st.integers(0, 3000), _instants)
def test_limits_fall_due_when_the_clock_of_one_says_so(
    hours: ServiceHours, start: datetime, minutes: int, horizon: datetime
) -> None:
    """Up to a horizon, behind which nothing is known."""
    within = timedelta(minutes=minutes)
    expected = due(hours, start, within)

    assert ServiceClock(hours, FIRST, horizon).due(start, within) == (expected if expected <= horizon else None)


@given(st.sampled_from([OFFICE, NIGHT, always(LONDON)]), _instants, _instants)
def test_what_lies_between_two_instants_is_told_of_both(hours: ServiceHours, start: datetime, end: datetime) -> None:
    """The horizon is a later one."""
    start, end = sorted((start, end))
    clock = ServiceClock(hours, FIRST, FIRST + timedelta(days=30))

    assert clock.seconds(start, end) == open_between(hours, start, end).total_seconds()


def test_the_clock_of_nobody_has_no_limits() -> None:
    """And raises nothing: it is asked in the middle of a list."""
    nobody = ServiceHours("nobody", LONDON, {0: ((9 * 60, 17 * 60),)}, holidays=lambda _: True)

    assert ServiceClock(nobody, FIRST, FIRST + timedelta(days=30)).due(FIRST, timedelta(minutes=1)) is None
