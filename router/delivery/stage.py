"""T3, the stage: one worker per place hands copies to its courier and records what became of them.

Workers share nothing but the store, so that a broken place never delays another. The courier works outside any
transaction; a copy that may have arrived is looked for before it is sent again, where one can look. An inbox of which
all copies fail is let rest, and then tried with one copy at a time; its neighbours at the same place go on.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from router.clock import Clock, rfc3339
from router.delivery.condition import Conditions
from router.delivery.courier import Copy, Courier, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.retry import Again, next_attempt, refused, shortened, wrapped
from router.delivery.words import plain
from router.maillog import Event, event
from router.store.handover import Handover
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.outbox import Claimed, Settled, State
from router.store.rows import Row
from router.store.writer import Statement
from router.tasks import to_the_end

log = logging.getLogger(__name__)

BATCH = 50  # copies in one call of a courier
REST = (1.0, 60.0)  # seconds between attempts while every copy for an inbox fails: first, longest
_WORDS = {
    State.DELIVERED: Event.DELIVERED,
    State.DEFERRED: Event.DEFERRED,
    State.UNKNOWN: Event.UNKNOWN,
    State.FAILED: Event.FAILED,
}


@dataclass(slots=True)
class Worker:
    """Delivers everything for one place."""

    place: str
    courier: Courier
    handover: Handover
    clock: Clock
    again: Again
    lanes: int = 1  # batches under way at the same time
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None  # what else is done over the same connection
    conditions: Conditions = field(default_factory=Conditions, init=False)

    async def run(self) -> None:
        """Deliver until cancelled; the batches in hand are finished first."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.lanes):
                    group.create_task(self._lane())
                if self.beside is not None:
                    group.create_task(self.beside())
        finally:
            await self.courier.close()

    async def _lane(self) -> None:
        while True:
            claimed = await self.handover.take(self.place, BATCH)
            await to_the_end(self._deliver(claimed))

    async def _deliver(self, claimed: Sequence[Claimed]) -> None:
        for item in claimed:
            if item.attempts > 1:  # of a first one `routed` and its end say enough
                event(Event.ATTEMPT, message=item.message, copy=item.id, inbox=item.inbox, attempt=item.attempts)
        outcomes = await self._hand_over([_copy(item) for item in claimed])
        now = self.clock.now()
        stamp = rfc3339(now)
        settled = [self._settled(item, end, now, stamp) for item, end in zip(claimed, outcomes, strict=True)]
        by_inbox: defaultdict[str, list[Outcome]] = defaultdict(list)
        for item, end in zip(claimed, outcomes, strict=True):
            by_inbox[item.inbox].append(_of_inbox(item, end))
        alarms = _alarms(settled, now) + self.conditions.alarms(by_inbox, now)
        for inbox in by_inbox:
            self._rest_or_go_on(inbox)
        await self.handover.settle(settled, now, alarms)
        now = self.clock.now()
        for done in settled:
            _log(done, now)

    def _rest_or_go_on(self, inbox: str) -> None:
        condition = self.conditions.of(inbox)
        if condition.failing is None:
            self.handover.well(inbox)
        elif not self.handover.rests(inbox):  # another lane may have said so
            self.handover.rest(inbox, condition.rest(*REST))

    async def _hand_over(self, copies: Sequence[Copy]) -> list[Outcome]:
        try:
            outcomes = await self.courier.deliver(copies)
            if len(outcomes) != len(copies):
                raise RuntimeError(f"{len(outcomes)} outcomes for {len(copies)} copies")
        except Exception as error:
            log.exception("the courier of %s failed", self.place)
            return [Unknown(f"{type(error).__name__}: {error}") for _ in copies]
        return outcomes

    def _settled(self, item: Claimed, end: Outcome, now: datetime, stamp: str | None) -> Settled:
        match end:
            case Delivered(receipt, changed):
                return Settled(item, State.DELIVERED, receipt={**receipt, "at": stamp}, changed=changed)
            case Unknown(error, found) if now - item.created < self.again.give_up:
                due = now + self.again.look_after
                return Settled(item, State.UNKNOWN, due, plain(error), note={**item.note, **found})
            case Permanent(error):
                note = refused(item.note, end, item.content.size)
                at_once = _form(note) != _form(item.note)
                return self._deferred(item, error, note, now if at_once else self._next_attempt(item, now))
            case Transient(error) | Unknown(error):
                return self._deferred(item, error, item.note, self._next_attempt(item, now))

    def _deferred(self, item: Claimed, error: str, note: Mapping[str, Any], due: datetime | None) -> Settled:
        return Settled(item, State.FAILED if due is None else State.DEFERRED, due, plain(error), note=note)

    def _next_attempt(self, item: Claimed, now: datetime) -> datetime | None:
        jitter = random.random()  # noqa: S311 - spreads load, guards nothing
        return next_attempt(item.attempts, item.created, now, jitter=jitter, give_up=self.again.give_up)


def _form(note: Mapping[str, Any]) -> tuple[bool, bool]:
    return wrapped(note), shortened(note)


def _of_inbox(item: Claimed, end: Outcome) -> Outcome:
    """What an outcome says of the inbox: a refusal of the mail says nothing, as long as it can go in another form."""
    if isinstance(end, Permanent):
        less = _form(refused(item.note, end, item.content.size)) != _form(item.note)
        return replace(end, of_mail=end.of_mail and not wrapped(item.note), of_size=end.of_size and less)
    return end


def _copy(item: Claimed) -> Copy:
    return Copy(
        id=item.id,
        message=item.message,
        inbox=item.inbox,
        block=item.block,
        content=item.content,
        received=item.received,
        folder=item.folder,
        seen=item.seen,
        look_first=item.attempts > 1 or item.doubts > 0,
        doubts=item.doubts,
        wrapped=wrapped(item.note),
        shortened=shortened(item.note),
        note=item.note,
    )


def _log(item: Settled, now: datetime) -> None:
    copy = item.copy
    seconds = (now - copy.received).total_seconds()
    delay = f"{seconds:.3f}" if item.state is State.DELIVERED else None
    event(
        _WORDS[item.state],
        message=copy.message,
        copy=copy.id,
        inbox=copy.inbox,
        attempt=copy.attempts,
        delay=delay,
        due=rfc3339(item.due),
        error=item.last_error,
    )


def _alarms(settled: Sequence[Settled], now: datetime) -> list[tuple[Statement, list[Row]]]:
    """A copy that is given up raises an alarm; one that arrives after all ends it."""
    failed = [item for item in settled if item.state is State.FAILED]
    arrived = [item for item in settled if item.state is State.DELIVERED and item.copy.attempts > 1]
    raised = [
        alarm_row("copy-failed", item.copy.id, {"inbox": item.copy.inbox, "error": item.last_error}, now)
        for item in failed
    ]
    return [(RAISE_ALARM, raised), (CLEAR_ALARM, [clear_row("copy-failed", item.copy.id, now) for item in arrived])]
