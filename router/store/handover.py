"""Copies on their way from T2 to T3 in the same process: rows already leased to us, with their bytes, per place.

A place is what one courier serves: a single inbox, or all that are reached through one mail server, so that a mail for
several of them can go there once. The queues are bounded. What finds no room stays `pending` in the database, and its
courier claims it from there.

Where several routers share a database, no courier is given a copy whose lease may end before he is done: while the
database was away another router may have taken it over. Such a copy goes back; who has it now is known there.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from router.clock import Clock
from router.store import outbox
from router.store.database import Database
from router.store.outbox import Claimed, Settled
from router.store.writer import Row, Statement, Unit
from router.tasks import to_the_end

ROOM_COUNT = 500  # copies in memory per place
ROOM_BYTES = 16_000_000
LOOK_AGAIN = timedelta(seconds=30)  # into the database, where a command may have written


class Queue:
    """The copies of one place."""

    def __init__(self, inboxes: Sequence[str]) -> None:
        self.inboxes = tuple(inboxes)
        self.ready: deque[Claimed] = deque()
        self.bytes = 0
        self.behind = True  # the database may hold copies that are due
        self.wake = asyncio.Event()


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

    def open(self, place: str, inboxes: Sequence[str] | None = None) -> None:
        """Begin to take copies for the inboxes of a place; a place of one inbox bears its name."""
        queue = self._places[place] = Queue(inboxes or [place])
        self._queues.update(dict.fromkeys(queue.inboxes, queue))

    def room(self, inbox: str, size: int) -> bool:
        """Whether one more copy that holds `size` octets may be leased and handed on in memory."""
        queue = self._queues.get(inbox)
        return (
            queue is not None
            and len(queue.ready) < ROOM_COUNT
            and (queue.bytes + size <= ROOM_BYTES or not queue.ready)
        )

    def hand_on(self, copy: Claimed) -> None:
        """Pass on a copy whose row is committed as leased to us."""
        queue = self._queues[copy.inbox]
        queue.ready.append(copy)
        queue.bytes += len(copy.content.head)
        self._in_hand[copy.id] = copy.lease
        queue.wake.set()

    def queued(self) -> set[str]:
        """The messages of which copies wait here for a courier."""
        return {copy.message for queue in self._places.values() for copy in queue.ready}

    def withdraw(self, messages: Collection[str]) -> list[str]:
        """Take the copies of these messages back that no courier has taken yet; returns their ids.

        Their rows are the caller's to settle; what it leaves becomes `unknown` when the lease runs out.
        """
        wanted = set(messages)
        ids: list[str] = []
        for queue in self._places.values():
            ids += self._drop([one for one in queue.ready if one.message in wanted], queue)
        return ids

    def _drop(self, copies: Sequence[Claimed], queue: Queue) -> list[str]:
        for copy in copies:
            queue.ready.remove(copy)
            queue.bytes -= len(copy.content.head)
            del self._in_hand[copy.id]
        return [copy.id for copy in copies]

    def look(self, inbox: str | None = None) -> None:
        """The database holds new work for `inbox`, or for all."""
        for name, queue in self._queues.items():
            if inbox in (None, name):
                queue.behind = True
                queue.wake.set()

    async def take(self, place: str, most: int) -> list[Claimed]:
        """Wait for copies for the inboxes of `place` and take up to `most`."""
        queue = self._places[place]
        while True:
            queue.wake.clear()
            if queue.ready:
                if stale := self._stale(queue):
                    await to_the_end(self._return(stale, queue))
                    continue
                taken = [queue.ready.popleft() for _ in range(min(most, len(queue.ready)))]
                queue.bytes -= sum(len(copy.content.head) for copy in taken)
                return taken
            if queue.behind:
                queue.behind = False
                if await self._next_due(queue) is not None:
                    await to_the_end(self._claim(queue, most))
                    continue
            await self._wait(queue)

    def _stale(self, queue: Queue) -> list[Claimed]:
        """What another router may take over before a courier is done with it; there is none beside a SQLite database."""
        soon = self._clock.now() + self.lease / 4
        return [copy for copy in queue.ready if self._database.path is None and self._in_hand[copy.id] <= soon]

    async def _return(self, copies: Sequence[Claimed], queue: Queue) -> None:
        """Leave copies that nobody tried to the database; what was taken over already is not touched."""
        back = partial(outbox.give_back, ids=self._drop(copies, queue), holder=self.holder, now=self._clock.now())
        await self._database.writer.insist(lambda: Unit("lease", call=back))
        queue.behind = True

    async def _next_due(self, queue: Queue) -> datetime | None:
        return await self._database.aread(partial(outbox.next_due, inboxes=queue.inboxes))

    async def _claim(self, queue: Queue, most: int) -> None:
        """Lease what is due in the database, and queue it: so nothing leased is lost when the taker is cancelled."""
        now = self._clock.now()
        claim = partial(
            outbox.claim,
            inboxes=queue.inboxes,
            holder=self.holder,
            now=now,
            lease=self.lease,
            most=most,
            fetch=self._database.fetch_chunk,
        )
        taken: list[Claimed] = await self._database.writer.insist(lambda: Unit("claim", call=claim))
        for copy in taken:
            self.hand_on(copy)
        queue.behind |= bool(taken)  # there may be more

    async def _wait(self, queue: Queue) -> None:
        """Until woken, or until a copy in the database falls due."""
        due = await self._next_due(queue)
        span = self._look_again if due is None else min(self._look_again, max(due - self._clock.now(), timedelta(0)))
        try:
            await asyncio.wait_for(queue.wake.wait(), self._clock.real_seconds(span) + 0.01)
        except TimeoutError:
            queue.behind = True

    async def settle(
        self, settled: list[Settled], now: datetime, also: Sequence[tuple[Statement, Sequence[Row]]] = ()
    ) -> None:
        """Record outcomes, and what else belongs into the same commit; returns when they are durable."""
        write = outbox.settlement(settled, self.holder, now)
        await self._database.writer.insist(lambda: Unit("deliver", [write, *also]))
        for item in settled:
            self._in_hand.pop(item.copy.id, None)

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
        ids = [copy.id for queue in self._places.values() for copy in queue.ready]
        if ids:
            now = self._clock.now()
            back = partial(outbox.give_back, ids=ids, holder=self.holder, now=now)
            await self._database.writer.submit(Unit("lease", call=back))
