"""T3, the stage: one worker per inbox hands copies to its courier and records what became of them.

Workers share nothing but the store, so that a broken inbox never delays another. The courier runs in a thread and
outside any transaction; a copy that may have arrived is looked for before it is sent again.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from router.clock import Clock, rfc3339
from router.delivery.courier import Copy, Courier, Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.retry import next_attempt
from router.maillog import Event, event
from router.store.handover import Handover
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.outbox import Claimed, Settled, State
from router.store.writer import Row, Statement
from router.tasks import Lane, to_the_end

log = logging.getLogger(__name__)

BATCH = 50  # copies in one call of a courier
ERROR_LENGTH = 500  # characters that are kept of an error
REST = (1.0, 60.0)  # seconds between calls while every copy of an inbox fails: first, longest
_WORDS = {
    State.DELIVERED: Event.DELIVERED,
    State.DEFERRED: Event.DEFERRED,
    State.UNKNOWN: Event.UNKNOWN,
    State.FAILED: Event.FAILED,
}


@dataclass(slots=True)
class Worker:
    """Delivers everything for one inbox."""

    inbox: str
    courier: Courier
    handover: Handover
    clock: Clock
    look_after: timedelta  # before a copy of unknown outcome is looked for
    give_up: timedelta
    _lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        """A thread for this inbox alone: a server that hangs holds up nobody else."""
        self._lane = Lane(f"deliver {self.inbox}")

    async def run(self) -> None:
        """Deliver until cancelled; a batch in hand is finished first."""
        rest = REST[0]
        while True:
            claimed = await self.handover.take(self.inbox, BATCH)
            settled = await to_the_end(self._deliver(claimed))
            if any(item.state is State.DELIVERED for item in settled):
                rest = REST[0]
            else:
                await asyncio.sleep(rest)
                rest = min(rest * 2, REST[1])

    async def _deliver(self, claimed: Sequence[Claimed]) -> list[Settled]:
        for item in claimed:
            event(Event.ATTEMPT, message=item.message, copy=item.id, inbox=self.inbox, attempt=item.attempts)
        outcomes = await self._lane.call(partial(self._hand_over, [_copy(item) for item in claimed]))
        settled = [self._settled(item, end) for item, end in zip(claimed, outcomes, strict=True)]
        now = self.clock.now()
        await self.handover.settle(settled, now, _alarms(settled, now))
        for done in settled:
            self._log(done)
        return settled

    def _hand_over(self, copies: Sequence[Copy]) -> list[Outcome]:
        try:
            outcomes = self.courier.deliver(copies)
            if len(outcomes) != len(copies):
                raise RuntimeError(f"{len(outcomes)} outcomes for {len(copies)} copies")
        except Exception as error:
            log.exception("the courier of inbox %s failed", self.inbox)
            return [Unknown(f"{type(error).__name__}: {error}") for _ in copies]
        return outcomes

    def _settled(self, item: Claimed, end: Outcome) -> Settled:
        now = self.clock.now()
        match end:
            case Delivered(receipt, changed):
                return Settled(item, State.DELIVERED, receipt={**receipt, "at": rfc3339(now)}, changed=changed)
            case Unknown(error) if now - item.created < self.give_up:
                return Settled(item, State.UNKNOWN, due=now + self.look_after, last_error=_plain(error))
            case Transient(error) | Permanent(error) | Unknown(error):
                jitter = random.random()  # noqa: S311 - spreads load, guards nothing
                due = next_attempt(item.attempts, item.created, now, jitter=jitter, give_up=self.give_up)
                return Settled(item, State.FAILED if due is None else State.DEFERRED, due=due, last_error=_plain(error))

    def _log(self, item: Settled) -> None:
        copy = item.copy
        seconds = (self.clock.now() - copy.received).total_seconds()
        delay = f"{seconds:.3f}" if item.state is State.DELIVERED else None
        event(
            _WORDS[item.state],
            message=copy.message,
            copy=copy.id,
            inbox=self.inbox,
            attempt=copy.attempts,
            delay=delay,
            due=rfc3339(item.due),
            error=item.last_error,
        )


def _plain(error: str) -> str:
    """The words of a server or a file system may hold bytes that are no text; a database takes none of those."""
    return error.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "")[:ERROR_LENGTH]


def _copy(item: Claimed) -> Copy:
    return Copy(item.id, item.block, item.content, item.received, item.folder, item.look_first or item.attempts > 1)


def _alarms(settled: Sequence[Settled], now: datetime) -> list[tuple[Statement, list[Row]]]:
    """A copy that is given up raises an alarm; one that arrives after all ends it."""
    failed = [item for item in settled if item.state is State.FAILED]
    arrived = [item for item in settled if item.state is State.DELIVERED and item.copy.attempts > 1]
    raised = [
        alarm_row("copy-failed", item.copy.id, {"inbox": item.copy.inbox, "error": item.last_error}, now)
        for item in failed
    ]
    return [(RAISE_ALARM, raised), (CLEAR_ALARM, [clear_row("copy-failed", item.copy.id, now) for item in arrived])]
