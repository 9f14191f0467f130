"""Shares, percentiles and limits of many waits on one clock. Pure; it must never know whose waits they are.

Who waits still is in every figure with the time until now: in a share once the wait is longer than the limit, since
before that nobody knows whether it will be kept.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

LIMITS = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24, 48, 96, 168, 336))


class Share(NamedTuple):
    """How many were kept, of those of whom it is known."""

    kept: int = 0
    known: int = 0

    @property
    def value(self) -> float | None:
        """In ten-thousandths, and never rounded up: nearly all is not all."""
        return self.kept * 10_000 // self.known / 10_000 if self.known else None

    def reaches(self, share: float) -> bool:
        """Whether so many were kept."""
        return self.known > 0 and self.kept / self.known >= share

    def counting(self, seconds: float, limit: timedelta, *, answered: bool) -> "Share":
        """The same with one more wait, which ended by an answer or goes on."""
        late = seconds > limit.total_seconds()
        return Share(self.kept + (answered and not late), self.known + (answered or late))

    def plus(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.kept + other.kept, self.known + other.known)


class Figures(NamedTuple):
    """Seconds that were waited; None where nobody has waited."""

    median: float | None
    p95: float | None
    longest: float | None


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest rank: the first of these, in ascending order, that `percent` of all do not exceed; one that was."""
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)  # rounded up
    return ordered[max(rank, 1) - 1]


@dataclass(slots=True)
class Times:
    """Seconds that were waited, eight octets each."""

    answered: "array[float]" = field(default_factory=lambda: array("d"))
    open: "array[float]" = field(default_factory=lambda: array("d"))  # until now

    def put(self, seconds: float, *, answered: bool) -> None:
        """One more wait."""
        (self.answered if answered else self.open).append(seconds)

    def include(self, other: "Times") -> None:
        """Those of others too."""
        self.answered.extend(other.answered)
        self.open.extend(other.open)

    def figures(self) -> Figures:
        """How long it took, and takes."""
        every = sorted([*self.answered, *self.open])
        return Figures(percentile(every, 50), percentile(every, 95), every[-1] if every else None)

    def shares(self) -> list[Share]:
        """Those that were answered within each of `LIMITS`."""
        answered, still = sorted(self.answered), sorted(self.open)
        found = []
        for limit in LIMITS:
            late = len(still) - bisect_right(still, limit.total_seconds())
            found.append(Share(bisect_right(answered, limit.total_seconds()), len(answered) + late))
        return found
