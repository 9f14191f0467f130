"""When a bundle is due, by the calendar of its inbox."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.conversation.rhythm import Beat, Rhythm, Slot, absences

LONDON = ZoneInfo("Europe/London")
EVENING = Rhythm(Beat.EVENING, zone=LONDON)
CHRISTMAS = (date(2026, 12, 20), date(2027, 1, 3))
AWAY = Rhythm(Beat.EVENING, away=(CHRISTMAS,), zone=LONDON)


def at(day: str, clock: str = "12:00", zone: ZoneInfo = LONDON) -> datetime:
    """A wall clock's time, in UTC."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone).astimezone(UTC)


def test_what_came_in_the_day_is_due_in_the_evening() -> None:
    """Not a minute before."""
    oldest = at("2026-11-20", "09:00")

    assert EVENING.due(oldest, at("2026-11-20", "17:59")) is None
    assert EVENING.due(oldest, at("2026-11-20", "18:00")) == Slot("2026-11-20", at("2026-11-20", "18:00"))


def test_what_comes_after_the_bundle_waits_for_the_next() -> None:
    """The evening's slot is behind it."""
    oldest = at("2026-11-20", "18:01")

    assert EVENING.due(oldest, at("2026-11-20", "23:59")) is None
    assert EVENING.due(oldest, at("2026-11-21", "18:00")) == Slot("2026-11-21", at("2026-11-21", "18:00"))


def test_after_days_without_a_router_there_is_one_bundle_that_says_what_it_missed() -> None:
    """Nobody wants four at once."""
    slot = EVENING.due(at("2026-11-20", "09:00"), at("2026-11-23", "21:00"))

    assert slot == Slot("2026-11-23", at("2026-11-23", "18:00"), missed=3)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-03-28", "18:00"),  # winter time
        ("2026-03-29", "17:00"),  # the clock has jumped in the night
        ("2026-10-25", "18:00"),  # and back
    ],
)
def test_an_evening_is_one_of_the_wall_clock(day: str, utc: str) -> None:
    """18:00 is 18:00, whatever the clock has done."""
    slot = EVENING.due(at(day, "10:00"), at(day, "23:00"))

    assert slot is not None
    assert slot.at == datetime.fromisoformat(f"{day} {utc}").replace(tzinfo=UTC)


def test_a_time_that_the_clock_skips_is_due_at_the_jump() -> None:
    """A bundle at half past one in the night of the change is none the less made."""
    rhythm = Rhythm(Beat.EVENING, at=time(1, 30), zone=LONDON)
    slot = rhythm.due(at("2026-03-28", "23:00"), at("2026-03-29", "09:00"))

    assert slot == Slot("2026-03-29", datetime(2026, 3, 29, 1, tzinfo=UTC))


def test_nothing_is_due_while_somebody_is_away() -> None:
    """Both days are his."""
    oldest = at("2026-12-20", "00:00")

    assert AWAY.due(oldest, at("2027-01-03", "23:59")) is None
    assert AWAY.waits(at("2026-12-20", "00:00"))
    assert AWAY.waits(at("2027-01-03", "23:59"))


def test_one_bundle_comes_when_the_last_day_is_over() -> None:
    """It is there in the morning of the first day back, and the evening has a bundle of its own."""
    oldest = at("2026-12-21", "09:00")
    midnight = at("2027-01-04", "00:00")

    assert AWAY.due(oldest, midnight) == Slot("away-2027-01-03", midnight, CHRISTMAS)
    assert AWAY.due(at("2027-01-04", "08:00"), at("2027-01-04", "18:00")) == Slot(
        "2027-01-04", at("2027-01-04", "18:00")
    )


def test_an_absence_holds_what_otherwise_goes_at_once() -> None:
    """And only for its days."""
    rhythm = Rhythm(Beat.NOW, away=(CHRISTMAS,), zone=LONDON)
    days = ("2026-12-19", "2026-12-20", "2027-01-03", "2027-01-04")

    assert [rhythm.waits(at(day)) for day in days] == [False, True, True, False]
    assert rhythm.due(at("2026-12-24"), at("2027-01-04", "09:00")) == Slot(
        "away-2027-01-03", at("2027-01-04", "00:00"), CHRISTMAS
    )


def test_only_wrote_again_has_exceptions_and_none_in_an_absence() -> None:
    """A holiday is one."""
    again = Rhythm(Beat.WROTE_AGAIN, away=(CHRISTMAS,), zone=LONDON)

    assert again.excepts(at("2026-11-20"))
    assert not again.excepts(at("2026-12-25"))
    assert not AWAY.excepts(at("2026-11-20"))


def test_days_that_touch_are_one_absence() -> None:
    """Two entries for one holiday would make a bundle in its middle."""
    day = date(2026, 12, 20)
    days = [(day + timedelta(4), day + timedelta(9)), (day, day + timedelta(3)), (day + timedelta(11),) * 2]

    assert absences(days) == [(day, day + timedelta(9)), (day + timedelta(11), day + timedelta(11))]


def test_a_clock_that_was_set_back_makes_nothing_due() -> None:
    """What waits is then from the future."""
    assert EVENING.due(at("2026-11-20", "20:00"), at("2026-11-20", "18:30")) is None
