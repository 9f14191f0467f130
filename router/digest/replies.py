"""Carries out what people reply to digests: once, whatever dies meanwhile, and by however many routers.

Nothing here reads mail: `routing.orders` has, and has decided that a person wrote it, and which. What is done about a
reply is one transaction (`store.settling`).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from router.clock import Clock
from router.maillog import Event, event
from router.store import replies
from router.store.database import Database
from router.store.errors import StoreBusy, StoreError, StoreFull
from router.store.replies import Due
from router.store.settling import Settling
from router.store.writer import Unit

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks for replies
AT_ONCE = 20  # replies in one look


@dataclass(slots=True)
class ReplyStage:
    """Carries out whatever is due."""

    database: Database
    clock: Clock
    settling: Settling
    look: Callable[[str], None] = lambda inbox: None  # tells the courier of an inbox that something waits

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.carry_out_all()
            except (StoreBusy, StoreFull) as error:
                log.warning("replies to digests wait for the store: %s", error)
            await asyncio.sleep(PAUSE)

    async def carry_out_all(self) -> int:
        """Everything that is due now; returns how many replies that were."""
        found = await self.database.aread(partial(replies.due, most=AT_ONCE))
        for one in found:
            await self._settle(one)
        return len(found)

    async def _settle(self, one: Due) -> None:
        now = self.clock.now()
        try:
            await self._write(one, partial(self.settling.carry_out, one=one, now=now))
        except StoreError:
            raise
        except Exception:
            # The others must not wait behind it, and it must not come again and again.
            log.exception("the reply %s to a digest cannot be carried out", one.message)
            await self._write(one, partial(self.settling.refuse, one=one, why="fault", now=now))

    async def _write(self, one: Due, call: Callable[..., Any]) -> None:
        inboxes: list[str] = await self.database.writer.submit(Unit("reply", call=call))
        event(Event.REPLIED, message=one.message, edition=one.edition, inbox=inboxes[-1] if inboxes else None)
        for inbox in inboxes:
            self.look(inbox)
