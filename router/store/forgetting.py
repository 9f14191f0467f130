"""Carries out the order to forget a person, beside everything else that the writer does.

Two steps, so that the operator hears between them which copies lie in inboxes: `cancel` keeps every copy that has not
gone yet, `erase` takes the data away, some seconds' worth at a time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from router.clock import Clock
from router.maillog import Event, event
from router.store import audit, forget, orphans
from router.store.audit import Order
from router.store.database import Database
from router.store.erase import clean_file
from router.store.handover import Handover
from router.store.outbox import State
from router.store.slices import slices
from router.store.writer import Unit

PATIENCE, PAUSE = 40, 0.25  # looks at the copies in couriers' hands, and seconds between two
AT_ONCE = 5.0  # seconds of work for one request, of which a command waits for the answer


@dataclass(frozen=True, slots=True)
class Forgetting:
    """In the daemon with its handover, in a command without."""

    database: Database
    clock: Clock
    handover: Handover | None = None

    async def cancel(self, order: Order) -> dict[str, Any]:
        """Cancel the open copies, and wait for those on their way."""
        count = left = 0
        for _ in range(PATIENCE):
            found = await self.database.aread(partial(forget.open_copies, order=order))
            count += await self._cancel(order, found, forget.CANCELLED)
            count += await self._cancel(order, await self._withdrawn(order), [State.SENDING])
            left = await self.database.aread(partial(forget.in_hand, order=order))
            if not left and not found:
                break
            await asyncio.sleep(PAUSE if left else 0)
        return {"cancelled": count, "in_hand": left}

    async def _withdrawn(self, order: Order) -> list[str]:
        """Copies that are leased to us and that no courier has taken yet."""
        if self.handover is None:
            return []
        theirs: list[str] = []
        for some in slices(self.handover.queued()):
            theirs += await self.database.aread(partial(forget.among, order=order, messages=some))
        return self.handover.withdraw(theirs)

    async def _cancel(self, order: Order, ids: Sequence[str], states: Sequence[State]) -> int:
        count = 0
        for some in slices(ids):
            call = partial(forget.cancel, order=order, ids=some, states=states, now=self.clock.now())
            count += await self.database.writer.submit(Unit("erase", call=call))
        return count

    async def erase(self, order: Order) -> dict[str, Any]:
        """Erase for some seconds; `more` tells whether it has to be asked again."""
        clock = asyncio.get_running_loop()
        until = clock.time() + AT_ONCE
        await self._erase_digests(order)
        while ids := await self.database.aread(partial(forget.next_messages, order=order)):
            await self._erase(partial(forget.erase_messages, order=order, ids=ids, now=self.clock.now()))
            if clock.time() > until:
                return {"more": True}
        for some in slices(await self.database.aread(partial(forget.sent_sightings, order=order))):
            await self._erase(partial(forget.erase_sightings, order=order, ids=some, now=self.clock.now()))
        if await self.database.aread(partial(forget.sent_sightings, order=order)):
            return {"more": True}
        return {"more": False} | await self._finish(order)

    async def _erase_digests(self, order: Order) -> None:
        """Before the messages, by which they are found; those on their way are waited for."""
        for _ in range(PATIENCE):
            if not await self.database.aread(partial(forget.digests_in_hand, order=order)):
                break
            await asyncio.sleep(PAUSE)
        await self._erase(partial(forget.erase_digests, order=order, now=self.clock.now()))

    async def _erase(self, call: Any) -> None:
        await orphans.drop(self.database, await self.database.writer.submit(Unit("erase", call=call)))

    async def _finish(self, order: Order) -> dict[str, Any]:
        clean = await clean_file(self.database)
        counts = await self.database.aread(partial(audit.counts_of, order=order.id))
        event(Event.FORGOTTEN, audit=order.id, **counts)
        left = await self.database.aread(partial(forget.in_hand, order=order))
        unrouted = await self.database.aread(partial(forget.unrouted, order=order))
        return {"counts": counts, "clean": clean, "in_hand": left, "unrouted": unrouted}
