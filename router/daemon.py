"""The daemon: builds every stage from the settings, runs them on one loop, ends them in order.

Start: the lock, the database, what an earlier process left in mid-delivery, the couriers, routing, and at last the
listener. Stop goes the other way round: no new connection, the commits under way, the batch in hand; copies not yet
tried become `pending`.
"""

import asyncio
import logging
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from router import control, wiring
from router.clock import Clock
from router.config import Faults, Settings, load
from router.config.joining import RoseOf
from router.config.weekly import rising_scopes
from router.delivery.marking import Marking
from router.delivery.retry import Again
from router.delivery.stage import Worker
from router.destinations import destinations
from router.digest.month import Months
from router.digest.rhythm import ROLE, RhythmStage
from router.digest.wishes import WishWatch
from router.housekeeping import Housekeeping
from router.intake.accept import Acceptor
from router.intake.smtp import Listener, Reception
from router.logins import Logins
from router.orders import Orders
from router.routing.places import Places
from router.routing.stage import RoutingStage
from router.sdnotify import notify
from router.store import keeping, outbox, soundness, watched, wishes
from router.store.counting import WeekCounter
from router.store.database import Database, open_to_write
from router.store.disk import Reserve
from router.store.errors import StoreError
from router.store.handover import Handover
from router.store.ids import new_id
from router.store.orphans import Orphans
from router.store.spool import Spool
from router.store.standings import restate_stale
from router.store.turn import Turn
from router.store.wishes import Wish
from router.store.writer import Unit
from router.tasks import Background
from router.watch.examination import examine

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_AGAIN = timedelta(seconds=0.5)  # into a database that other routers write too
LOOK_SELDOM = timedelta(seconds=30)  # into one that only commands write beside us
GRACE = 10.0  # seconds that open transactions have at the end


class CannotListen(Exception):
    """The listener's address is taken, or not ours."""


@dataclass(frozen=True, slots=True)
class _Stages:
    """What a daemon consists of, built and not yet running."""

    runs: list[wiring.Watcher]  # what runs until it is cancelled, by name
    listener: Listener | None
    housekeeping: Housekeeping
    handover: Handover
    orders: Orders


