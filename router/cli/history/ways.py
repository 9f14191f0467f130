"""Who takes mail of the past: the daemon by its socket, or this process by itself.

Without a daemon this process does what the daemon would: T1 into the spool, T2 by the same stage, under the writer's
lock. On PostgreSQL it takes part like a router that has no couriers: another one routes, or it does so itself while
none is there. Copies of live mail that it finds unrouted wait in the outbox for whoever delivers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from router import control, wiring
from router.cli.common import FAULT, TRY_LATER, Failure
from router.clock import Clock
from router.config import Settings
from router.intake import past
from router.routing.stage import RoutingStage
from router.store import blind, cursors, keeping
from router.store.blind import Judged
from router.store.content import SMALL
from router.store.cursors import Cursor
from router.store.database import Database
from router.store.handover import Handover
from router.store.ids import new_id
from router.store.rows import Row
from router.store.spool import Sighting, Spool
from router.store.turn import Turn
from router.store.writer import Unit
from router.tasks import Lane

LOOK_AGAIN = 0.5  # seconds between looks into a database in which others accept mail too
_REFUSED = ("StoreFull", "StoreBusy")  # what a later attempt may find otherwise


class Way(Protocol):
    """Takes mail of the past and routes it."""

    async def take(self, batch: Sequence[Sighting], fetched: Sequence[Row] = ()) -> None:
        """Make a batch durable, with what is to be noted of a watched folder."""

    async def begin(self, at: Cursor) -> Cursor:
        """See a watched folder, if nobody has seen it before; the cursor that stands."""

    async def sent_seen(self, mailbox: str, source: str) -> None:
        """Note that the answers of a mailbox can be seen."""

    async def judged(self, judged: Judged) -> None:
        """Note what its history says of that."""

    async def check(self) -> None:
        """Raise where nobody routes any more what was taken."""


@dataclass(frozen=True, slots=True)
class ByDaemon:
    """Hands everything to the daemon."""

    socket: Path
    lane: Lane  # a daemon that hangs must not hold up the end of this process

    async def take(self, batch: Sequence[Sighting], fetched: Sequence[Row] = ()) -> None:
        """Large mail goes ahead in pieces."""
        for seen in batch:
            if seen.content.size > SMALL:
                for seq, piece in enumerate(seen.content.pieces()):
                    await self._ask("import-piece", past.packed_piece(seen.content.sha256, seq, piece))
        await self._ask("import", _packed(batch, fetched))

    async def begin(self, at: Cursor) -> Cursor:
        """Its watcher and we agree in its writer."""
        found = await self._ask("import-begin", {"cursor": past.plain(asdict(at), "first", "compared")})
        return Cursor(**past.timed(found, "first", "compared"))

    async def sent_seen(self, mailbox: str, source: str) -> None:
        """It writes."""
        await self._ask("import-sent", {"mailbox": mailbox, "source": source})

    async def judged(self, judged: Judged) -> None:
        """It writes."""
        await self._ask("import-blind", {"judged": asdict(judged)})

    async def check(self) -> None:
        """It has to live."""
        await self._ask("live", {})

    async def lives(self) -> bool:
        """Whether there is one at all."""
        try:
            await self.lane.call(partial(control.ask, self.socket, {"do": "live"}))
        except control.NoDaemon:
            return False
        except control.ControlError as error:
            raise Failure(str(error), TRY_LATER) from error
        return True

    async def _ask(self, order: str, values: Mapping[str, Any]) -> Any:
        try:
            return await self.lane.call(partial(control.ask, self.socket, {"do": order, **values}))
        except control.NoDaemon:
            raise Failure("the daemon has stopped: run the same command again, it goes on", TRY_LATER) from None
        except control.ControlError as error:
            later = isinstance(error, control.Unanswered) or str(error).startswith(_REFUSED)
            code = TRY_LATER if later else FAULT
            raise Failure(f"{error}: what was taken is kept, the same command goes on", code) from error


def _packed(batch: Sequence[Sighting], fetched: Sequence[Row]) -> dict[str, Any]:
    return {"mails": [past.packed(seen) for seen in batch], "fetched": [past.plain(row, "at") for row in fetched]}


@dataclass(frozen=True, slots=True)
class ByItself:
    """Takes and routes in this process."""

    database: Database
    spool: Spool
    clock: Clock
    room: Callable[[], None]
    routing: "asyncio.Task[None]"

    async def take(self, batch: Sequence[Sighting], fetched: Sequence[Row] = ()) -> None:
        """By group commit."""
        await past.take(self.spool, batch, self.room, fetched)

    async def begin(self, at: Cursor) -> Cursor:
        """One row."""
        found: Cursor = await self.database.writer.submit(Unit("command", call=partial(cursors.begin, at=at)))
        return found

    async def sent_seen(self, mailbox: str, source: str) -> None:
        """One row."""
        await self.database.writer.submit(past.answers_seen(mailbox, source, self.clock.now()))

    async def judged(self, judged: Judged) -> None:
        """A row and an alarm."""
        call = partial(blind.judge, judged=judged, now=self.clock.now())
        await self.database.writer.submit(Unit("alarm", call=call))

    async def check(self) -> None:
        """Whether the stage runs."""
        if self.routing.done():
            self.routing.result()


@asynccontextmanager
async def by_itself(settings: Settings, database: Database) -> AsyncIterator[ByItself]:
    """The stages of a router without listener and couriers, at work until the end of the block."""
    clock, lease = Clock(), settings.delivery.lease
    where = wiring.places(settings)
    key = await database.writer.submit(Unit("command", call=keeping.signing_key))
    turn = Turn(database, clock, lease)
    spool = Spool(database, LOOK_AGAIN if turn.shared else None)
    handover = Handover(database, clock, new_id(), lease)
    stage = RoutingStage(database, spool, handover, clock, key, lambda: where, turn)
    routing, renewing = asyncio.create_task(stage.run()), asyncio.create_task(_renew(turn, lease / 6))
    try:
        yield ByItself(database, spool, clock, wiring.reserve(settings, database).check, routing)
    finally:
        for task in (routing, renewing):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await turn.give_back()
        stage.reader.close()


async def _renew(turn: Turn, pause: timedelta) -> None:
    while True:
        await asyncio.sleep(pause.total_seconds())
        await turn.renew()
