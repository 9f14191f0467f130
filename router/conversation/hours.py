"""Service hours: when somebody is there to answer, and how much of that time lies between two instants.

A window belongs to the day on which it begins. A closed day or a holiday therefore opens no window at all, and a
night shift that began on the evening before it runs to its end. What clock changes do is settled in `windows`.

This is policy: it reads no clock, no file and no calendar of its own; the holidays are handed in.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from router.conversation.windows import Window, closing, merged, opening

_DAY = timedelta(days=1)
_NONE = timedelta(0)
_MINUTES = 24 * 60

# Whoever never opens must be found out instead of searched for for ever: a company may rest for long, not for this.
LONGEST_REST = timedelta(days=3 * 366)
FURTHEST = timedelta(days=100 * 366)

# How far from its own date a window can reach: it may run to the end of the next day, and a clock put back by a whole
# day (Kwajalein, 1969) shows that end twice.
_DAYS_BEFORE = 3
_DAYS_AFTER = 1

# A year of dates is asked again for every conversation that waits; enough for many years, and then begun anew.
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """One named set of hours; windows are pairs of minutes after local midnight."""

    name: str
    zone: ZoneInfo
    week: Mapping[int, tuple[tuple[int, int], ...]]  # 0 is Monday; an end over 1440 is on the next day
    closed: frozenset[date] = frozenset()
    holidays: Callable[[date], bool] | None = None
    _days: dict[date, tuple[Window, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse windows that cannot be meant, and put the others in order."""
        for day, windows in self.week.items():
            if day not in range(7):
                raise ValueError(f"hours {self.name!r}: there is no day {day!r}; 0 is Monday, 6 is Sunday")
            for start, end in windows:
                if not 0 <= start < _MINUTES or not start < end <= 2 * _MINUTES:
                    raise ValueError(f"hours {self.name!r}: {start} to {end} is no window of minutes in a day")
        ordered = {day: tuple(sorted(windows)) for day, windows in self.week.items()}
        object.__setattr__(self, "week", MappingProxyType(ordered))
        object.__setattr__(self, "closed", frozenset(self.closed))

    def opened_on(self, day: date) -> tuple[Window, ...]:
        """Give the windows that begin on a date, in the order in which they open."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _REMEMBERED:
                self._days.clear()
            known = self._days[day] = self._compute(day)
        return known

    def _compute(self, day: date) -> tuple[Window, ...]:
        windows = self.week.get(day.weekday(), ())
        if not windows or day in self.closed or (self.holidays is not None and self.holidays(day)):
            return ()
        edges = ((opening(self.zone, day, start), closing(self.zone, day, end)) for start, end in windows)
        # A window that lies wholly in a jump of the clock is none.
        return tuple((opens, closes) for opens, closes in edges if opens < closes)


def always(zone: ZoneInfo, name: str = "all") -> ServiceHours:
    """Give the hours of those who never close."""
    return ServiceHours(name, zone, dict.fromkeys(range(7), ((0, _MINUTES),)))


def is_open(hours: ServiceHours, at: datetime) -> bool:
    """Tell whether somebody is there at an instant; at the closing instant nobody is."""
    at = _utc(at)
    return any(opens <= at < closes for opens, closes in windows(hours, at, at))


def open_between(hours: ServiceHours, start: datetime, end: datetime) -> timedelta:
    """Add up the service time from `start` to `end`; none where the end is not later."""
    start, end = _utc(start), _utc(end)
    if end <= start:
        return _NONE
    spans = (min(closes, end) - max(opens, start) for opens, closes in windows(hours, start, end))
    return sum((span for span in spans if span > _NONE), _NONE)


def due(hours: ServiceHours, start: datetime, within: timedelta) -> datetime:
    """Give the first instant at which `within` of service time has passed since `start`.

    Time that is used up just when a window closes is due then, not when the next one opens.
    """
    start = _utc(start)
    if within <= _NONE:
        return start
    left, asked, worked, stretch = within, start, start, _DAY
    while asked - start < FURTHEST:
        until = asked + stretch
        for opens, closes in windows(hours, asked, until):
            opens, closes = max(opens, asked), min(closes, until)
            if closes - opens >= left:
                return opens + left
            if closes > opens:
                left, worked = left - (closes - opens), closes
        if until - worked >= LONGEST_REST:
            raise ValueError(f"hours {hours.name!r} do not open in the three years after {worked:%Y-%m-%d}")
        # Most goals are hours long: the first stretch is short, and few are needed for a long one.
        asked, stretch = until, min(2 * stretch, LONGEST_REST)
    raise ValueError(f"hours {hours.name!r} do not hold {within} in the hundred years after {start:%Y-%m-%d}")


def reach(hours: ServiceHours, end: datetime, within: timedelta) -> datetime:
    """Give the first instant since which no more than `within` of service time passes until `end`.

    The limit of whoever has waited since before that was due before `end`. It is looked for backwards; where the hours
    hold so little that three years do not tell, these are the answer.
    """
    end = _utc(end)
    left, asked, stretch = within, end, _DAY
    while end - asked < LONGEST_REST:
        since = asked - stretch
        for opens, closes in reversed(list(windows(hours, since, asked))):
            opens, closes = max(opens, since), min(closes, asked)
            if closes - opens > left:
                return closes - left
            if closes > opens:
                left -= closes - opens
        asked, stretch = since, min(2 * stretch, LONGEST_REST)
    return asked


def windows(hours: ServiceHours, start: datetime, end: datetime) -> Iterator[Window]:
    """Give every window that may reach into a span, each whole, joined where they touch, in their order."""
    day = start.astimezone(hours.zone).date() - _DAYS_BEFORE * _DAY
    days = (end.astimezone(hours.zone).date() - day).days + _DAYS_AFTER + 1
    return merged(window for count in range(days) for window in hours.opened_on(day + count * _DAY))


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC)
