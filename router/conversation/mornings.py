"""When a person wants to be asked again: at the time of day of a digest, on one of its days. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from router.conversation.slots import Schedule, next_slot
from router.conversation.windows import opening

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mornings:
    """When a digest comes, as whoever replies to it counts days."""

    schedule: Schedule

    @property
    def zone(self) -> ZoneInfo:
        """By which its days are counted."""
        return self.schedule.zone

    def today(self, now: datetime) -> date:
        """The day that it is there."""
        return now.astimezone(self.zone).date()

    def tomorrow(self, now: datetime) -> datetime:
        """The first slot of a later day: what is put off on a Friday comes back on a Monday."""
        midnight = opening(self.zone, self.today(now) + _DAY, 0)
        return next_slot(self.schedule, max(now, midnight.astimezone(UTC) - timedelta(microseconds=1))).at

    def after(self, now: datetime, span: timedelta) -> datetime:
        """So much later: whole days end at that time of day, hours by the clock."""
        return now + span if span % _DAY else self.of(self.today(now) + span)

    def of(self, day: date) -> datetime:
        """That time of a day; where clocks jump over it, the first instant after the jump."""
        at = self.schedule.at
        return opening(self.zone, day, at.hour * 60 + at.minute).astimezone(UTC)
