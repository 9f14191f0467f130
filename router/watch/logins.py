"""Logins by token: renewed ahead of their end, and the alarms `oauth-fails` and `secret-expires`.

The end of a secret or a certificate is told 30 days, 7 days and a day ahead, each once, also over restarts, and when it
is over. That no tokens are to be had is told at once where a person has to mend something.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from router.clock import Clock, rfc3339
from router.oauth.cache import Keeper
from router.oauth.expiry import due
from router.oauth.tokens import NoToken
from router.store import keeping
from router.store.database import Database
from router.store.errors import StoreError
from router.store.writer import Unit
from router.tasks import Lane

log = logging.getLogger(__name__)

PAUSE = 20.0  # seconds between two looks
FAILS, EXPIRES = "oauth-fails", "secret-expires"
_ENDINGS = timedelta(hours=1)  # between two looks at what runs out


class Ending(Protocol):
    """Something that runs out some day."""

    @property
    def oauth(self) -> str: ...

    @property
    def what(self) -> str: ...

    def ends(self) -> datetime:
        """When. Raises `NoToken` where its file cannot be read."""


@dataclass(slots=True)
class LoginWatch:
    """Looks at the tokens and at what runs out."""

    database: Database
    clock: Clock
    keepers: Sequence[Keeper]
    endings: Sequence[Ending]
    _told: dict[str, str | None] = field(default_factory=dict)  # by [[oauth]]: the cause that the database knows
    _looked: datetime | None = None  # at what runs out
    _lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        """A thread for these calls alone: a provider that hangs holds up nobody else."""
        self._lane = Lane("logins")

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("the alarms about logins wait for the store: %s", error)
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """Do everything once. Raises `StoreError`."""
        for keeper in self.keepers:
            await self._lane.call(keeper.renew)
            await self._tell(keeper)
        now = self.clock.now()
        if self._looked is None or now - self._looked >= _ENDINGS:
            for ending in self.endings:
                await self._end(ending, now)
            self._looked = now

    async def _tell(self, keeper: Keeper) -> None:
        trouble, now = keeper.trouble(), self.clock.now()
        code = trouble.code if trouble else None
        if keeper.name in self._told and self._told[keeper.name] == code:
            return
        if trouble is None:
            await self._clear(FAILS, keeper.name, now)
        else:
            log.error("alarm %s: %s gives no tokens: %s", FAILS, keeper.name, trouble)
            await self._raise(FAILS, keeper.name, _detail(keeper.name, trouble), now)
        self._told[keeper.name] = code

    async def _end(self, ending: Ending, now: datetime) -> None:
        try:
            ends = await self._lane.call(ending.ends)
        except NoToken as trouble:
            log.warning("the end of the %s of %s cannot be told: %s", ending.what, ending.oauth, trouble)
            return
        days = due(ends, now)
        if days is None:
            await self._clear(EXPIRES, ending.oauth, now)
            return
        detail = {"oauth": ending.oauth, "what": ending.what, "ends": rfc3339(ends), "days": days}
        if await self._standing(EXPIRES, ending.oauth, now) != detail:
            log.warning("alarm %s: the %s of %s ends at %s", EXPIRES, ending.what, ending.oauth, detail["ends"])
            await self._raise(EXPIRES, ending.oauth, detail, now)

    async def _standing(self, code: str, about: str, now: datetime) -> Any:
        """With what an alarm stands; None where it does not."""
        rows = await self.database.aread(partial(keeping.open_alarms, now=now))
        return next((row["detail"] for row in rows if row["key"] == f"{code}:{about}"), None)

    async def _raise(self, code: str, about: str, detail: dict[str, Any], now: datetime) -> None:
        row = keeping.alarm_row(code, about, detail, now)
        await self.database.writer.submit(Unit("alarm", [(keeping.RAISE_ALARM, [row])]))

    async def _clear(self, code: str, about: str, now: datetime) -> None:
        row = keeping.clear_row(code, about, now)
        await self.database.writer.submit(Unit("alarm", [(keeping.CLEAR_ALARM, [row])]))


def _detail(oauth: str, trouble: NoToken) -> dict[str, Any]:
    known = {key: value for key, value in trouble.values.items() if key not in ("said", "wait")}
    return known | {"oauth": oauth, "cause": trouble.code, "error": trouble.values.get("said") or trouble.code}
