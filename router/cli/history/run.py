"""An import from its first mail to its last: everything is handed in, and waited for until it is routed."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from router.cli.history.reading import Item, Place, next_batch
from router.cli.history.ways import Way
from router.intake.files import Unread
from router.routing.analysis import same_bytes
from router.routing.identify import Identity
from router.store import history
from router.store.database import Database
from router.store.spool import Sighting

IN_FLIGHT = 500  # mails handed in and not yet routed: live mail waits behind no more than these
LOOK = 0.03  # seconds between looks at what became of them
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
    _open: set[str] = field(default_factory=set)  # sightings that are not routed yet
    _heard: float = field(default_factory=monotonic)

    async def run(self, found: Iterator[tuple[Item, Place]]) -> None:
        """Hand in everything, and wait for it."""
        while batch := await asyncio.to_thread(next_batch, found):
            await self._hand_in(self._read(batch))
            self._heard = monotonic()
            while len(self._open) > IN_FLIGHT:
                await self._look()
        while self._open:
            await self._look()

    def _read(self, batch: Sequence[tuple[Item, Place]]) -> list[Sighting]:
        """Count and name what cannot be read; the rest goes on."""
        mails: list[Sighting] = []
        for item, place in batch:
            if isinstance(item, Unread):
                self.counts.read += 1
                self.counts.faults += 1
                self.bad[place.sent] += 1
                self.name_fault(item)
            else:
                self.good[place.sent] += 1
                mails.append(item)
        return mails

    async def _hand_in(self, mails: Sequence[Sighting]) -> None:
        """What is known by its bytes leaves no trace: an import may be repeated as often as one likes."""
        keys = await asyncio.to_thread(
            lambda: {one.id: same_bytes(one.content.sha256, one.recipients) for one in mails}
        )
        known = await self.database.aread(partial(history.known, keys=set(keys.values())))
        new = [seen for seen in mails if keys[seen.id] not in known]
        self._count(repeats=len(mails) - len(new))
        if new:
            await self.way.take(new)
            self._open.update(seen.id for seen in new)

    async def _look(self) -> None:
        found = await self.database.aread(partial(history.verdicts, ids=self._open))
        if not found:
            if monotonic() - self._heard > SILENCE:
                await self.way.check()
                self._heard = monotonic()
            await asyncio.sleep(LOOK)
            return
        self._heard = monotonic()
        self._open.difference_update(found)
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
