"""A watched source as a run of the daemon: its thread started, looked after and ended, and how it stands written down."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from router.clock import Clock
from router.intake.imap.condition import STARTING, Condition, Watchfulness, standing
from router.intake.imap.handing import Desk
from router.intake.imap.source import Company, Kind, Manner, Source
from router.intake.imap.watcher import Watcher
from router.store import keeping, watched
from router.store.database import Database
from router.store.errors import RoleLost, StoreError
from router.store.rows import Row
from router.store.spool import Spool
from router.store.turn import Turn
from router.store.watched import BROKEN, QUIET
from router.store.writer import Statement, Unit

log = logging.getLogger(__name__)

_LOOK = 0.5  # seconds between looks at the thread
_SELDOM = timedelta(seconds=30)  # between writings of what only has gone on well
_END = 5.0  # seconds that a thread has to end

Writes = list[tuple[Statement, list[Row]]]


@dataclass(slots=True)
class SourceRun:
    """One source."""

    source: Source
    company: Company
    database: Database
    spool: Spool
    clock: Clock
    room: Callable[[], None]
    turn: Turn
    manner: Manner = field(default_factory=Manner)
    _written: Row = field(default_factory=dict, init=False)  # how it stands by the database
    _alarms: set[str] | None = field(default=None, init=False)  # that stand; None: as an earlier process left them
    _renewed: float = field(default=0.0, init=False)

    async def run(self) -> None:
        """Watch until cancelled; where several routers share a database, whenever it is our turn."""
        while True:
            await self.turn.mine(lambda: None)
            condition = await self._condition()
            watcher = self._watcher(condition)
            thread = _Thread(watcher.run, f"watch {self.source.name}")
            try:
                await self._look_after(thread, watcher, condition)
            finally:
                watcher.stop()
                await asyncio.to_thread(thread.join, _END)
                await self._give_back()
            await asyncio.sleep(_LOOK)

    def _watcher(self, condition: Condition) -> Watcher:
        folder = self.database.path.parent if self.database.path is not None else None
        desk = Desk(
            self.source,
            self.database,
            condition,
            self.manner.patience,
            self.spool,
            self.clock,
            self.room,
            asyncio.get_running_loop(),
            self.turn.check(),
        )
        return Watcher(self.source, self.company, desk, folder, self.manner)

    async def _condition(self) -> Condition:
        """As it stood when it was last written down."""
        known = await self.database.aread(partial(watched.watched_row, name=self.source.name))
        condition = Condition(self.clock)
        if known is not None:
            condition.last_success, condition.last_mail = known["last_success"], known["last_mail"]
        return condition

    async def _look_after(self, thread: "_Thread", watcher: Watcher, condition: Condition) -> None:
        """Until the thread ends: with the role, or with a store that cannot be trusted any more."""
        while thread.is_alive():
            try:
                await self._renew()
                await self._write_down(condition, watcher)
            except StoreError as error:
                log.warning("source %s: the store refuses: %s", self.source.name, error)
            if self.turn.shared and self.turn.held is None:
                return
            if time.monotonic() - condition.moved > self.manner.patience.stuck:
                log.error("source %s: no progress: its connection is ended", self.source.name)
                condition.progress()
                watcher.kick()
            await asyncio.sleep(_LOOK)
        if isinstance(thread.error, RoleLost):
            self.turn.lost()
        elif thread.error is not None:
            raise thread.error

    async def _renew(self) -> None:
        if self.turn.shared and time.monotonic() - self._renewed > self.clock.real_seconds(self.turn.lease / 4):
            self._renewed = time.monotonic()
            await self.turn.renew()

    async def _give_back(self) -> None:
        try:
            await self.turn.give_back()
            self.turn.held = None
        except StoreError as error:
            log.warning("source %s: its role is given back late: %s", self.source.name, error)

    async def _write_down(self, condition: Condition, watcher: Watcher) -> None:
        """Its state and its alarms, where they have changed."""
        now = self.clock.now()
        if condition.first_sight is None and watcher.desk.cursors:
            condition.first_sight = min(one.first for one in list(watcher.desk.cursors.values()))
        row = self._row(condition)
        stands, alarms = self._alarms_of(condition, now)
        writes = [*alarms, (watched.SET_WATCHED, [row])] if self._worth_it(row) else alarms
        if writes:
            await self.database.writer.submit(Unit("watch", writes))
            self._written = row
        for code in (stands or set()) - (self._alarms or set()):
            log.error("alarm %s: %s", code, self.source.name)
        self._alarms = stands

    def _alarms_of(self, condition: Condition, now: datetime) -> tuple[set[str] | None, Writes]:
        """Which alarms stand, and what is to be written for that; an earlier process may have left some."""
        if condition.state == STARTING:
            return self._alarms, []  # nobody knows yet
        found, known = standing(condition, self._watchfulness(), now), self._alarms
        name = self.source.name
        raised = [
            keeping.alarm_row(code, name, detail, now) for code, detail in found.items() if code not in (known or ())
        ]
        over = [code for code in (BROKEN, QUIET) if code not in found and (known is None or code in known)]
        cleared = [keeping.clear_row(code, name, now) for code in over]
        writes: Writes = [(keeping.RAISE_ALARM, raised), (keeping.CLEAR_ALARM, cleared)] if raised or cleared else []
        return set(found), writes

    def _watchfulness(self) -> Watchfulness:
        source, broken = self.source, timedelta(seconds=self.manner.patience.broken)
        return Watchfulness(
            source.name, broken, source.quiet_limit if source.kind is Kind.MAILBOX else None, source.hours
        )

    def _row(self, condition: Condition) -> Row:
        return {
            "name": self.source.name,
            "state": condition.state,
            "since": condition.since,
            "last_success": condition.last_success,
            "last_mail": condition.last_mail,
            "last_error": condition.last_error,
        }

    def _worth_it(self, row: Row) -> bool:
        """A state and an error at once, a success now and then."""
        last = self._written
        if not last or any(last[key] != row[key] for key in ("state", "last_error")):
            return True
        before, now = last["last_success"], row["last_success"]
        return now is not None and (before is None or now - before >= _SELDOM)


class _Thread(threading.Thread):
    """Remembers what ended it."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do the work."""
        try:
            self._work()
        except BaseException as error:
            self.error = error
