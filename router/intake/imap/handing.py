"""From a watcher's thread to the store: mails, what became of the others, and the cursor, in one commit.

The thread waits for the commit. A store that is full or locked is asked again for as long as it takes: the cursor has not
moved, and the mail stays on its server.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from router.clock import Clock
from router.intake.imap.asking import Asking, Stopped
from router.intake.imap.taken import Taken
from router.maillog import Event, event
from router.store import cursors
from router.store.content import SMALL
from router.store.cursors import Cursor
from router.store.errors import StoreBusy, StoreFull
from router.store.ids import new_id, place_id
from router.store.rows import Row
from router.store.spool import Sighting, Spool
from router.store.writer import Statement, Unit

log = logging.getLogger(__name__)
T = TypeVar("T")
_FIRST, _AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)  # times that a server can mean
Writes = Sequence[tuple[Statement, list[Row]]]


@dataclass(slots=True)
class Desk(Asking):
    """What the thread of one source has to do with the store."""

    spool: Spool
    clock: Clock
    room: Callable[[], None]  # raises `StoreFull` where no more mail should be taken
    loop: asyncio.AbstractEventLoop
    check: Callable[[Any], None] | None = None  # refuses a commit once the source is somebody else's
    cursors: dict[str, Cursor] = field(default_factory=dict)
    restored: datetime | None = None  # until then mail may have been taken before, and its copies have arrived

    def load(self) -> None:
        """How far each folder was read."""
        self.cursors = self.read(partial(cursors.cursors, source=self.source.name))
        self.restored = self.read(partial(cursors.restored, source=self.source.name))

    def caught_up(self) -> None:
        """All that a restored database had not heard of was taken."""
        if self.restored is not None:
            self.write([], partial(cursors.caught_up, source=self.source.name))
            self.restored = None

    def begin(self, at: Cursor) -> Cursor:
        """A folder that is seen for the first time; an import may have seen it before us."""
        call = self._checked(partial(cursors.begin, at=at))
        found: Cursor = self._insist(lambda: self.database.writer.submit(Unit("watch", call=call)))
        self.cursors[at.folder] = found
        return found

    def step(self, at: Cursor, taken: Sequence[Taken], also: Writes = (), *, move: bool = True) -> None:
        """Store mails and what became of others, with the cursor that counts them; returns once it is durable."""
        now = self.clock.now()
        names = {one.uid: self._name(at, one, now) for one in taken if one.content is not None}
        old = self.read(partial(cursors.taken_ids, ids=list(names.values()))) if names else set()
        seen = {
            one.uid: self._sighting(one, now, new_id() if names[one.uid] in old else names[one.uid])
            for one in taken
            if one.uid in names
        }
        rows = [
            cursors.fetched_row(at, one.uid, one.outcome, seen[one.uid].id if one.uid in seen else None, now)
            for one in taken
        ]
        writes = [*cursors.writes(at, rows)] if move else [(cursors.ADD_FETCHED, rows)]
        self._insist(lambda: self._accept(list(seen.values()), [*writes, *also]))
        if move:
            self.cursors[at.folder] = at

    def write(self, writes: Writes, call: Callable[[Any], None] | None = None) -> None:
        """Write rows, and then whatever `call` does, in one transaction."""
        self._insist(lambda: self.database.writer.submit(Unit("watch", writes, call=self._checked(call))))

    def _checked(self, call: Callable[[Any], T] | None) -> Callable[[Any], T | None]:
        def both(connection: Any) -> T | None:
            if self.check is not None:
                self.check(connection)
            return call(connection) if call is not None else None

        return both

    def _name(self, at: Cursor, one: Taken, now: datetime) -> str:
        """By its place, so that a restored database that takes it once more finds the copies of the first time."""
        told = one.received is not None and _FIRST < one.received < now + _AHEAD
        at_time = one.received if told and one.received else now.replace(microsecond=0)
        return place_id(at_time, one.uid, at.source, at.folder, at.uidvalidity)

    def _sighting(self, one: Taken, now: datetime, name: str) -> Sighting:
        assert one.content is not None
        received = min(one.received or now, now)  # servers have clocks of their own
        before = self.restored is not None and received <= self.restored
        source = self.source.name
        return Sighting(name, one.content, source, None, None, one.sender, one.recipients, received, restored=before)

    async def _accept(self, several: list[Sighting], writes: Writes) -> None:
        self.room()
        for seen in several:
            if seen.content.size > SMALL:
                await asyncio.to_thread(getattr, seen.content, "sha256")
        await self.spool.accept(*several, also=writes, check=self.check)
        for seen in several:
            event(
                Event.ACCEPTED,
                sighting=seen.id,
                source=seen.source,
                sender=seen.sender or "<>",
                to=seen.recipients,
                size=seen.content.size,
                sha256=seen.content.sha256.hex()[:16],
            )

    def _insist(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        while True:
            self._go_on()
            try:
                return self._result(asyncio.run_coroutine_threadsafe(make(), self.loop))
            except (StoreBusy, StoreFull) as error:
                self._rest(error)
            except CancelledError as error:
                raise Stopped from error

    def _result(self, future: "Future[T]") -> T:
        while True:
            try:
                return future.result(1.0)
            except NotYet:
                if future.done():
                    raise
                self._go_on()  # what is under way may still be committed, as a whole
