"""How fast copies may go to an inbox or through a server: token buckets, pure, with `now` from outside.

A bucket holds a fifth of its limit and fills so slowly that no window of its length ever sees more than the limit: a
few letters go at once, a backlog goes at a steady pace, and a provider that counts by the minute, the hour or the day
never counts too many.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.store.channel import UNLIMITED, Allowance, Spent

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT_ONCE = 5  # one part in so many of a limit may go at once
_ROUNDING = 1e-6  # of a token: sums of floats


@dataclass(slots=True)
class Bucket:
    """`limit` tokens in any `window`."""

    limit: int
    window: timedelta
    _level: float = field(init=False)
    _at: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """A new bucket is full."""
        self._level = self.most

    @property
    def most(self) -> int:
        """What it holds."""
        return max(1, self.limit // AT_ONCE)

    @property
    def per_second(self) -> float:
        """What flows in. Within one window: what it held, and all that flowed in before the window's end."""
        return (self.limit - self.most + 1) / self.window.total_seconds()

    def level(self, now: datetime) -> int:
        """How many tokens are there; below zero where more was spent than was there."""
        self._fill(now)
        return int((self._level + _ROUNDING) // 1)

    def spend(self, now: datetime, tokens: int) -> None:
        """Take tokens out, or, with a number below zero, put them back."""
        self._fill(now)
        self._level = min(self._level - tokens, self.most)

    def again(self, now: datetime) -> datetime:
        """When there is a token."""
        missing = 1 - self._level if self.level(now) < 1 else 0.0
        return now + timedelta(seconds=missing / self.per_second)

    def _fill(self, now: datetime) -> None:
        if self._at is not None and now > self._at:
            flowed = (now - self._at).total_seconds() * self.per_second
            self._level = min(self._level + flowed, self.most)
        if self._at is None or now > self._at:  # a clock that is set back gives nothing, and takes nothing
            self._at = now


class Pace:
    """The limits of one inbox, or of one server; without any, everything goes at once."""

    def __init__(
        self,
        per_minute: int | None = None,
        per_hour: int | None = None,
        per_day: int | None = None,
        bytes_per_day: int | None = None,
    ) -> None:
        limits = ((per_minute, MINUTE), (per_hour, HOUR), (per_day, DAY))
        self._limits = [(limit, window) for limit, window in limits if limit is not None]
        self._bytes_per_day = bytes_per_day
        self._fill()

    def _fill(self) -> None:
        self._copies = [Bucket(limit, window) for limit, window in self._limits]
        self._octets = Bucket(self._bytes_per_day, DAY) if self._bytes_per_day is not None else None

    @property
    def memory(self) -> timedelta:
        """How far back it matters what went."""
        windows = [window for _, window in self._limits]
        return max([*windows, DAY] if self._octets else windows, default=timedelta(0))

    def allowance(self, now: datetime) -> Allowance:
        """What may go now. The last mail may be larger than the octets that are left: they are then owed."""
        if not self._copies and self._octets is None:
            return UNLIMITED
        copies = min((bucket.level(now) for bucket in self._copies), default=UNLIMITED.copies)
        octets = self._octets.level(now) if self._octets else UNLIMITED.octets
        return Allowance(max(copies, 0) if octets > 0 else 0, max(octets, 0))

    def spend(self, now: datetime, copies: int, octets: int) -> None:
        """So much goes now; below zero: it did not go after all."""
        for bucket in self._copies:
            bucket.spend(now, copies)
        if self._octets:
            self._octets.spend(now, octets)

    def again(self, now: datetime) -> datetime:
        """When the next copy may go."""
        buckets = [*self._copies, self._octets] if self._octets else self._copies
        return max((bucket.again(now) for bucket in buckets), default=now)

    def recall(self, spent: Iterable[Spent]) -> None:
        """Begin anew with what is on record, oldest first: a restart makes no bucket full."""
        self._fill()
        for at, copies, octets in spent:
            self.spend(at, copies, octets)
