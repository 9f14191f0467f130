"""Telling the operator: each channel is told, in its own pace, what was raised and what has ended.

One call tells all alarms of one code, so that a thousand failed copies are one call. Words are codes and values; what
is called can make sentences of them. A call that fails is made again later, with growing pauses.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

from router.clock import Clock, rfc3339
from router.store import telling
from router.store.database import Database
from router.store.errors import StoreError
from router.store.telling import News
from router.store.writer import Unit
from router.tasks import Lane
from router.watch.calls import CallFailed

log = logging.getLogger(__name__)

LOOK = 5.0  # seconds between two looks
REST = (5.0, 600.0)  # seconds after a failure: first, longest
SHOWN = 20  # alarms that one call names; `count` says how many there are


@dataclass(slots=True)
class Teller:
    """Tells one channel."""

    channel: str  # "command" or "webhook"
    call: Callable[[bytes], None]  # raises `CallFailed`; runs in a thread
    database: Database
    clock: Clock
    hostname: str
    _lane: Lane = field(init=False)
    _rest: float = field(default=REST[0], init=False)

    def __post_init__(self) -> None:
        """A thread for this channel alone: one that hangs holds up nobody else."""
        self._lane = Lane(f"alarm {self.channel}")

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            try:
                await self.tick()
            except CallFailed as error:
                log.error("alarm.%s failed, trying again in %d s: %s", self.channel, self._rest, error)
                await asyncio.sleep(self._rest)
                self._rest = min(self._rest * 2, REST[1])
            except StoreError as error:
                log.warning("telling alarms waits for the store: %s", error)
            else:
                self._rest = REST[0]
            await asyncio.sleep(LOOK)

    async def tick(self) -> None:
        """Tell everything that is news; raises `CallFailed` at the first call that fails."""
        now = self.clock.now()
        found = await self.database.aread(lambda connection: telling.news(connection, self.channel, now))
        for _, several in groupby(sorted(found, key=_kind), key=_kind):
            group = list(several)
            await self._lane.call(partial(self.call, words(self.hostname, group)))
            call = partial(telling.told, channel=self.channel, told=group, now=now)
            await self.database.writer.submit(Unit("alarm", call=call))


def _kind(one: News) -> tuple[bool, str]:
    return one.standing, one.code


def words(hostname: str, group: Sequence[News]) -> bytes:
    """One call's JSON: alarms of one code that all stand or all have ended. Chat services show `text`."""
    first = group[0]
    state = "raised" if first.standing else "cleared"
    told: dict[str, Any] = {
        "hostname": hostname,
        "code": first.code,
        "state": state,
        "text": f"{hostname}: {first.code} {state}" + (f" ({len(group)})" if len(group) > 1 else ""),
        "count": len(group),
        "alarms": [
            {
                "key": one.key,
                "detail": one.detail,
                "first": rfc3339(one.first),
                "last": rfc3339(one.last),
                "count": one.count,
            }
            for one in group[:SHOWN]
        ],
    }
    return json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