@dataclass(slots=True)
class Daemon:
    """One running router."""

    settings: Settings
    clock: Clock
    ready: Callable[[tuple[str, int] | None], None] = lambda address: None  # told where we listen, once we do
    _places: Places = field(init=False)
    _wishes: tuple[Wish, ...] = field(init=False, default=())  # what people want in place of the configuration
    _logins: Logins = field(init=False)
    _reception: Reception | None = field(init=False, default=None)
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
        self._places, self._logins = wiring.places(self.settings), Logins(self.settings)
        await self._recover(database)
        self._learn(await database.aread(wishes.every))
        stages = await self._stages(database)
        commands = await self._serve(database, stages.orders)
        self._signals(database)
        address = await self._listen(stages.listener)
        self._background.start(self._begin(database))
        tasks = [asyncio.create_task(run(), name=name) for name, run in stages.runs]
        ticks = stages.housekeeping.start()
        log.info("running with %d rules, listening on %s", len(self._places.rules), address)
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
        await self._clear_alarms(database, "reload", "credentials")

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

    async def _stages(self, database: Database) -> "_Stages":
        key = await _write(database, keeping.signing_key)
        lease, shared = self.settings.delivery.lease, database.path is None
        spool = Spool(database, LOOK_AGAIN.total_seconds() if shared else None)
        handover = Handover(database, self.clock, new_id(), lease, LOOK_AGAIN if shared else LOOK_SELDOM)
        turn = Turn(database, self.clock, lease)
        route = RoutingStage(database, spool, handover, self.clock, key, lambda: self._places, turn)
        reserve = wiring.reserve(self.settings, database)
        refused: Counter[str] = Counter()
        ages = wiring.ages(self.settings.retention)
        counter = WeekCounter(database, self.clock, lambda: rising_scopes(self.settings))
        deliver = [(f"deliver {one.place}", one.run) for one in self._workers(database, handover, key)]
        watch = wiring.watchers(self.settings, database, self.clock, reserve, key, self._logins)
        digests = wiring.digests(self.settings, database, self.clock, handover.look, key)
        sources = wiring.sources(self.settings, database, spool, self.clock, reserve.check, key, self._logins)
        replies = wiring.reply_stage(self.settings, database, self.clock, key, handover.look)
        answering = [("replies", replies.run)] if replies is not None else []
        bundles = Turn(database, self.clock, lease, ROLE)
        inboxes = partial(self._as_they_are, wiring.rhythmic)
        post, terms = wiring.post(self.settings, key), partial(self._as_they_are, wiring.terms)
        zone = self.settings.router.timezone
        months = Months(database, self.clock, terms, inboxes, post, zone, handover.look, RoseOf(self.settings))
        rhythm = RhythmStage(database, self.clock, bundles, inboxes, post, handover.look, months)
        learn = WishWatch(database, self.clock, self._learn)
        letters = [("rhythm", rhythm.run), ("wishes", learn.run)]
        return _Stages(
            runs=[("route", route.run), *deliver, *watch, *sources, *answering, *letters],
            listener=await self._listener(database, spool, reserve, refused),
            housekeeping=Housekeeping(
                database, self.clock, handover, turn, refused, lambda: self._places, ages, digests, counter
            ),
            handover=handover,
            orders=Orders(
                database,
                self.clock,
                spool,
                handover,
                reserve.check,
                self._knows,
                digests.send if digests is not None else None,
            ),
        )

    def _learn(self, known: tuple[Wish, ...]) -> None:
        """Go by what people want, as it is known now."""
        self._wishes = known
        self._places = wiring.places(self.settings, known)

    def _as_they_are(self, made: Callable[[Settings, tuple[Wish, ...]], T]) -> T:
        """What is made of the settings and wishes that are in force."""
        return made(self.settings, self._wishes)

    async def _listen(self, listener: Listener | None) -> tuple[str, int] | None:
        if listener is None or self.settings.smtp is None:
            return None
        host, port = self.settings.smtp.listen
        try:
            return await listener.start(host, port)
        except OSError as error:
            raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error

    async def _put_away(self, database: Database, stages: "_Stages") -> None:
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

    def _workers(self, database: Database, handover: Handover, key: bytes) -> list[Worker]:
        workers = []
        for place in destinations(self.settings, key, self._logins):
            handover.open(place.name, place.channels, place.pace)
            again = Again(place.look_after, self.settings.delivery.give_up)
            marking = None if place.mark is None else Marking(place.name, place.mark, database).run
            workers.append(Worker(place.name, place.courier, handover, self.clock, again, place.lanes, marking))
        return workers

    async def _listener(
        self, database: Database, spool: Spool, reserve: Reserve, refused: Counter[str]
    ) -> Listener | None:
        smtp = self.settings.smtp
        if smtp is None:
            return None
        self._reception = Reception(
            Acceptor(spool, self.clock, reserve.check),
            hostname=self.settings.router.hostname,
            allow_from=smtp.allow_from,
            knows=self._knows,
            journal_from=smtp.journal_from,
            reports=lambda address: self._places.takes_reports(address),
            limits=wiring.limits(smtp),
            counts=refused,
            credentials=await asyncio.to_thread(wiring.credentials, self.settings),
            folder=database.path.parent if database.path is not None else None,  # /tmp is memory on many machines
        )
        return Listener(self._reception)

    def _knows(self, address: str) -> bool:
        """Whether the listener takes it, by the present configuration."""
        return self._places.resolve(address) is not None

    async def _serve(self, database: Database, orders: Orders) -> asyncio.Server | None:
        """Take the orders of commands for as long as this process holds the lock."""
        if database.path is None:
            return None
        return await control.serve(control.socket_path(database.path), orders.handlers())

    def _signals(self, database: Database) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop_signal)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._background.start(self._reload(database)))

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

    async def _reload(self, database: Database) -> None:
        """Take new rules and hours; a bad or a too large change leaves everything as it is and raises an alarm."""
        notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            await self._renew(database)
            await self._take_new(database)
        finally:
            notify("READY=1")

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
        self._learn(self._wishes)
        await self._clear_alarms(database, "reload")
        log.info("reloaded: %d rules", len(self._places.rules))

    async def _renew(self, database: Database) -> None:
        """Take the certificate and the users that lie there now, for new connections; bad ones replace nothing."""
        if self._reception is None:
            return
        try:
            self._reception.credentials = await asyncio.to_thread(wiring.credentials, self.settings)
        except Faults as faults:
            told = [str(fault) for fault in faults.faults]
            await self._keep_last_good(database, "configuration-fault", told, about="credentials")
            return
        await self._clear_alarms(database, "credentials")

    async def _clear_alarms(self, database: Database, *about: str) -> None:
        """The configuration is in force as it stands in its files."""
        now, codes = self.clock.now(), ("configuration-fault", "restart-needed")
        rows = [keeping.clear_row(code, one, now) for one in about for code in codes]
        await database.writer.insist(lambda: Unit("command", [(keeping.CLEAR_ALARM, rows)]))

    async def _keep_last_good(self, database: Database, code: str, told: list[str], about: str = "reload") -> None:
        for line in told:
            log.error("%s", line)
        kept = "rules" if about == "reload" else about
        log.error("alarm %s: the last good %s stay", code, kept)
        row = keeping.alarm_row(code, about, {"told": told}, self.clock.now())
        await database.writer.insist(lambda: Unit("command", [(keeping.RAISE_ALARM, [row])]))

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        stop = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stop}:
            self._fault = task.exception() or RuntimeError("a stage ended by itself")
            log.critical("%s ended", task.get_name(), exc_info=self._fault)
        stop.cancel()


async def _write(database: Database, call: Callable[[Connection], Any]) -> Any:
    return await database.writer.submit(Unit("command", call=call))
