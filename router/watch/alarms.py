"""Telling the operator: each channel is told, in its own pace, what was raised and what has ended.

A telling that fails is made again later, with growing pauses, also when its alarm has ended meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from router.clock import Clock
from router.store import telling
from router.store.database import Database
from router.store.errors import StoreError
from router.store.telling import News
from router.store.writer import Unit
from router.watch.calls import CallFailed

log = logging.getLogger(__name__)

LOOK = 5.0  # seconds between two looks
REST = (5.0, 600.0)  # seconds after a failure: first, longest
SHOWN = 20  # alarms of one code that are told by name; a count says how many there are


class Channel(Protocol):
    """A way to the operator."""

    @property
    def name(self) -> str:
        """Under which the database notes what was told."""

    def groups(self, found: Sequence[News]) -> Sequence[Sequence[News]]:
        """What is told together; what is in none is not for this channel."""

    async def tell(self, group: Sequence[News]) -> None:
        """Tell one group. Raises `CallFailed`."""


@dataclass(slots=True)
class Teller:
    """Tells one channel."""

    channel: Channel
    database: Database
    clock: Clock
    _rest: float = field(default=REST[0], init=False)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            try:
                await self.tick()
            except CallFailed as error:
                log.error("alarm.%s failed, trying again in %d s: %s", self.channel.name, self._rest, error)
                await asyncio.sleep(self._rest)
                self._rest = min(self._rest * 2, REST[1])
            except StoreError as error:
                log.warning("telling alarms waits for the store: %s", error)
            else:
                self._rest = REST[0]
            await asyncio.sleep(LOOK)

    async def tick(self) -> None:
        """Tell everything that is news; raises `CallFailed` at the first group that fails."""
        now, name = self.clock.now(), self.channel.name
        found = await self.database.aread(lambda connection: telling.news(connection, name, now))
        groups = self.channel.groups(found)
        for number, group in enumerate(groups):
            try:
                await self.channel.tell(group)
            except CallFailed:
                if new := [one for left in groups[number:] for one in left if not one.owed]:
                    await self._note(telling.owed, new, now)
                raise
            await self._note(telling.told, group, now)

    async def _note(
        self, how: Callable[[Connection, str, Sequence[News], datetime], None], news: Sequence[News], now: datetime
    ) -> None:
        name = self.channel.name
        await self.database.writer.submit(Unit("alarm", call=lambda connection: how(connection, name, news, now)))
