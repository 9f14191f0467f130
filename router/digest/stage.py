"""The stage of digests: at each tick, what is due is made (`issue`).

    due          the slots since the last edition, or since the digest is known by its present schedule
    missed       after a time in which nobody looked, the newest of several slots goes out once and counts the others
    asked        by a reply that wants the list fresh, or by `router digest --send`
    at once      what does not wait for a slot (`urgent`)

What the store refuses is tried again at the next tick.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from router.clock import Clock
from router.conversation.edition import Edition, Kind
from router.conversation.slots import Slot
from router.digest.issue import FAILS, Issuer
from router.digest.schedule import Plan
from router.digest.urgent import Urgent
from router.store import editions, replies, roles
from router.store.database import Database
from router.store.errors import StoreError
from router.store.ids import new_id
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, clear_row
from router.store.replies import Due
from router.store.writer import Unit

log = logging.getLogger(__name__)

ROLE = "digests"
AT_ONCE, ASKED = "at-once", "asked"  # what an alarm is about where no digest of its own name is
LEASE = timedelta(minutes=1)  # of the role; it saves work, and guards nothing: that is done by the row of a slot
LATE_TICK = 60.0  # seconds of the machine in which slots that fell due together were not missed: a test's clock is fast


@dataclass(slots=True)
class DigestStage:
    """Makes digests."""

    plans: Sequence[Plan]
    issuer: Issuer
    urgent: Urgent
    _begun: set[str] = field(default_factory=set)
    _looked: dict[str, datetime] = field(default_factory=dict)  # when the slots of a digest were last seen to
    _failing: set[str] = field(default_factory=lambda: {AT_ONCE, ASKED})  # an earlier process may have left that alarm
    _holder: str = field(default_factory=new_id)

    @property
    def _database(self) -> Database:
        return self.issuer.database

    @property
    def _clock(self) -> Clock:
        return self.issuer.clock

    async def tick(self) -> None:
        """Make everything that is due; what cannot be made now is made at a later tick."""
        try:
            for plan in self.plans:
                await self._apart(plan.name, self._serve(plan))
            await self._apart(ASKED, self._answer_asked())
            if urgent := [plan for plan in self.plans if plan.at_once and plan.name in self._begun]:
                await self._apart(AT_ONCE, self._tell_at_once(urgent))
        except StoreError as error:
            log.warning("digests wait for the store: %s", error)
        except asyncio.CancelledError:
            return  # the scheduler stops, and would log this as a fault

    async def send(self, name: str, order: str) -> list[str]:
        """Send a digest now, beside its slots; `order` is unique. Returns whom it goes to, nobody where it is unknown."""
        plan = next((one for one in self.plans if one.name == name), None)
        if plan is None:
            return []
        now = self._clock.now()
        made = Edition(new_id(), name, Kind.ASKED, f"{ASKED} {order}", now, now, plan.recipients)
        await self.issuer.issue(made)
        return [one for one in plan.recipients if one in self.issuer.ways]

    async def give_back(self) -> None:
        """At a clean stop: let another router begin at once."""
        if self._database.path is None:
            back = partial(roles.give_back, holder=self._holder, now=self._clock.now())
            await self._database.writer.submit(Unit("role", call=back))

    async def _apart(self, about: str, work: Coroutine[Any, Any, None]) -> None:
        """One digest that fails for its own sake keeps no other back."""
        try:
            await work
        except StoreError:
            raise
        except Exception as error:
            log.exception("the digest %s cannot be made", about)
            row = self.issuer.alarm_row(about, [f"{type(error).__name__}: {error}"])
            await self._database.writer.submit(Unit("alarm", [(RAISE_ALARM, [row])]))
            self._failing.add(about)
        else:
            if about in (AT_ONCE, ASKED) and about in self._failing:  # of others the next edition tells
                row = clear_row(FAILS, about, self._clock.now())
                await self._database.writer.submit(Unit("alarm", [(CLEAR_ALARM, [row])]))
                self._failing.discard(about)

    async def _serve(self, plan: Plan) -> None:
        """Send what is due of one digest."""
        now = self._clock.now()
        if plan.name not in self._begun:
            begin = partial(editions.begin, digest=plan.name, schedule=plan.fixed, now=now)
            if await self._database.writer.submit(Unit("begin", call=begin)):
                log.info("the digest %s is known from now on: %s", plan.name, plan.schedule)
            self._begun.add(plan.name)
        due = await self.issuer.read(partial(editions.due, digest=plan.name, schedule=plan.schedule, now=now))
        if due:
            if not await self._mine(now):
                return
            for slot, missed in self._in_turn(plan.name, due, now):
                made = Edition(
                    *(new_id(), plan.name, plan.kind, slot.name, slot.at, self._clock.now(), plan.recipients),
                    missed=missed,
                )
                await self.issuer.issue(made)
        self._looked[plan.name] = now

    def _in_turn(self, name: str, due: Sequence[Slot], now: datetime) -> list[tuple[Slot, int]]:
        """Which of these slots are sent, and how many each has missed."""
        before = self._looked.get(name)
        if before is not None and self._clock.real_seconds(now - before) <= LATE_TICK:
            return [(slot, 0) for slot in due]  # we were there all the while
        return [(due[-1], len(due) - 1)]

    async def _mine(self, now: datetime) -> bool:
        """Whether no other router is at it."""
        if self._database.path is not None:
            return True
        take = partial(roles.take, name=ROLE, holder=self._holder, now=now, span=LEASE)
        mine: bool = await self._database.writer.submit(Unit("role", call=take))
        return mine

    async def _answer_asked(self) -> None:
        """Make the fresh editions that people have asked for by a reply."""
        for one in await self.issuer.read(replies.fresh):
            await self._answer(one)

    async def _answer(self, one: Due) -> None:
        before = await self.issuer.read(partial(editions.by_id, name=one.edition))
        served = partial(replies.served, name=one.message)
        if before is None or before.digest not in {plan.name for plan in self.plans}:
            await self._database.writer.submit(Unit("reply", call=served))  # it has been taken out of the configuration
            return
        now = self._clock.now()
        made = Edition(new_id(), before.digest, Kind.ASKED, f"fresh {one.message}", now, now, (one.recipient,))
        await self.issuer.issue(made, served)

    async def _tell_at_once(self, plans: Sequence[Plan]) -> None:
        now = self._clock.now()
        found = await self.urgent.due(plans, now)
        if found and await self._mine(now):
            for one in found:
                await self.issuer.issue(one)
