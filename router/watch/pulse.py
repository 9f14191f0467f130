"""The pulse: whether the daemon makes real progress, for the service manager's watchdog and the heartbeat.

A beat asks for three things within a deadline: the loop turns (or this code would not run), the writer commits a probe,
and routing gets on. The last is told by the oldest mail that waits for it: a backlog is no fault while its head moves,
and a head that has not moved for `STUCK` is one, whatever else still works.

A store that is full or locked answers, and mail is put off with 4xx as it should be: a restart would cure neither. So
the watchdog is told, and the heartbeat is not.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from router.clock import Clock
from router.sdnotify import notify
from router.store import keeping
from router.store.database import Database
from router.store.errors import StoreBusy, StoreError, StoreFull
from router.store.health import STUCK, oldest_unrouted
from router.store.writer import Unit

log = logging.getLogger(__name__)

USUAL = 20.0  # seconds between two beats
PATIENCE = 30.0  # seconds for one, at the most: longer than SQLite waits for a lock


@dataclass(slots=True)
class Pulse:
    """Beats until the daemon ends."""

    database: Database
    clock: Clock
    watchdog: float | None  # seconds within which the service manager wants to hear of us
    on_well: Callable[[], None] = lambda: None  # called at each beat that finds everything well
    _head: tuple[str, datetime] | None = field(default=None, init=False)  # the oldest unrouted mail, and since when
    _alarmed: bool | None = field(default=None, init=False)  # what stands in the database; None: not known yet
    _trouble: str | None = field(default=None, init=False)  # as it was last logged

    async def run(self) -> None:
        """Beat until cancelled."""
        every = min(USUAL, self.watchdog / 3) if self.watchdog else USUAL
        while True:
            await self.beat()
            await asyncio.sleep(every)

    async def beat(self) -> None:
        """Look once, and tell who should know."""
        patience = min(PATIENCE, self.watchdog / 2) if self.watchdog else PATIENCE
        alive, trouble = True, None
        try:
            async with asyncio.timeout(patience):
                alive, trouble = await self._look()
        except (StoreBusy, StoreFull) as error:
            trouble = f"the store refuses: {error}"
        except StoreError as error:
            alive, trouble = False, f"the store fails: {error}"
        except TimeoutError:
            alive, trouble = False, f"no commit and no answer within {patience:g} s"
        self._log(trouble)
        if alive and self.watchdog:
            notify("WATCHDOG=1")
        if trouble is None:
            self.on_well()

    async def _look(self) -> tuple[bool, str | None]:
        now = self.clock.now()
        await self.database.writer.submit(Unit("live", call=partial(keeping.touch, now=now)))
        head = await self.database.aread(oldest_unrouted)
        was, self._head = self._head, None
        if head is None:
            await self._routing_stuck(False, "")
            return True, None
        self._head = was if was is not None and was[0] == head else (head, now)
        if now - self._head[1] <= STUCK:
            return True, None
        await self._routing_stuck(True, head)
        return False, f"routing stands still: {head} has been the next one for more than {STUCK}"

    async def _routing_stuck(self, stuck: bool, head: str) -> None:
        """The same for whoever has no service manager: a standing alarm."""
        if stuck == self._alarmed:
            return
        now = self.clock.now()
        raised = keeping.alarm_row("routing-stuck", "routing", {"sighting": head}, now)
        cleared = keeping.clear_row("routing-stuck", "routing", now)
        write = (keeping.RAISE_ALARM, [raised]) if stuck else (keeping.CLEAR_ALARM, [cleared])
        await self.database.writer.submit(Unit("alarm", [write]))
        self._alarmed = stuck

    def _log(self, trouble: str | None) -> None:
        if (trouble is None) != (self._trouble is None):
            if trouble is None:
                log.info("the pulse is well again")
            else:
                log.error("the pulse is not well: %s", trouble)
        self._trouble = trouble
