"""T2 at work over a database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from router.routing.stage import RoutingStage
from router.store import keeping, tables
from router.store.database import Database
from router.store.handover import Handover
from router.store.spool import Spool
from router.store.turn import Turn
from tests.store.desk import LEASE, NOON, StandingClock, seen
from tests.store.driver import KEY, Router, places_of


class Stage:
    """The stage, its spool and its handover over one database."""

    def __init__(self, database: Database) -> None:
        clock = StandingClock()
        self.database = database
        self.spool = Spool(database)
        self.handover = Handover(database, clock, "me", LEASE)
        self.places = places_of()
        self.stage = RoutingStage(
            database, self.spool, self.handover, clock, KEY, lambda: self.places, Turn(database, clock, LEASE)
        )
        self.view = Router(database)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """It routes meanwhile."""
        task = asyncio.create_task(self.stage.run())
        yield task
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def accept(self, *mails: bytes) -> list[str]:
        """T1; returns the ids of the sightings."""
        made = [seen(raw) for raw in mails]
        for one in made:
            await self.spool.accept(one)
        return [one.id for one in made]

    async def routed(self, task: asyncio.Task[None], seconds: float = 10) -> dict[str, str]:
        """The verdicts of all sightings, by id, once each has one."""
        for _ in range(int(seconds * 50)):
            rows = self.view.rows(tables.sighting)
            if rows and all(row["routed"] for row in rows):
                return {row["id"]: row["verdict"] for row in rows}
            if task.done():
                raise AssertionError("the stage ended") from task.exception()
            await asyncio.sleep(0.02)
        raise AssertionError("not routed in time")

    def alarms(self) -> list[str]:
        """The codes of what is wrong."""
        return [row["code"] for row in self.database.read(lambda c: keeping.open_alarms(c, NOON))]
