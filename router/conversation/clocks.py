"""The service clock of many who wait: how much service time has passed since each instant, up to one present.

`hours.open_between` walks over every day of a wait. Here the days are walked over once, for all waits together.
"""

from bisect import bisect_right
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
        total = _NONE
        for opens, closes in windows(hours, first, now) if first < now else ():
            if opens >= now:
                break
            self._opens.append(opens)
            self._closes.append(min(closes, now))
            self._before.append(total)
            total += min(closes, now) - opens
        self._total = total

    def since(self, start: datetime) -> timedelta:
        """The service time from `start` to now; the same as `open_between` says."""
        if start >= self._now:
            return _NONE
        at = bisect_right(self._opens, start) - 1
        if at < 0:
            return self._total
        passed = self._before[at] + min(max(start, self._opens[at]), self._closes[at]) - self._opens[at]
        return self._total - passed
