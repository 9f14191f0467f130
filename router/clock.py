"""The daemon's one clock.

Everything that needs the time is given a `Clock` or, in policy functions, the instant itself as `now`; nothing else in
the package asks the operating system. A test moves the clock with `run --clock START,RATE`.
"""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Instants as aware UTC datetimes; with `start`, time begins there and runs `rate` times as fast as the real one."""

    def __init__(self, start: datetime | None = None, rate: float = 1.0) -> None:
        self._start = start
        self._rate = rate
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """The present instant."""
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=(time.monotonic() - self._begun) * self._rate)

    def real_seconds(self, span: timedelta) -> float:
        """How many seconds to sleep until `span` of this clock has passed."""
        return max(0.0, span.total_seconds() / self._rate)


def rfc3339(instant: datetime | None) -> str | None:
    """An instant as programs read it: RFC 3339, in UTC, with `Z`."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_clock(text: str) -> Clock:
    """`START` or `START,RATE`: an RFC 3339 instant and a positive factor; raises ValueError saying what was expected."""
    start, _, rate = text.partition(",")
    try:
        begin, factor = datetime.fromisoformat(start), float(rate or "1")
    except ValueError as error:
        raise ValueError("expected START,RATE, such as 2026-11-23T06:59:00Z,60") from error
    if begin.tzinfo is None or factor <= 0:
        raise ValueError("expected an instant with its zone and a positive rate, such as 2026-11-23T06:59:00Z,60")
    return Clock(begin.astimezone(UTC), factor)
