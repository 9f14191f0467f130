"""The service clock of many who wait: how much service time has passed since each instant, and when a limit was used up.

`hours.open_between` and `hours.due` walk over every day of a wait. Here the days are walked over once, for all waits
together, up to one instant: the present, or the end of a period.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from router.conversation.hours import ServiceHours, windows

_NONE = timedelta(0)


class ServiceClock:
    """Service time up to `now`, for instants not before `first`."""

    def __init__(self, hours: ServiceHours, first: datetime, now: datetime) -> None:
        self._now = now
        self._opens: list[datetime] = []
        self._closes: list[datetime] = []
        self._before: list[timedelta] = []  # service time in the windows before each
        self._after: list[timedelta] = []  # and until its end
        total = _NONE
        for opens, closes in windows(hours, first, now) if first < now else ():
            if opens >= now:
                break
            self._opens.append(opens)
            self._closes.append(min(closes, now))
            self._before.append(total)
            total += min(closes, now) - opens
            self._after.append(total)
        self._total = total

    def since(self, start: datetime) -> timedelta:
        """The service time from `start` to now; the same as `open_between` says."""
        return self._total - self._until(start)

    def due(self, start: datetime, within: timedelta) -> datetime | None:
        """The first instant at which so much service time has passed since `start`; None where that is after now.

        The same as `hours.due` says.
        """
        if within <= _NONE:
            return start if start <= self._now else None
        reached = self._until(start) + within
        if reached > self._total:
            return None
        at = bisect_left(self._after, reached)
        return self._opens[at] + (reached - self._before[at])

    def seconds(self, start: datetime, end: datetime) -> float:
        """The service time between them."""
        return (self._until(end) - self._until(start)).total_seconds()

    def _until(self, at: datetime) -> timedelta:
        """The service time before an instant, from the first window on."""
        if at >= self._now:
            return self._total
        last = bisect_right(self._opens, at) - 1
        if last < 0:
            return _NONE
        return self._before[last] + min(at, self._closes[last]) - self._opens[last]
