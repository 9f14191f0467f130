"""What has to be done again and again: leases prolonged and taken back, counts of refusals saved, digests, old things erased.

APScheduler only ticks. Its job lives in memory and does what is due; the database knows what that is.
"""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from router.clock import Clock
from router.digest.stage import DigestStage
from router.routing.places import Places
from router.store import keeping, roles
from router.store.database import Database
from router.store.errors import StoreError
from router.store.handover import Handover
from router.store.orphans import Orphans
from router.store.retention import Ages, Retention
from router.store.turn import Turn
from router.store.writer import Unit

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=5)
NAME = f"{socket.gethostname()}/{os.getpid()}"  # of this router among others
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Housekeeping:
    """The ticking part of the daemon."""

    database: Database
    clock: Clock
    handover: Handover
    turn: Turn
    refused: Counter[str]  # grows in the listener, is emptied here
    places: Callable[[], Places]  # the present configuration
    ages: Ages  # how long things are kept
    digests: DigestStage | None = None
    _announced: set[tuple[str, date]] = field(default_factory=set)

    def start(self) -> AsyncIOScheduler:
        """Begin to tick."""
        scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1})
        seconds = self.clock.real_seconds(min(PAUSE, self.handover.lease / 3))
        scheduler.add_job(self.tick, "interval", seconds=max(seconds, 0.05))
        if self.digests is not None:
            # By this clock: however fast it runs, no slot is passed over.
            seconds = max(self.clock.real_seconds(PAUSE), 0.05)
            scheduler.add_job(self.digests.tick, "interval", seconds=seconds, next_run_time=datetime.now(UTC))
        hour = max(self.clock.real_seconds(HOUR), 0.5)
        scheduler.add_job(self.tidy, "interval", seconds=hour, args=[Orphans(self.database, self.clock)])
        scheduler.add_job(self.erase_old)  # once, now
        scheduler.add_job(self.erase_old, "interval", seconds=hour)
        scheduler.start()
        return scheduler

    async def tick(self) -> None:
        """Do everything once; a store that is full or locked is asked again at the next tick."""
        try:
            await self.handover.renew()
            await self.turn.renew()
            await self.show_life()
            await self.save_refusals()
            self.announce_ended_rules()
        except StoreError as error:
            log.warning("housekeeping waits for the store: %s", error)
        except asyncio.CancelledError:
            return  # the scheduler stops, and would log this as a fault

    async def show_life(self) -> None:
        """Where several routers share a database, `status` looks for signs of life there."""
        if self.turn.shared:
            span = max(self.handover.lease, 3 * PAUSE)
            life = partial(roles.show_life, router=NAME, now=self.clock.now(), span=span)
            await self.database.writer.submit(Unit("life", call=life))

    async def tidy(self, orphans: Orphans) -> None:
        """Take away what a crash left behind; see `store/orphans.py` for when."""
        try:
            if count := await orphans.sweep():
                log.info("%d chunks without a mail are deleted", count)
        except StoreError as error:
            log.warning("orphaned chunks wait for the store: %s", error)

    async def erase_old(self) -> None:
        """Erase what is older than [retention] allows."""
        try:
            done = await Retention(self.database, self.clock).run(self.ages)
            if done:
                log.info("erased by age: %s", ", ".join(f"{name} {count}" for name, count in sorted(done.items())))
        except StoreError as error:
            log.warning("retention waits for the store: %s", error)

    async def save_refusals(self) -> None:
        """Move the counts of refusals into the database."""
        counted = dict(self.refused)
        if not counted:
            return
        self.refused.clear()  # now, not after the commit: the last save of a stop must not count what a tick has in hand
        day = self.clock.now().date().isoformat()
        unit = Unit("count", call=partial(keeping.count_refusals, day=day, counted=counted))
        try:
            await self.database.writer.submit(unit)
        except asyncio.CancelledError:
            if unit.done.cancelled():  # it waited still; what the writer has in hand is written whoever goes away
                self.refused.update(counted)
            raise
        except Exception:
            self.refused.update(counted)
            raise

    def announce_ended_rules(self) -> None:
        """A rule whose last day has passed does nothing any more: somebody may miss its copies."""
        places = self.places()
        today = self.clock.now().astimezone(places.zone).date()
        for rule in places.rules:
            if rule.last_day is None or rule.last_day >= today or (rule.name, rule.last_day) in self._announced:
                continue
            self._announced.add((rule.name, rule.last_day))
            log.warning("rule %r of %s has ended: its last day was %s", rule.name, rule.file, rule.last_day)
