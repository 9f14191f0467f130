"""When copies for an inbox go: at once, in one bundle each evening, or after days of absence. Pure.

A bundle has a slot, the local date of its evening; the one after an absence is due when the last day of it has ended,
and bears that day. Who is away gets nothing before, whatever his rhythm is. Days that touch are one absence.

A slot counts only for what waited for it: where nothing waits there is no bundle, and after a time in which no router
ran there is one, for the latest slot, that says how many went by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from router.conversation.slots import Schedule, slots_between
from router.conversation.windows import opening

Days = tuple[date, date]  # the first and the last

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_EVERY_DAY = frozenset(range(7))
_AWAY = "away-"
_UTC = ZoneInfo("UTC")


class Beat(StrEnum):
    """How an inbox wants its copies."""

    NOW = "now"  # each at once
    EVENING = "evening"  # in one bundle a day
    WROTE_AGAIN = "wrote-again"  # the same, but who had to write again, VIPs and broken promises at once


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which a bundle is due."""

    name: str  # unique for an inbox
    at: datetime  # in UTC
    away: Days | None = None  # the absence that it ends
    missed: int = 0  # slots before it for which something waited


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What an inbox wants, and when its owner is away."""

    beat: Beat = Beat.NOW
    away: tuple[Days, ...] = ()
    at: time = time(18)  # of the evening's bundle
    zone: ZoneInfo = _UTC

    def is_away(self, day: date) -> bool:
        """Whether the owner is away on a local day."""
        return any(first <= day <= last for first, last in self.away)

    def waits(self, now: datetime) -> bool:
        """Whether a new copy has to wait for a bundle."""
        return self.beat is not Beat.NOW or self.is_away(self._day(now))

    def excepts(self, now: datetime) -> bool:
        """Whether some of what waits goes at once all the same."""
        return self.beat is Beat.WROTE_AGAIN and not self.is_away(self._day(now))

    def due(self, oldest: datetime, now: datetime) -> Slot | None:
        """The latest slot that is due by now, for an inbox whose oldest copy waits since then; None where none is."""
        if now < oldest:
            return None
        found = sorted((*self._evenings(oldest, now), *self._returns(oldest, now)), key=lambda slot: slot.at)
        if not found:
            return None
        last = found[-1]
        return Slot(last.name, last.at, last.away, missed=len(found) - 1)

    def _day(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def _evenings(self, oldest: datetime, now: datetime) -> Iterator[Slot]:
        if self.beat is Beat.NOW:
            return
        schedule = Schedule(self.at, _EVERY_DAY, self.zone)
        for slot in slots_between(schedule, oldest - _MOMENT, now):
            if not self.is_away(slot.date):
                yield Slot(slot.name, slot.at)

    def _returns(self, oldest: datetime, now: datetime) -> Iterator[Slot]:
        for first, last in absences(self.away):
            at = opening(self.zone, last + _DAY, 0).astimezone(UTC)
            if oldest <= at <= now:
                yield Slot(f"{_AWAY}{last.isoformat()}", at, (first, last))


AT_ONCE = Rhythm()


def absences(away: Iterable[Days]) -> list[Days]:
    """The same days, those that touch or overlap as one absence, in their order."""
    found: list[Days] = []
    for first, last in sorted(away):
        if found and first <= found[-1][1] + _DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
