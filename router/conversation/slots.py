"""When a digest is due: one slot for each local date that exists and is of its days. Pure.

A time that the clock skips is due at the first instant after the jump, one that it shows twice at the first of the two.
A date that a zone has left out (Pacific/Apia, 30 December 2011) has no slot; one that it had twice has one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from router.conversation.edition import Edition
from router.conversation.windows import opening

LATE = timedelta(minutes=15)  # a digest that is made so long after its slot says so

_DAY = timedelta(days=1)
_REACH = 2  # days between a slot's own date and the one that the clock shows then, at the most
_SEARCHED = 30  # dates in which a weekly slot is found, whatever a zone leaves out
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a digest goes out."""

    at: time
    days: frozenset[int]  # 0 is Monday
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Refuse what would never be due."""
        if not self.days or not self.days <= frozenset(range(7)):
            raise ValueError(f"{sorted(self.days)} are no days of a week; 0 is Monday, 6 is Sunday")

    def __str__(self) -> str:
        days = ",".join(_DAYS[day] for day in sorted(self.days))
        return f"{self.at:%H:%M} {days} {self.zone.key}"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the times at which a digest is due."""

    date: date  # by which it is known
    at: datetime  # in UTC

    @property
    def name(self) -> str:
        """What an edition of this slot bears."""
        return self.date.isoformat()


def slots_between(schedule: Schedule, after: datetime, until: datetime) -> list[Slot]:
    """The slots later than `after` and not later than `until`, in their order."""
    if until <= after:
        return []
    first, last = (instant.astimezone(schedule.zone).date() for instant in (after, until))
    count = (last - first).days + 2 * _REACH + 1
    return [slot for slot in _slots(schedule, first - _REACH * _DAY, count) if after < slot.at <= until]


def next_slot(schedule: Schedule, after: datetime) -> Slot:
    """The first slot later than `after`."""
    first = after.astimezone(schedule.zone).date() - _REACH * _DAY
    return next(slot for slot in _slots(schedule, first, _SEARCHED) if slot.at > after)


def is_late(edition: Edition) -> bool:
    """Whether an edition has to say that its slot has passed."""
    return edition.missed > 0 or edition.made - edition.at > LATE


def _slots(schedule: Schedule, first: date, count: int) -> Iterator[Slot]:
    minute = schedule.at.hour * 60 + schedule.at.minute
    for number in range(count):
        day = first + number * _DAY
        if day.weekday() not in schedule.days:
            continue
        at = opening(schedule.zone, day, minute)
        # Where the clock has jumped over that time it may show another date: then the date may never have been.
        if at.astimezone(schedule.zone).date() == day or _exists(schedule.zone, day):
            yield Slot(day, at.astimezone(UTC))


def _exists(zone: ZoneInfo, day: date) -> bool:
    return opening(zone, day, 0) < opening(zone, day + _DAY, 0)
