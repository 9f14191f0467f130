"""Learns what people want in place of the configuration, whichever router or command has noted it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from router.clock import Clock
from router.store import wishes
from router.store.database import Database
from router.store.errors import StoreError
from router.store.wishes import Wish

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=2)


@dataclass(slots=True)
class WishWatch:
    """Looks every two seconds; the table has hardly any rows."""

    database: Database
    clock: Clock
    learn: Callable[[tuple[Wish, ...]], None]  # told at each change

    async def run(self) -> None:
        """Look until cancelled."""
        known: tuple[Wish, ...] | None = None
        while True:
            try:
                found = await self.database.aread(wishes.every)
                if found != known:
                    if known is not None:
                        log.info("learnt what people want: %d wishes stand", len(found))
                    known = found
                    self.learn(found)
            except StoreError as error:
                log.warning("wishes cannot be read: %s", error)
            await asyncio.sleep(max(self.clock.real_seconds(PAUSE), 0.05))
