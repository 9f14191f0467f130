"""Weeks: from Monday 00:00 to Sunday in a zone, named as ISO 8601 names them ("2026-W47")."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NAME = re.compile(r"(\d{4})-?[Ww](\d{1,2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """By its Monday."""

    monday: date

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Week":
        """The week in which an instant lies."""
        day = at.astimezone(zone).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> "Week":
        """Of a name; raises `ValueError`."""
        found = _NAME.fullmatch(name.strip())
        if found is None:
            raise ValueError(name)
        return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))

    @property
    def name(self) -> str:
        """As ISO 8601 names it."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    def earlier(self, weeks: int) -> "Week":
        """The week so many weeks before."""
        return Week(self.monday - timedelta(weeks=weeks))

    def begin(self, zone: ZoneInfo) -> datetime:
        """Its first instant. A midnight that the clocks skip is the instant at which they do."""
        return datetime.combine(self.monday, time(), zone).astimezone(UTC)

    def end(self, zone: ZoneInfo) -> datetime:
        """The first instant after it."""
        return self.earlier(-1).begin(zone)
