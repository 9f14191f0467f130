"""What is in force: the configuration as it was last taken, and what people wish in its place.

A reload takes new rules and hours, and the certificate and users that lie there now. A bad or a too large change leaves
everything as it is and raises an alarm.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from router import wiring
from router.clock import Clock
from router.config import Faults, Settings, load
from router.intake.smtp import Reception
from router.routing.places import Places
from router.sdnotify import notify
from router.store import keeping
from router.store.database import Database
from router.store.wishes import Wish
from router.store.writer import Unit

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class InForce:
    """The settings of a running daemon; `reception` is the listener's, once there is one."""

    settings: Settings
    clock: Clock
    places: Places = field(init=False)
    reception: Reception | None = field(init=False, default=None)
    _wishes: tuple[Wish, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self.learn(())

    def learn(self, known: tuple[Wish, ...]) -> None:
        """Go by what people want, as it is known now."""
        self._wishes = known
        self.places = wiring.places(self.settings, known)

    def as_it_is(self, made: Callable[[Settings, tuple[Wish, ...]], T]) -> T:
        """What is made of the present settings and wishes."""
        return made(self.settings, self._wishes)

    def knows(self, address: str) -> bool:
        """Whether the listener takes mail for it."""
        return self.places.resolve(address) is not None

    async def reload(self, database: Database) -> None:
        """Take what has changed in the files."""
        notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            await self._renew(database)
            await self._take_new(database)
        finally:
            notify("READY=1")

    async def clear_alarms(self, database: Database, *about: str) -> None:
        """The configuration is in force as it stands in its files."""
        now, codes = self.clock.now(), ("configuration-fault", "restart-needed")
        rows = [keeping.clear_row(code, one, now) for one in about for code in codes]
        await database.writer.insist(lambda: Unit("command", [(keeping.CLEAR_ALARM, rows)]))

    async def _take_new(self, database: Database) -> None:
        try:
            settings = await asyncio.to_thread(load, self.settings.file, os.environ)
        except Faults as faults:
            await self._keep_last_good(database, "configuration-fault", [str(fault) for fault in faults.faults])
            return
        if replace(settings, rules=(), hours=()) != replace(self.settings, rules=(), hours=()):
            told = ["more than rules and hours has changed: restart to take the new configuration"]
            await self._keep_last_good(database, "restart-needed", told)
            return
        self.settings = settings
        self.learn(self._wishes)
        await self.clear_alarms(database, "reload")
        log.info("reloaded: %d rules", len(self.places.rules))

    async def _renew(self, database: Database) -> None:
        """Take the certificate and the users that lie there now, for new connections; bad ones replace nothing."""
        if self.reception is None:
            return
        try:
            self.reception.credentials = await asyncio.to_thread(wiring.credentials, self.settings)
        except Faults as faults:
            told = [str(fault) for fault in faults.faults]
            await self._keep_last_good(database, "configuration-fault", told, about="credentials")
            return
        await self.clear_alarms(database, "credentials")

    async def _keep_last_good(self, database: Database, code: str, told: list[str], about: str = "reload") -> None:
        for line in told:
            log.error("%s", line)
        kept = "rules" if about == "reload" else about
        log.error("alarm %s: the last good %s stay", code, kept)
        row = keeping.alarm_row(code, about, {"told": told}, self.clock.now())
        await database.writer.insist(lambda: Unit("command", [(keeping.RAISE_ALARM, [row])]))
