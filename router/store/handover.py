"""Copies on their way from T2 to T3 in the same process: rows already leased to us, with their bytes, per place.

A place is what one courier serves: a single inbox, or all that are reached through one mail server, so that a mail for
several of them can go there once. The queues are bounded, and hold only what may be sent now. What finds no room stays
`pending` in the database, its courier claims it from there, and until that is done nothing newer goes past it.

Where several routers share a database, no courier is given a copy whose lease may end before he is done: while the
database was away another router may have taken it over. Such a copy goes back; who has it now is known there.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from router.clock import Clock
from router.store import claims, outbox
from router.store.channel import AT_ONCE, NEVER, Channel, Pace, Queue, Unpaced
from router.store.claims import Claim, Wanted
from router.store.database import Database
from router.store.outbox import Claimed, Settled
from router.store.rooms import Rooms
from router.store.rows import Row
from router.store.writer import Statement, Unit
from router.tasks import to_the_end

CLAIM = 200  # copies that one claim takes at most
LOOK_AGAIN = timedelta(seconds=30)  # into the database, where a command may have written
LOOK_FOR_OTHERS = timedelta(seconds=1)  # the same, while what is due there waits for copies that are under way


class Handover:
    """Gives couriers their work and records what became of it."""

    def __init__(
        self, database: Database, clock: Clock, holder: str, lease: timedelta, look_again: timedelta = LOOK_AGAIN
    ) -> None:
        self._database = database
        self._clock = clock
        self.holder = holder
        self._look_again = look_again
        self.lease = lease
        self._places: dict[str, Queue] = {}
        self._queues: dict[str, Queue] = {}  # the same ones, by inbox
        self._in_hand: dict[str, datetime] = {}  # the copies leased to us, by id, and until when

    def open(self, place: str, channels: Sequence[Channel] = (), pace: Pace | None = None) -> None:
        """Begin to take copies for the inboxes of a place; a place of one inbox bears its name."""
        queue = self._places[place] = Queue(channels or [Channel(place)], pace or Unpaced())
        self._queues.update(dict.fromkeys(queue.channels, queue))

    def rooms(self) -> Rooms:
        """Tells a batch of routing which of its copies may be leased and handed on in memory."""
        return Rooms(self._queues, self._clock.now())

    def hand_on(self, copy: Claimed) -> None:
        """Pass on a copy whose row is committed as leased to us."""
        queue, now = self._queues[copy.inbox], self._clock.now()
        self._in_hand[copy.id] = copy.lease
        channel = queue.channels[copy.inbox]
        if channel.behind or channel.ailing:  # since it was given room
            queue.stray(copy, now)
        else:
            queue.add(copy, now)

    def queued(self) -> set[str]:
        """The messages of which copies wait here for a courier."""
        return {copy.message for queue in self._places.values() for copy in queue.waiting()}

    def withdraw(self, messages: Collection[str]) -> list[str]:
        """Take the copies of these messages back that no courier has taken yet; returns their ids.

        Their rows are the caller's to settle; what it leaves becomes `unknown` when the lease runs out.
        """
        wanted = set(messages)
        found = {queue: [copy for copy in queue.waiting() if copy.message in wanted] for queue in self._places.values()}
        return [copy.id for queue, copies in found.items() for copy in self._drop(queue, copies)]

    def _drop(self, queue: Queue, copies: list[Claimed]) -> list[Claimed]:
        queue.drop(copies, self._clock.now())
        for copy in copies:
            del self._in_hand[copy.id]
        return copies

    def look(self, inbox: str | None = None) -> None:
        """The database holds new work for `inbox`, or for all."""
        for name, queue in self._queues.items():
            if inbox in (None, name):
                queue.channels[name].behind = True
                queue.channels[name].look()
                queue.wake.set()

    def rest(self, inbox: str, seconds: float) -> None:
        """Send nothing to `inbox` for so long, and then one copy at a time until `well`; its neighbours go on."""
        queue = self._queues[inbox]
        queue.rest(queue.channels[inbox])
        asyncio.get_running_loop().call_later(seconds, self._rested, inbox)

    def rests(self, inbox: str) -> bool:
        """Whether nothing is sent there at the moment."""
        return self._queues[inbox].channels[inbox].resting

    def _rested(self, inbox: str) -> None:
        self._queues[inbox].channels[inbox].resting = False
        self._ask(inbox)

    def well(self, inbox: str) -> None:
        """A copy has arrived there."""
        channel = self._queues[inbox].channels[inbox]
        if channel.ailing:
            channel.ailing = False
            self._ask(inbox)

    def _ask(self, inbox: str) -> None:
        queue = self._queues[inbox]
        queue.channels[inbox].look_at = AT_ONCE
        queue.wake.set()

    async def take(self, place: str, most: int) -> list[Claimed]:
        """Wait for copies for the inboxes of `place` and take up to `most`."""
        queue = self._places[place]
        while True:
            queue.wake.clear()
            queue.put_aside(self._stale(queue))
            if queue.strays or queue.hungry(self._clock.now()):
                await to_the_end(self._refill(queue))
            if taken := queue.pop(most, self._clock.now()):
                if queue.ready:
                    queue.wake.set()  # for another lane
                return taken
            await self._wait(queue)

    def _stale(self, queue: Queue) -> list[Claimed]:
        """What another router may take over before a courier is done with it; there is none beside a SQLite database."""
        soon = self._clock.now() + self.lease / 4
        return [copy for copy in queue.ready if self._database.path is None and self._in_hand[copy.id] <= soon]

    async def _refill(self, queue: Queue) -> None:
        """Fetch from the database what may go now.

        What is leased is queued before this ends: so nothing is lost when the taker is cancelled.
        """
        async with queue.lock:
            if queue.strays:
                await self._return(queue, list(queue.strays))
            await self._recall(queue)
            if wanted := await self._wanted(queue):
                await self._claim(queue, wanted)

    async def _wanted(self, queue: Queue) -> dict[str, Wanted]:
        now = self._clock.now()
        asked = queue.in_turn(queue.hungry(now))
        if quiet := [one for one in asked if not one.behind]:
            looks = {one.inbox: one.looks for one in quiet}
            due = await self._database.aread(partial(claims.next_due, inboxes=list(looks)))
            self._looked(quiet, due, looks)
            asked = [one for one in asked if one.look_at <= now]
        wanted: dict[str, Wanted] = {}
        left = queue.pace.allowance(now).copies
        for one in asked:
            allowance = queue.allowance(one, now)
            copies = min(allowance.copies, left, max(1, CLAIM // len(asked)))
            if copies > 0:
                wanted[one.inbox] = Wanted(copies, allowance.octets, one.newest_first)
                left -= copies
        return wanted

    async def _claim(self, queue: Queue, wanted: Mapping[str, Wanted]) -> None:
        channels = [queue.channels[inbox] for inbox in wanted]
        looks = {one.inbox: one.looks for one in channels}
        call = partial(
            claims.claim,
            wanted=wanted,
            holder=self.holder,
            now=self._clock.now(),
            lease=self.lease,
            fetch=self._database.fetch_chunk,
        )
        got: Claim = await self._database.writer.insist(lambda: Unit("claim", call=call))
        for copy in got.copies:
            self._in_hand[copy.id] = copy.lease
            queue.add(copy, self._clock.now())
        self._looked(channels, got.next_due, looks, {copy.inbox for copy in got.copies})

    def _looked(
        self,
        channels: Sequence[Channel],
        due: Mapping[str, datetime | None],
        looks: Mapping[str, int],
        got: Collection[str] | None = None,
    ) -> None:
        """What the database said, unless somebody said since that there is more; `got`: what a claim brought."""
        now = self._clock.now()
        for one in channels:
            if one.looks != looks[one.inbox]:
                continue
            at = due[one.inbox]
            if at is None or at > now:
                one.behind = False
                one.look_at = now + self._look_again if at is None else min(at, now + self._look_again)
            elif got is not None:
                one.behind = True
                # Where nothing came, all that is due waits for copies that are under way: they tell when they end.
                one.look_at = AT_ONCE if one.inbox in got else now + min(LOOK_FOR_OTHERS, self._look_again)

    async def _recall(self, queue: Queue) -> None:
        """Learn what was delivered lately: a restart gives nobody new tokens."""
        if queue.recalled:
            return
        now = self._clock.now()
        paces = [(one.pace, [one.inbox]) for one in queue.channels.values()]
        for pace, inboxes in [*paces, (queue.pace, list(queue.channels))]:
            if pace.memory:
                read = partial(claims.delivered, inboxes=inboxes, since=now - pace.memory)
                pace.recall(await self._database.aread(read))
        queue.recalled = True

    async def _wait(self, queue: Queue) -> None:
        """Until woken, until tokens are back, or until a copy in the database falls due."""
        now = self._clock.now()
        opens = min([queue.opens(), *(queue.again(one, now) for one in queue.channels.values())], default=NEVER)
        span = min(self._look_again, max(opens - now, timedelta(0)))
        with suppress(TimeoutError):
            # Not `wait_for`: Python 3.11's returns where it is woken and cancelled at once, and nothing ever stops.
            async with asyncio.timeout(self._clock.real_seconds(span) + 0.01):
                await queue.wake.wait()

    async def _return(self, queue: Queue, copies: list[Claimed]) -> None:
        """Leave copies that nobody tried to the database; what was taken over already is not touched."""
        if copies:
            ids = [copy.id for copy in self._drop(queue, copies)]
            back = partial(outbox.give_back, ids=ids, holder=self.holder)
            await self._database.writer.insist(lambda: Unit("lease", call=back))
            for inbox in {copy.inbox for copy in copies}:
                self.look(inbox)

    async def settle(
        self, settled: list[Settled], now: datetime, also: Sequence[tuple[Statement, Sequence[Row]]] = ()
    ) -> None:
        """Record outcomes, and what else belongs into the same commit; returns when they are durable."""
        write = outbox.settlement(settled, self.holder, now)
        await self._database.writer.insist(lambda: Unit("deliver", [write, *also]))
        for item in settled:
            self._in_hand.pop(item.copy.id, None)
            self._queues[item.copy.inbox].done(item.copy, item.due)

    async def renew(self) -> None:
        """Prolong the leases of everything in hand, and take back what others let run out."""
        now = self._clock.now()
        ids = list(self._in_hand)
        if ids:
            until = now + self.lease
            call = Unit("lease", call=lambda connection: outbox.renew(connection, ids, self.holder, until))
            kept = await self._database.writer.submit(call)
            self._in_hand.update(dict.fromkeys(kept & self._in_hand.keys(), until))
        expired = await self._database.writer.submit(
            Unit("lease", call=lambda connection: outbox.expire(connection, now))
        )
        if expired:
            self.look()

    async def give_back(self) -> None:
        """At a clean stop: copies that no courier has tried yet become `pending` again."""
        ids = [copy.id for queue in self._places.values() for copy in queue.waiting()]
        if ids:
            back = partial(outbox.give_back, ids=ids, holder=self.holder)
            await self._database.writer.submit(Unit("lease", call=back))
