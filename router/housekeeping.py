"""What has to be done again and again: leases prolonged and taken back, counts of refusals saved.

APScheduler only ticks. Its job lives in memory and does what is due; the database knows what that is.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from router.clock import Clock
from router.routing.places import Places
from router.store import keeping
from router.store.database import Database
from router.store.errors import StoreError
from router.store.handover import Handover
from router.store.writer import Unit

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=5)


@dataclass(slots=True)
class Housekeeping:
    """The ticking part of the daemon."""

    database: Database
    clock: Clock
    handover: Handover
    refused: Counter[str]  # grows in the listener, is emptied here
    places: Callable[[], Places]  # the present configuration
    _announced: set[tuple[str, date]] = field(default_factory=set)

    def start(self) -> AsyncIOScheduler:
        """Begin to tick."""
        scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1})
        seconds = self.clock.real_seconds(min(PAUSE, self.handover.lease / 3))
        scheduler.add_job(self.tick, "interval", seconds=max(seconds, 0.05))
        scheduler.start()
        return scheduler

    async def tick(self) -> None:
        """Do everything once; a store that is full or locked is asked again at the next tick."""
        try:
            await self.handover.renew()
            await self.save_refusals()
            self.announce_ended_rules()
        except StoreError as error:
            log.warning("housekeeping waits for the store: %s", error)
        except asyncio.CancelledError:
            return  # the scheduler stops, and would log this as a fault

    async def save_refusals(self) -> None:
        """Move the counts of refusals into the database."""
        counted = dict(self.refused)
        if not counted:
            return
        call = partial(keeping.count_refusals, day=self.clock.now().date().isoformat(), counted=counted)
        await self.database.writer.submit(Unit("count", call=call))
        self.refused.subtract(counted)
        for reason in [reason for reason, count in self.refused.items() if count <= 0]:
            del self.refused[reason]

    def announce_ended_rules(self) -> None:
        """A rule whose last day has passed does nothing any more: somebody may miss its copies."""
        places = self.places()
        today = self.clock.now().astimezone(places.zone).date()
        for rule in places.rules:
            if rule.last_day is None or rule.last_day >= today or (rule.name, rule.last_day) in self._announced:
                continue
            self._announced.add((rule.name, rule.last_day))
            log.warning("rule %r of %s has ended: its last day was %s", rule.name, rule.file, rule.last_day)
