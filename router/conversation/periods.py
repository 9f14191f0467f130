"""Days, weeks and months as they are counted: by the calendar of a zone, from one midnight to another.

A week begins on Monday (ISO 8601) and is named by its year of weeks, which is not always the year of its days. What a
midnight is where the clock skips it or shows it twice is settled in `windows`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from router.conversation.windows import opening

_DAY = timedelta(days=1)
_LONG = timedelta(days=32)  # from the first of a month into the next


class Length(StrEnum):
    """Of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant to the one after the last, in UTC."""

    name: str  # "2026-11-23", "2026-W48", "2026-11"
    first_day: date
    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether an instant is of this period."""
        return self.begin <= at < self.end


def period_at(length: Length, zone: ZoneInfo, at: datetime) -> Period:
    """The period in which an instant lies."""
    return _from(length, zone, _FIRST[length](at.astimezone(zone).date()))


def periods_to(length: Length, zone: ZoneInfo, at: datetime, count: int) -> list[Period]:
    """So many periods, oldest first; the last one is that of `at`. A day that a zone has left out is none."""
    found = [period_at(length, zone, at)]
    while len(found) < count:
        before = _from(length, zone, _FIRST[length](found[-1].first_day - _DAY))
        if before.begin == before.end:
            before = _from(length, zone, _FIRST[length](before.first_day - _DAY))
        found.append(before)
    return found[::-1]


_FIRST: Mapping[Length, Callable[[date], date]] = {
    Length.DAY: lambda day: day,
    Length.WEEK: lambda day: day - day.weekday() * _DAY,
    Length.MONTH: lambda day: day.replace(day=1),
}
_NEXT: Mapping[Length, Callable[[date], date]] = {
    Length.DAY: lambda day: day + _DAY,
    Length.WEEK: lambda day: day + 7 * _DAY,
    Length.MONTH: lambda day: (day + _LONG).replace(day=1),
}
_NAME: Mapping[Length, Callable[[date], str]] = {
    Length.DAY: lambda day: day.isoformat(),
    Length.WEEK: lambda day: "{:04}-W{:02}".format(*day.isocalendar()),
    Length.MONTH: lambda day: f"{day.year:04}-{day.month:02}",
}


def _from(length: Length, zone: ZoneInfo, day: date) -> Period:
    end = opening(zone, _NEXT[length](day), 0)
    return Period(_NAME[length](day), day, opening(zone, day, 0), end)
