"""The daemon: opens the store, runs every stage on one loop, ends them in order.

Start: the lock, the database, what an earlier process left in mid-delivery, the couriers, routing, and at last the
listener. Stop goes the other way round: no new connection, the commits under way, the batch in hand; copies not yet
tried become `pending`.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from router import control
from router.clock import Clock
from router.config import Settings
from router.inforce import InForce
from router.intake.smtp import Listener
from router.logins import Logins
from router.orders import Orders
from router.sdnotify import notify
from router.stages import Builder, Stages
from router.store import keeping, outbox, soundness, watched, wishes
from router.store.database import Database, open_to_write
from router.store.errors import StoreError
from router.store.orphans import Orphans
from router.store.standings import restate_stale
from router.store.writer import Unit
from router.tasks import Background
from router.watch.examination import examine

log = logging.getLogger(__name__)

GRACE = 10.0  # seconds that open transactions have at the end


class CannotListen(Exception):
    """The listener's address is taken, or not ours."""


@dataclass(slots=True)
class Daemon:
    """One running router."""

    settings: Settings
    clock: Clock
    ready: Callable[[tuple[str, int] | None], None] = lambda address: None  # told where we listen, once we do
    _present: InForce = field(init=False)
    _stop: asyncio.Event = field(init=False)
    _fault: BaseException | None = field(init=False, default=None)
    _background: Background = field(init=False, default_factory=Background)

    async def run(self) -> int:
        """Run until a signal or a fault; returns the exit code. Raises `StoreError` where the store cannot be opened."""
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def broken(fault: BaseException) -> None:
            loop.call_soon_threadsafe(self._end_with, fault)

        database = await asyncio.to_thread(open_to_write, self.settings.router.database, broken)
        try:
            await self._run(database)
        finally:
            await asyncio.to_thread(database.close)
        return 0 if self._fault is None else 1

    async def _run(self, database: Database) -> None:
        self._present = InForce(self.settings, self.clock)
        await self._recover(database)
        self._present.learn(await database.aread(wishes.every))
        key = await _write(database, keeping.signing_key)
        stages = await Builder(self._present, database, self.clock, Logins(self.settings), key).build()
        commands = await self._serve(database, stages.orders)
        self._signals(database)
        address = await self._listen(stages.listener)
        self._background.start(self._begin(database))
        tasks = [asyncio.create_task(run(), name=name) for name, run in stages.runs]
        ticks = stages.housekeeping.start()
        log.info("running with %d rules, listening on %s", len(self._present.places.rules), address)
        notify("READY=1", f"STATUS=listening on {address}")
        self.ready(address)

        await self._until_stopped(tasks)
        notify("STOPPING=1")

        if stages.listener is not None:
            await stages.listener.stop(GRACE)
        ticks.shutdown(wait=False)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=GRACE)  # a store that is locked or full may keep one of them busy
        if commands is not None:
            commands.close()
        if self._fault is None:
            await self._put_away(database, stages)
        log.info("stopped")

    async def _recover(self, database: Database) -> None:
        """See to what the last process left; whoever holds the lock of a SQLite database knows that it is gone."""
        alone = database.path is not None
        left = await _write(database, partial(outbox.expire, now=self.clock.now(), everything=alone))
        if left:
            log.info("%d copies were in a courier's hand when the last process ended: they are looked for", len(left))
        if alone and (swept := await Orphans(database, self.clock).sweep(everything=True)):
            log.info("%d chunks without a mail, left by the last process, are deleted", swept)
        await self._present.clear_alarms(database, "reload", "credentials")

    async def _begin(self, database: Database) -> None:
        """Note that a daemon runs, as soon as the store takes it; after an unclean end the file is examined."""
        clean = await database.writer.insist(partial(Unit, "command", call=soundness.begin))
        if not clean and database.path is not None:
            await examine(database, database.path, self.clock)
        names = [one.name for one in self.settings.sources]
        known = partial(watched.forget_unknown, names=names, now=self.clock.now())
        await database.writer.insist(partial(Unit, "command", call=known))
        if stale := await restate_stale(database):
            log.info("the state of %d conversations is computed", stale)

    async def _listen(self, listener: Listener | None) -> tuple[str, int] | None:
        if listener is None or self.settings.smtp is None:
            return None
        host, port = self.settings.smtp.listen
        try:
            return await listener.start(host, port)
        except OSError as error:
            raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error

    async def _put_away(self, database: Database, stages: Stages) -> None:
        """The last writes of a clean stop; a store that refuses them loses nothing but comfort."""
        try:
            await stages.handover.give_back()
            await stages.housekeeping.turn.give_back()
            if stages.housekeeping.digests is not None:
                await stages.housekeeping.digests.give_back()
            await stages.housekeeping.save_refusals()
            await _write(database, soundness.end)
        except StoreError as error:
            log.warning("the store refuses the last writes: %s", error)

    async def _serve(self, database: Database, orders: Orders) -> asyncio.Server | None:
        """Take the orders of commands for as long as this process holds the lock."""
        if database.path is None:
            return None
        return await control.serve(control.socket_path(database.path), orders.handlers())

    def _signals(self, database: Database) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop_signal)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._background.start(self._present.reload(database)))

    def _on_stop_signal(self) -> None:
        if self._stop.is_set():
            logging.shutdown()
            os._exit(1)  # the second signal: at once; whatever was accepted is in the database
        log.info("stopping")
        self._stop.set()

    def _end_with(self, fault: BaseException) -> None:
        log.critical("the store cannot be trusted any more, ending: %s", fault)
        self._fault = fault
        self._stop.set()

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        stop = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stop}:
            self._fault = task.exception() or RuntimeError("a stage ended by itself")
            log.critical("%s ended", task.get_name(), exc_info=self._fault)
        stop.cancel()


async def _write(database: Database, call: Callable[[Connection], Any]) -> Any:
    return await database.writer.submit(Unit("command", call=call))
