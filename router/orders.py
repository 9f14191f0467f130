"""Orders of a person to the running daemon: what a command changes in the database, and what the stages must hear of it."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from router.clock import Clock
from router.control import Handler
from router.store import commands, keeping
from router.store.database import Database
from router.store.handover import Handover
from router.store.spool import Spool
from router.store.writer import Unit

Request = Mapping[str, Any]


def transaction(request: Request, clock: Clock) -> Callable[[Connection], list[str]]:
    """The write that an order asks for: the same with a daemon and without one. Raises KeyError for an unknown order."""
    ids: Sequence[str] = request["ids"]
    orders: dict[str, Callable[[Connection], list[str]]] = {
        "retry": partial(commands.retry, ids=ids, now=clock.now()),
        "hold": partial(commands.hold, ids=ids),
        "release": partial(commands.release, ids=ids, now=clock.now()),
    }
    return orders[request["do"]]


@dataclass(frozen=True, slots=True)
class Orders:
    """Carries orders out in the daemon."""

    database: Database
    clock: Clock
    spool: Spool
    handover: Handover

    def handlers(self) -> dict[str, Handler]:
        """By the name that a request bears."""
        return {"retry": self._change, "hold": self._change, "release": self._change, "live": self._live}

    async def _change(self, request: Request) -> list[str]:
        changed: list[str] = await self.database.writer.submit(Unit("command", call=transaction(request, self.clock)))
        self.handover.look()
        self.spool.rescan()
        return changed

    async def _live(self, request: Request) -> dict[str, Any]:
        """Loop, writer and disk work: a durable commit tells."""
        await self.database.writer.submit(Unit("live", call=partial(keeping.touch, now=self.clock.now())))
        return {"pid": os.getpid()}
