"""From what a wall clock shows to instants: one place that knows what a clock change does to an opening window.

All that leaves here is in UTC, where an hour is an hour; times of one zone must never be subtracted from each other.
Three rules, and everything follows from them:

- An edge that the clock skips moves forward to the moment at which the clock has jumped.
- An edge that the clock shows twice opens at the first time and closes at the second: in doubt we are open.
- Windows that touch or overlap are one. So 24 hours on seven days have neither a hole nor a double hour, not even
  where the clock changes at midnight or a whole day is left out.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Window = tuple[datetime, datetime]  # from the first instant to the one after the last, in UTC

_SECOND = timedelta(seconds=1)


def opening(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """Give the first instant at which the clock has reached `minute` of `day`."""
    return _instant(zone, day, minute, fold=0)


def closing(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """Give the instant at which the clock leaves `minute` of `day` behind for the last time."""
    return _instant(zone, day, minute, fold=1)


def merged(windows: Iterable[Window]) -> Iterator[Window]:
    """Join windows that touch or overlap; they come in the order in which they open, and may be without end."""
    current: Window | None = None
    for opens, closes in windows:
        if current is None:
            current = (opens, closes)
        elif opens <= current[1]:
            current = (current[0], max(current[1], closes))
        else:
            yield current
            current = (opens, closes)
    if current is not None:
        yield current


def _instant(zone: ZoneInfo, day: date, minute: int, fold: int) -> datetime:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    if first is None or second is None:
        raise ValueError(f"{zone} has no offset for {wall}")
    if first < second:  # PEP 495: such a time does not exist; the first offset is the one before the jump
        return _jump(zone, wall, (wall - second).replace(tzinfo=UTC), (wall - first).replace(tzinfo=UTC))
    return (wall - (second if fold else first)).replace(tzinfo=UTC)


def _jump(zone: ZoneInfo, wall: datetime, before: datetime, after: datetime) -> datetime:
    """Find the moment of the jump over `wall`: the first second at which the clock is past it."""
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after
