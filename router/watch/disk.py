"""The standing alarm `disk-low`: raised while the reserve of free space is touched, and mail is refused for now."""

import asyncio
import logging
from dataclasses import dataclass, field

from router.clock import Clock
from router.store import keeping
from router.store.database import Database
from router.store.disk import Reserve
from router.store.errors import StoreError
from router.store.writer import Unit

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds between two looks


@dataclass(slots=True)
class DiskWatch:
    """Looks at the disk again and again."""

    database: Database
    clock: Clock
    reserve: Reserve
    _told: bool | None = field(default=None, init=False)  # what stands in the database; None: not known yet

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """Raise or clear the alarm where that has changed; a store that refuses is asked again at the next look."""
        try:
            low = self.reserve.low()
        except OSError as error:
            log.error("the free space cannot be told: %s", error)
            return
        if low == self._told:
            return
        now = self.clock.now()
        detail = {"free": self.reserve.free, "min_free_space": self.reserve.least}
        try:
            if low:
                log.error("alarm disk-low: %(free)d bytes are free, mail is refused below %(min_free_space)d", detail)
                row = keeping.alarm_row("disk-low", "database", detail, now)
                await self.database.writer.submit(Unit("alarm", [(keeping.RAISE_ALARM, [row])]))
            else:
                row = keeping.clear_row("disk-low", "database", now)
                await self.database.writer.submit(Unit("alarm", [(keeping.CLEAR_ALARM, [row])]))
        except StoreError as error:
            log.warning("the disk's alarm waits for the store: %s", error)
            return
        self._told = low
