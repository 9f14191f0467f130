"""Watches whether the answers of each mailbox can be seen, and says so where they cannot: once, by name, with the cure."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from router.clock import Clock
from router.conversation.blindness import of_day, working_day
from router.conversation.hours import ServiceHours
from router.store import blind
from router.store.database import Database
from router.store.errors import StoreError
from router.store.writer import Unit

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox, and what the cure depends on."""

    name: str
    hours: ServiceHours | None
    cure: dict[str, Any]  # address, outbound, exchange


@dataclass(slots=True)
class AnswersWatch:
    """Looks again and again until cancelled."""

    database: Database
    clock: Clock
    boxes: Sequence[Box]
    zone: ZoneInfo

    async def run(self) -> None:
        """Look twice an hour; a store that refuses is asked again the next time."""
        while True:
            try:
                for box in self.boxes:
                    await self.look(box)
            except StoreError as error:
                log.warning("whether answers can be seen waits for the store: %s", error)
            await asyncio.sleep(self.clock.real_seconds(EVERY))

    async def look(self, box: Box) -> None:
        """Judge one mailbox by the last working day."""
        now = self.clock.now()
        span = working_day(box.hours, self.zone, now)
        if span is None:
            return
        day = await self.database.aread(partial(blind.day, mailbox=box.name, start=span[0], end=span[1]))
        source = await self.database.aread(partial(blind.has_source, mailbox=box.name))
        reason = of_day(day, source=source)
        if reason is not None:
            detail = {"mailbox": box.name, "reason": reason, "people": day.people, **box.cure}
            call = partial(blind.set_blind, mailbox=box.name, reason=reason, detail=detail, now=now)
            if await self.database.writer.submit(Unit("alarm", call=call)):
                log.error("alarm %s: %s (%s)", blind.UNSEEN, box.name, reason)
        elif day.answers:
            known = await self.database.aread(blind.reasons)
            if box.name in known:
                await self.database.writer.submit(
                    Unit("alarm", call=partial(blind.set_seen, mailbox=box.name, now=now))
                )
