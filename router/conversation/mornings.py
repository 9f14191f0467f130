"""When a person wants to be asked again: at the time of day of a digest, on one of its days. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Mornings:
    """When a digest comes."""

    at: time
    zone: ZoneInfo
    days: Collection[int] = _EVERY_DAY  # Monday is 0

    def today(self, now: datetime) -> date:
        """The day that it is there."""
        return now.astimezone(self.zone).date()

    def tomorrow(self, now: datetime) -> datetime:
        """The first of them on a later day: what is put off on a Friday comes back on a Monday."""
        day = self.today(now)
        later = (day + timedelta(days=ahead) for ahead in range(1, 8))
        return self.of(next((one for one in later if one.weekday() in self.days), day + timedelta(days=1)))

    def after(self, now: datetime, span: timedelta) -> datetime:
        """So much later: whole days end at that time of day, hours by the clock."""
        if span % timedelta(days=1):
            return now + span
        return self.of(self.today(now) + span)

    def of(self, day: date) -> datetime:
        """That time of a day; where clocks jump over it, as much later as they jump."""
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)
