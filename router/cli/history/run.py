"""An import from its first mail to its last: everything is handed in, and waited for until it is routed."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from time import monotonic

from router.cli.history.reading import Item, next_batch
from router.cli.history.ways import Way
from router.intake.files import Unread
from router.intake.past import Known, Mail
from router.routing.analysis import same_bytes
from router.routing.identify import Identity
from router.store import history
from router.store.cursors import Outcome
from router.store.database import Database
from router.tasks import Lane

IN_FLIGHT = 500  # mails handed in and not yet routed: live mail waits behind no more than these
LOOK = 0.03  # seconds between looks at what became of the oldest of them
OLDEST = 200
SILENCE = 3.0  # seconds without any being routed, after which somebody is asked whether he lives


@dataclass(slots=True)
class Counts:
    """What became of what was read."""

    read: int = 0
    stored: int = 0
    repeats: int = 0
    faults: int = 0


@dataclass(slots=True)
class Import:
    """Goes through the mails in order."""

    database: Database
    way: Way
    tell: Callable[[Counts], None]
    name_fault: Callable[[Unread], None]
    counts: Counts = field(default_factory=Counts)
    good: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # mails read, by whether from `--sent`
    bad: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    lane: Lane = field(default_factory=lambda: Lane("reading"))  # a server that hangs holds up nobody's end
    _open: dict[str, None] = field(default_factory=dict)  # sightings that are not routed yet, in their order
    _heard: float = field(default_factory=monotonic)

    async def run(self, found: Iterator[tuple[Item, bool]]) -> None:
        """Hand in everything, and wait for it; the next batch is read meanwhile."""
        ahead = self._read_on(found)
        try:
            while batch := await ahead:
                ahead = self._read_on(found)
                await self._hand_in(self._read(batch))
                self._heard = monotonic()
                while len(self._open) > IN_FLIGHT:
                    await self._look()
        finally:
            ahead.cancel()
        while self._open:
            await self._look()

    def _read_on(self, found: Iterator[tuple[Item, bool]]) -> "asyncio.Future[list[tuple[Item, bool]]]":
        return asyncio.ensure_future(self.lane.call(partial(next_batch, found)))

    def _read(self, batch: Sequence[tuple[Item, bool]]) -> list[Mail]:
        """Count and name what cannot be read; the rest goes on."""
        mails: list[Mail] = []
        for item, sent in batch:
            if isinstance(item, Mail):
                self.good[sent] += 1
                mails.append(item)
            elif isinstance(item, Known):
                self.good[sent] += item.count
                self._count(repeats=item.count)
            else:
                self.bad[sent] += 1
                self.fault(item.where, item.why)
        return mails

    def fault(self, where: str, why: str) -> None:
        """Name what cannot be read."""
        self.counts.read += 1
        self.counts.faults += 1
        self.name_fault(Unread(where, why))

    async def _hand_in(self, mails: Sequence[Mail]) -> None:
        """What is known by its bytes leaves no trace of itself: an import may be repeated as often as one likes."""
        keys = await asyncio.to_thread(_keys, mails)
        known = await self.database.aread(partial(history.known, keys=set(keys.values())))
        new = [one for one in mails if keys[one.seen.id] not in known]
        old = [one for one in mails if keys[one.seen.id] in known]
        notes = [one.fetched for one in new if one.fetched is not None]
        notes += [one.fetched | {"outcome": Outcome.KNOWN.value, "sighting": None} for one in old if one.fetched]
        if new or notes:
            await self.way.take([one.seen for one in new], notes)
            self._open.update((one.seen.id, None) for one in new)
        self._count(repeats=len(old))

    async def _look(self) -> None:
        found = await self.database.aread(partial(history.verdicts, ids=list(islice(self._open, OLDEST))))
        if not found:
            if monotonic() - self._heard > SILENCE:
                await self.way.check()
                self._heard = monotonic()
            await asyncio.sleep(LOOK)
            return
        self._heard = monotonic()
        for one in found:
            del self._open[one]
        verdicts = list(found.values())
        stored, faults = verdicts.count(Identity.NEW), verdicts.count(Identity.FAULT)
        self._count(stored=stored, faults=faults, repeats=len(found) - stored - faults)

    def _count(self, stored: int = 0, repeats: int = 0, faults: int = 0) -> None:
        counts = self.counts
        counts.stored += stored
        counts.repeats += repeats
        counts.faults += faults
        counts.read += stored + repeats + faults
        self.tell(counts)


def _keys(mails: Sequence[Mail]) -> dict[str, bytes]:
    """What each is known by; a large one is read for it."""
    return {one.seen.id: same_bytes(one.seen.content.sha256, one.seen.recipients) for one in mails}
