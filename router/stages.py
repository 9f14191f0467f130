"""The stages of a daemon, built from what is in force and not yet running."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from router import wiring
from router.clock import Clock
from router.config.joining import RoseOf
from router.config.weekly import rising_scopes
from router.delivery.marking import Marking
from router.delivery.retry import Again
from router.delivery.stage import Worker
from router.destinations import destinations
from router.digest.month import Months
from router.digest.rhythm import ROLE, RhythmStage
from router.digest.stage import DigestStage
from router.digest.wishes import WishWatch
from router.housekeeping import Housekeeping
from router.inforce import InForce
from router.intake.accept import Acceptor
from router.intake.smtp import Listener, Reception
from router.logins import Logins
from router.orders import Orders
from router.routing.stage import RoutingStage
from router.store.counting import WeekCounter
from router.store.database import Database
from router.store.disk import Reserve
from router.store.handover import Handover
from router.store.ids import new_id
from router.store.retention import Ages
from router.store.spool import Spool
from router.store.turn import Turn
from router.wiring import Watcher

LOOK_AGAIN = timedelta(seconds=0.5)  # into a database that other routers write too
LOOK_SELDOM = timedelta(seconds=30)  # into one that only commands write beside us


@dataclass(frozen=True, slots=True)
class Stages:
    """What a daemon consists of."""

    runs: list[Watcher]  # what runs until it is cancelled, by name
    listener: Listener | None
    housekeeping: Housekeeping
    handover: Handover
    orders: Orders


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds them around one database. `key` signs our mail."""

    present: InForce
    database: Database
    clock: Clock
    logins: Logins
    key: bytes

    async def build(self) -> Stages:
        """All of them; reads the listener's files. Raises `Faults` where those are bad."""
        settings, database, clock = self.present.settings, self.database, self.clock
        shared = database.path is None
        spool = Spool(database, LOOK_AGAIN.total_seconds() if shared else None)
        lease = settings.delivery.lease
        handover = Handover(database, clock, new_id(), lease, LOOK_AGAIN if shared else LOOK_SELDOM)
        turn = Turn(database, clock, lease)
        route = RoutingStage(database, spool, handover, clock, self.key, lambda: self.present.places, turn)
        reserve = wiring.reserve(settings, database)
        refused: Counter[str] = Counter()
        digests = wiring.digests(settings, database, clock, handover.look, self.key)
        watchers = wiring.watchers(settings, database, clock, reserve, self.key, self.logins)
        sources = wiring.sources(settings, database, spool, clock, reserve.check, self.key, self.logins)
        runs = [("route", route.run), *self._couriers(handover), *watchers, *sources, *self._letters(handover)]
        send = digests.send if digests is not None else None
        return Stages(
            runs=runs,
            listener=await self._listener(spool, reserve, refused),
            housekeeping=self._housekeeping(handover, turn, refused, digests),
            handover=handover,
            orders=Orders(database, clock, spool, handover, reserve.check, self.present.knows, send),
        )

    def _couriers(self, handover: Handover) -> Iterator[Watcher]:
        settings = self.present.settings
        for place in destinations(settings, self.key, self.logins):
            handover.open(place.name, place.channels, place.pace)
            again = Again(place.look_after, settings.delivery.give_up)
            marking = None if place.mark is None else Marking(place.name, place.mark, self.database).run
            worker = Worker(place.name, place.courier, handover, self.clock, again, place.lanes, marking)
            yield f"deliver {worker.place}", worker.run

    def _letters(self, handover: Handover) -> Iterator[Watcher]:
        """Bundles, the end of a month, and what people reply."""
        settings, database, clock = self.present.settings, self.database, self.clock
        replies = wiring.reply_stage(settings, database, clock, self.key, handover.look)
        if replies is not None:
            yield "replies", replies.run
        inboxes = partial(self.present.as_it_is, wiring.rhythmic)
        terms = partial(self.present.as_it_is, wiring.terms)
        post, zone = wiring.post(settings, self.key), settings.router.timezone
        months = Months(database, clock, terms, inboxes, post, zone, handover.look, RoseOf(settings))
        turn = Turn(database, clock, settings.delivery.lease, ROLE)
        yield "rhythm", RhythmStage(database, clock, turn, inboxes, post, handover.look, months).run
        yield "wishes", WishWatch(database, clock, self.present.learn).run

    def _housekeeping(
        self, handover: Handover, turn: Turn, refused: Counter[str], digests: DigestStage | None
    ) -> Housekeeping:
        present = self.present
        retention = present.settings.retention
        return Housekeeping(
            self.database,
            self.clock,
            handover,
            turn,
            refused,
            lambda: present.places,
            Ages(retention.raw, retention.text, retention.metadata),
            digests,
            WeekCounter(self.database, self.clock, lambda: rising_scopes(present.settings)),
        )

    async def _listener(self, spool: Spool, reserve: Reserve, refused: Counter[str]) -> Listener | None:
        present, path = self.present, self.database.path
        settings, smtp = present.settings, present.settings.smtp
        if smtp is None:
            return None
        present.reception = Reception(
            Acceptor(spool, self.clock, reserve.check),
            hostname=settings.router.hostname,
            allow_from=smtp.allow_from,
            knows=present.knows,
            journal_from=smtp.journal_from,
            reports=lambda address: present.places.takes_reports(address),
            limits=wiring.limits(smtp),
            counts=refused,
            credentials=await asyncio.to_thread(wiring.credentials, settings),
            folder=path.parent if path is not None else None,  # /tmp is memory on many machines
        )
        return Listener(present.reception)
