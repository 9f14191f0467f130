"""Marks copies as answered where they lie, beside the deliveries to the same inbox and over their connection.

It is a comfort, and holds up nothing: what fails is tried again with growing pauses, what cannot be had is let be. That a
copy is due stands in the store, so that neither a restart nor a server that is away forgets it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from router.imap.errors import ImapError
from router.maillog import Event, event
from router.store import answered
from router.store.answered import Due, Mark
from router.store.database import Database
from router.store.errors import StoreError
from router.store.writer import Unit
from router.tasks import to_the_end

log = logging.getLogger(__name__)

LOOK = 2.0  # seconds between looks into the store
LONGEST = 600.0  # while nothing succeeds
MOST = 200  # copies in one go
TRIES = 5  # for one copy, with a folder that answers NO

Marks = Callable[[Sequence[Due]], Awaitable[Mapping[str, Mark]]]


@dataclass(slots=True)
class Marking:
    """For one inbox."""

    inbox: str
    mark: Marks  # what became of each, by its id; what is left out is tried again
    database: Database
    pause: float = LOOK
    _refused: Counter[str] = field(default_factory=Counter, init=False)

    async def run(self) -> None:
        """Mark until cancelled; what is in hand is finished first."""
        pause = self.pause
        while True:
            await asyncio.sleep(pause)
            well = await to_the_end(self._round())
            pause = self.pause if well else min(pause * 2, LONGEST)

    async def _round(self) -> bool:
        """Mark what is due; whether all of it was settled."""
        try:
            copies = await self.database.aread(partial(answered.due, inbox=self.inbox, most=MOST))
            if not copies:
                return True
            ends = await self.mark(copies)
            settled = [(copy, end) for copy in copies if (end := self._end(copy, ends)) is not None]
            rows = [{"b_id": copy.id, "answered": end.value} for copy, end in settled]
            if rows:
                await self.database.writer.submit(Unit("mark", [(answered.SETTLE, rows)]))
        except (ImapError, StoreError) as error:  # whoever has to be told hears of it by the copies
            log.warning("copies at %s cannot be marked as answered: %s", self.inbox, error)
            return False
        except Exception:
            log.exception("copies at %s cannot be marked as answered", self.inbox)
            return False
        for copy, end in settled:
            event(Event.MARKED, message=copy.message, copy=copy.id, inbox=self.inbox, end=end)
        return len(settled) == len(copies)

    def _end(self, copy: Due, ends: Mapping[str, Mark]) -> Mark | None:
        if copy.id in ends:
            del self._refused[copy.id]
            return ends[copy.id]
        self._refused[copy.id] += 1
        return Mark.UNABLE if self._refused[copy.id] >= TRIES else None
