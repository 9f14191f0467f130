"""Whose turn it is to route, or to watch an account, where several routers share a database. With SQLite it is always ours.

Every taking has a name of its own, and the transaction that does the work of a role checks that name: a router that slept
through its lease, even if it took the role anew since, cannot commit what it planned before.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from router.clock import Clock
from router.store import roles
from router.store.database import Database
from router.store.ids import new_id
from router.store.writer import Unit

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """A role as one router sees it."""

    database: Database
    clock: Clock
    lease: timedelta
    role: str = roles.ROUTING
    held: str | None = field(default=None)  # the name of the present taking

    @property
    def shared(self) -> bool:
        """Whether other routers may be there at all."""
        return self.database.path is None

    async def mine(self, meanwhile: Callable[[], None]) -> None:
        """Wait until it is our turn; `meanwhile` is told each time that it is not yet."""
        while self.shared and self.held is None:
            name = new_id()
            take = partial(roles.take, name=self.role, holder=name, now=self.clock.now(), span=self.lease)
            if await self.database.writer.insist(partial(Unit, "role", call=take)):
                log.info("this router %s from now on", "routes" if self.role == roles.ROUTING else f"does {self.role}")
                self.held = name
                return
            meanwhile()
            await asyncio.sleep(self.clock.real_seconds(self.lease / 6))

    async def renew(self) -> None:
        """Keep the role; to be called several times within a lease."""
        if self.held is None:
            return
        keep = partial(roles.renew, name=self.role, holder=self.held, now=self.clock.now(), span=self.lease)
        if not await self.database.writer.submit(Unit("role", call=keep)):
            self.lost()

    def lost(self) -> None:
        """Somebody else routes, or may."""
        if self.held is not None:
            log.warning("the lease of the role %s has ended", self.role)
        self.held = None

    def check(self) -> Callable[[Connection], None] | None:
        """What the transaction that routes has to ask; None where nobody else could have taken over."""
        return partial(roles.check, name=self.role, holder=self.held or "nobody") if self.shared else None

    async def give_back(self) -> None:
        """At a clean stop: let another router begin at once."""
        if self.held is not None:
            back = partial(roles.give_back, holder=self.held, now=self.clock.now())
            await self.database.writer.submit(Unit("role", call=back))
