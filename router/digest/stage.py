"""The stage of digests: at each tick, what is due is composed, and claimed and frozen into the outbox in one commit.

A slot is claimed by its row, which is unique: whoever writes it sends it, so that any number of routers may tick. A
kill before the commit leaves the slot free, a kill after it leaves its letters in the outbox, where couriers find them.

    due          the slots since the last edition, or since the digest is known by its present schedule
    missed       after a time in which nobody looked, the newest of several slots goes out once and counts the others
    at once      a customer wrote again after our answer; a wait that is over meanwhile is none of it

A composer that fails keeps no digest back: the next one is asked, and at last a plain letter says that there is none and
why. What the store refuses is tried again at the next tick.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from router.clock import Clock
from router.conversation.edition import Edition, Item, Kind, Section
from router.conversation.slots import Schedule, Slot
from router.digest.freeze import freeze
from router.digest.letter import Composed
from router.maillog import Event, event
from router.store import editions, matters, roles
from router.store.database import Database, Reading
from router.store.errors import StoreError
from router.store.handover import Handover
from router.store.ids import new_id
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.matters import Matter
from router.store.rows import Row
from router.store.writer import Statement, Unit
from router.tasks import Lane

log = logging.getLogger(__name__)
T = TypeVar("T")

FAILS = "digest-fails"  # a standing alarm: a digest could not be composed as it should be
ROLE = "digests"
AT_ONCE = "at-once"  # what an alarm is about where no digest of its own name is
LEASE = timedelta(minutes=1)  # of the role; it saves work, and guards nothing: that is done by the row of a slot
LATE_TICK = 60.0  # seconds of the machine in which slots that fell due together were not missed: a test's clock is fast
DEADLINE = 120.0  # seconds that a composer has
RECENT = timedelta(days=7)  # an older wait is nothing that is told at once

# Makes an edition's items and letters, from what can be read, and from the last edition that was sent.
Compose = Callable[[Reading, Edition, Edition | None], Composed]
VipLate = Callable[[Reading, datetime], Sequence[tuple[str, datetime]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """One digest, as far as its making goes."""

    name: str
    kind: Kind
    schedule: Schedule
    recipients: tuple[str, ...]
    mailboxes: frozenset[str]
    at_once: bool

    @property
    def fixed(self) -> str:
        """What begins anew where it changes."""
        return f"{self.kind} {self.schedule}{' at-once' if self.at_once else ''}"


@dataclass(slots=True)
class DigestStage:
    """Makes digests."""

    database: Database
    clock: Clock
    handover: Handover
    plans: Sequence[Plan]
    founders: Sequence[str]  # who is told at once beside those whom the digest goes to
    ways: Mapping[str, str]  # the channel to each recipient
    composers: Sequence[Compose]  # in the order in which they are tried
    plain: Callable[[Edition, str], Composed]  # where all of them fail
    vip_late: VipLate | None = None  # the waits of VIPs that are past their goal: conversation, and since when
    deadline: float = DEADLINE
    _begun: set[str] = field(default_factory=set)
    _looked: dict[str, datetime] = field(default_factory=dict)  # when the slots of a digest were last seen to
    _failing: set[str] = field(default_factory=lambda: {AT_ONCE})  # an earlier process may have left that alarm
    _holder: str = field(default_factory=new_id)
    _lane: Lane = field(default_factory=lambda: Lane("digests"))

    async def tick(self) -> None:
        """Make everything that is due; what cannot be made now is made at a later tick."""
        try:
            for plan in self.plans:
                await self._apart(plan.name, self._serve(plan))
            if urgent := [plan for plan in self.plans if plan.at_once and plan.name in self._begun]:
                await self._apart(AT_ONCE, self._tell_at_once(urgent))
        except StoreError as error:
            log.warning("digests wait for the store: %s", error)
        except asyncio.CancelledError:
            return  # the scheduler stops, and would log this as a fault

    async def give_back(self) -> None:
        """At a clean stop: let another router begin at once."""
        if self.database.path is None:
            back = partial(roles.give_back, holder=self._holder, now=self.clock.now())
            await self.database.writer.submit(Unit("role", call=back))

    async def _apart(self, about: str, work: Coroutine[Any, Any, None]) -> None:
        """One digest that fails for its own sake keeps no other back."""
        try:
            await work
        except StoreError:
            raise
        except Exception as error:
            log.exception("the digest %s cannot be made", about)
            row = self._alarm_row(about, [f"{type(error).__name__}: {error}"])
            await self.database.writer.submit(Unit("alarm", [(RAISE_ALARM, [row])]))
            self._failing.add(about)
        else:
            if about == AT_ONCE and about in self._failing:  # of others the next edition tells
                row = clear_row(FAILS, about, self.clock.now())
                await self.database.writer.submit(Unit("alarm", [(CLEAR_ALARM, [row])]))
                self._failing.discard(about)

    async def _serve(self, plan: Plan) -> None:
        """Send what is due of one digest."""
        now = self.clock.now()
        if plan.name not in self._begun:
            begin = partial(editions.begin, digest=plan.name, schedule=plan.fixed, now=now)
            if await self.database.writer.submit(Unit("begin", call=begin)):
                log.info("the digest %s is known from now on: %s", plan.name, plan.schedule)
            self._begun.add(plan.name)
        due = await self._read(partial(editions.due, digest=plan.name, schedule=plan.schedule, now=now))
        if due:
            if not await self._mine(now):
                return
            for slot, missed in self._in_turn(plan.name, due, now):
                made = Edition(
                    new_id(), plan.name, plan.kind, slot.name, slot.at, self.clock.now(), plan.recipients, missed=missed
                )
                await self._issue(made)
        self._looked[plan.name] = now

    def _in_turn(self, name: str, due: Sequence[Slot], now: datetime) -> list[tuple[Slot, int]]:
        """Which of these slots are sent, and how many each has missed."""
        before = self._looked.get(name)
        if before is not None and self.clock.real_seconds(now - before) <= LATE_TICK:
            return [(slot, 0) for slot in due]  # we were there all the while
        return [(due[-1], len(due) - 1)]

    async def _mine(self, now: datetime) -> bool:
        """Whether no other router is at it."""
        if self.database.path is not None:
            return True
        take = partial(roles.take, name=ROLE, holder=self._holder, now=now, span=LEASE)
        mine: bool = await self.database.writer.submit(Unit("role", call=take))
        return mine

    async def _tell_at_once(self, urgent: Sequence[Plan]) -> None:
        now = self.clock.now()
        found: dict[str, tuple[Plan, Matter, tuple[str, ...]]] = {}
        told = await self._read(partial(editions.told_at_once, digests=[plan.name for plan in urgent], now=now))
        for plan in urgent:
            for one in await self._read(partial(self._matters, plan, now, told)):
                first, matter, to = found.get(one.thread, (plan, one, ()))
                found[one.thread] = first, matter, (*to, *plan.recipients)
        if found and await self._mine(now):
            for plan, matter, to in found.values():
                everybody = tuple(dict.fromkeys((*to, *self.founders)))
                item = Item(1, matter.thread, Section.AGAIN if matter.word == "again" else Section.STILL, matter.since)
                made = self.clock.now()
                await self._issue(
                    Edition(new_id(), plan.name, Kind.AT_ONCE, matter.slot, matter.since, made, everybody, (item,))
                )

    def _matters(self, plan: Plan, now: datetime, told: set[str], connection: Reading) -> list[Matter]:
        """What is to be told of the mailboxes of one digest; nothing from before it was known."""
        begun = editions.begun(connection, plan.name)
        if begun is None:
            return []
        after = max(begun, now - RECENT)
        found = matters.again(connection, plan.mailboxes, after, now, told)
        if self.vip_late is not None:
            late = [(name, since) for name, since in self.vip_late(connection, now) if name not in told]
            found += matters.late(connection, plan.mailboxes, late, after, now)
        return found

    async def _issue(self, made: Edition) -> None:
        """Compose an edition, claim its slot, and let its letters go."""
        made = replace(made, recipients=tuple(one for one in made.recipients if one in self.ways))
        composed, why = await self._compose(made)
        made = replace(made, items=composed.items)
        frozen = await asyncio.to_thread(freeze, made, composed.letters, self.ways)
        now = self.clock.now()
        alarm: list[tuple[Statement, list[Row]]] = []
        if made.kind is not Kind.AT_ONCE:  # which says nothing of the digest
            alarm = [(CLEAR_ALARM, [clear_row(FAILS, made.digest, now)])]
        if why:
            alarm = [(RAISE_ALARM, [self._alarm_row(made.digest, why)])]
        call = partial(editions.issue, new=made, writes=[*frozen.writes, *alarm], hashes=frozen.hashes)
        if not await self.database.writer.submit(Unit("digest", call=call)):
            return  # another router has sent it
        for channel in frozen.channels:
            self.handover.look(channel)
        event(
            Event.DIGEST,
            edition=made.id,
            digest=made.digest,
            kind=made.kind.value,
            slot=made.slot,
            missed=made.missed or None,
            items=len(made.items),
            copies=len(frozen.channels),
        )
        if why:
            log.error("alarm %s: %s: %s", FAILS, made.digest, "; ".join(why))

    async def _compose(self, made: Edition) -> tuple[Composed, list[str]]:
        """Its letters, and what went wrong on the way to them."""
        before = await self._read(partial(editions.last, digest=made.digest, before=made.made))
        why: list[str] = []
        for compose in self.composers:
            try:
                composed = await self._in_time(partial(self._composed, compose, made, before))
            except StoreError:
                raise
            except TimeoutError:
                why.append(f"not composed within {self.deadline:g} seconds")
            except Exception as error:
                log.exception("the digest %s cannot be composed", made.digest)
                why.append(f"{type(error).__name__}: {error}")
            else:
                return composed, why
        why = why or ["no composer"]
        return await asyncio.to_thread(self.plain, made, "; ".join(why)), why

    def _composed(self, compose: Compose, made: Edition, before: Edition | None) -> Composed:
        composed = self.database.read(lambda connection: compose(connection, made, before))
        if {letter.recipient for letter in composed.letters} != set(made.recipients):
            raise ValueError("the letters are not those of the recipients")
        return composed

    async def _in_time(self, work: Callable[[], Composed]) -> Composed:
        try:
            return await asyncio.wait_for(self._lane.call(work), self.deadline)
        except TimeoutError:
            self._lane = Lane("digests")  # that thread may never come back
            raise

    async def _read(self, query: Callable[[Reading], T]) -> T:
        return await asyncio.to_thread(self.database.read, query)

    def _alarm_row(self, about: str, why: Sequence[str]) -> Row:
        return alarm_row(FAILS, about, {"digest": about, "told": [one[:300] for one in why]}, self.clock.now())
