"""T2, the stage: takes batches from the spool, routes them in one commit each, hands the copies on.

A batch is one unit of the writer; one that fails for the sake of one of its mails is halved until that mail stands
alone. It is then routed as a mail that cannot be read: its copies go out and an alarm is raised. Only if that fails too
is it set aside, with an alarm and a verdict that `release` undoes; the others go on.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from router.clock import Clock
from router.maillog import Event, event
from router.routing.ahead import Ahead
from router.routing.analysis import Analysis, unreadable
from router.routing.analyst import Analyst
from router.routing.copies import Copies
from router.routing.identify import Identity
from router.routing.known import questions
from router.routing.places import Places
from router.routing.plan import Planner
from router.routing.reader import Reader, suspicious
from router.routing.reports import is_report, open_all
from router.routing.routed import Routed
from router.store import messages
from router.store.database import Database
from router.store.errors import RoleLost, StoreBusy, StoreError, StoreFull
from router.store.handover import Handover
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.outbox import State
from router.store.reports import whole_after
from router.store.spool import SETTLE_SIGHTING, Sighting, Spool
from router.store.standings import restate_after
from router.store.turn import Turn
from router.store.writer import Unit
from router.tasks import to_the_end

log = logging.getLogger(__name__)

BATCH = 100  # sightings in one commit
SLOW_BATCH = 2  # of those that may take a second each to be read
PAUSE = 0.5  # seconds before the store is asked again that was full or locked
_WORDS = {
    Identity.NEW: Event.ROUTED,
    Identity.SAME: Event.SIGHTED,
    Identity.REPEAT: Event.REPEAT,
    Identity.OWN: Event.OWN,
    Identity.RETURNED: Event.RETURNED,
    Identity.FOREIGN: Event.KEPT_OUT,
    Identity.FAULT: Event.DAMAGED,
}
_KEPT = {State.HELD: Event.HELD, State.WITHHELD: Event.WITHHELD, State.SKIPPED: Event.SKIPPED}


@dataclass(slots=True)
class RoutingStage:
    """Routes whatever the spool holds."""

    database: Database
    spool: Spool
    handover: Handover
    clock: Clock
    key: bytes  # signs our marks
    places: Callable[[], Places]  # the present configuration
    turn: Turn
    reader: Reader = field(default_factory=Reader)
    analyst: Analyst = field(init=False)
    _ahead: Ahead = field(default_factory=Ahead)
    _damaged: Mapping[str, str] = field(default_factory=dict)  # the journal reports in hand that are none, and why

    def __post_init__(self) -> None:
        self.analyst = Analyst(self.key)

    async def run(self) -> None:
        """Route until cancelled; a batch in hand is finished first."""
        try:
            while True:
                await self.turn.mine(meanwhile=self._let_go)
                self.spool.hand_on(here=True)
                work = self._go_on() if self._ahead else self._process_in_turn(await self.spool.next_batch(BATCH))
                await to_the_end(self._while_ours(work))
        finally:
            await self._ahead.end()
            await self.analyst.close()

    async def _while_ours(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except RoleLost:
            self.turn.lost()  # whoever routes now finds the batch in the database
            self._let_go()  # and so do we, should nobody else have taken the role

    def _let_go(self) -> None:
        self.spool.hand_on(here=False)
        self._ahead.let_go()

    async def _go_on(self) -> None:
        """With what was read meanwhile."""
        analyses, self._damaged = await self._ahead.take(), {}
        self._look_ahead()
        await self._route_all(analyses)

    async def _process_in_turn(self, batch: Sequence[Sighting]) -> None:
        """Nobody waits for a large mail, or one that was made to be slow: the others go before it, new ones too."""
        slow = [seen for seen in batch if suspicious(seen.content)]
        quick = [seen for seen in batch if not suspicious(seen.content)]
        while quick or slow:
            if quick:
                await self._read_and_route(quick, last=not slow)
            if slow:
                await self._read_and_route(slow[:SLOW_BATCH])
                slow = slow[SLOW_BATCH:]
            quick = self.spool.ready(BATCH, lambda seen: not suspicious(seen.content)) if slow else []

    async def _read_and_route(self, batch: Sequence[Sighting], *, last: bool = False) -> None:
        """`last`: nothing of what is in hand comes after these."""
        batch, self._damaged = await open_all(batch, self.places(), self.database)
        analyses = await self._analyses(batch)
        if last:
            self._look_ahead()
        await self._route_all(analyses)

    def _look_ahead(self) -> None:
        """Have the next ones read meanwhile, up to one that takes long or is a report: those have their turn alone."""
        places, plain = self.places(), True

        def wanted(seen: Sighting) -> bool:
            nonlocal plain
            plain = plain and not suspicious(seen.content) and not is_report(seen, places)
            return plain

        if not self.spool.overdue and (batch := self.spool.ready(BATCH, wanted)):
            self._ahead.begin(self._analyses(batch))

    async def _route_all(self, analyses: Sequence[Analysis]) -> None:
        for failed in await self._patiently(analyses):
            seen = failed.seen
            log.error("sighting %s cannot be routed as it reads and is routed unread", seen.id)
            if await self._patiently([unreadable(seen)]):
                await self._set_aside(seen)

    async def _analyses(self, batch: Sequence[Sighting]) -> list[Analysis]:
        """Read the batch; a large mail is fetched from the store, which may be away meanwhile."""
        while True:
            try:
                return await self.analyst.analyse(batch, self.reader, self.places().company)
            except (StoreBusy, StoreFull) as error:
                log.warning("the store refuses to be read: %s", error)
                await asyncio.sleep(PAUSE)

    async def _patiently(self, analyses: Sequence[Analysis]) -> list[Analysis]:
        """Route, waiting out a store that is full or locked; what fails for its own sake comes back."""
        failed: list[Analysis] = []
        while analyses:
            refused, broken = await self._route(analyses)
            failed += broken
            analyses = refused
            if refused:
                await asyncio.sleep(PAUSE)
        return failed

    async def _route(self, analyses: Sequence[Analysis]) -> tuple[list[Analysis], list[Analysis]]:
        """Route once; returns what the store refused for now, and what failed for its own sake."""
        check = self.turn.check()  # before anything is looked up: what was planned in an earlier turn is not written
        try:
            planner = await self._planner(analyses)
        except StoreError:
            raise
        except Exception as error:
            return await self._route_apart(analyses, error)
        planned: list[Routed] = []
        for this in analyses:
            try:
                planned.append(planner.plan(this))
            except Exception:
                log.exception("sighting %s cannot be planned", this.seen.id)
                # What it left behind in the planner must not reach the others: they are planned again without it.
                return [other for other in analyses if other is not this], [this]
        # One unit: the plans of a batch build on each other, so that they stand or fall together.
        writes = [write for routed in planned for write in routed.writes.values()]
        try:
            whole = partial(whole_after, check, [one for routed in planned for one in routed.whole])
            changed = {name for routed in planned for name in routed.restate}
            await self.database.writer.submit(Unit("route", writes, call=partial(restate_after, whole, changed)))
        except (StoreBusy, StoreFull) as error:
            log.warning("the store refuses to be written: %s", error)
            return list(analyses), []
        except StoreError:
            raise
        except Exception as error:
            return await self._route_apart(analyses, error)
        for routed in planned:
            self._pass_on(routed)
        return [], []

    async def _route_apart(
        self, analyses: Sequence[Analysis], error: Exception
    ) -> tuple[list[Analysis], list[Analysis]]:
        """Halve a batch that fails for the sake of one of its mails, until that one stands alone."""
        log.error("a batch of %d cannot be routed: %s", len(analyses), type(error).__name__)
        if len(analyses) == 1:
            return [], list(analyses)
        middle = len(analyses) // 2
        first, second = await self._route(analyses[:middle]), await self._route(analyses[middle:])
        return first[0] + second[0], first[1] + second[1]

    async def _planner(self, analyses: Sequence[Analysis]) -> Planner:
        now, places = self.clock.now(), self.places()
        copies = Copies(places, self.key, now, self.handover.holder, self.handover.lease, self.handover.rooms())
        asked = questions(analyses, places)
        known = await self.database.aread(partial(messages.look_up, asked=asked.asked))
        return Planner(places, known, copies, now, asked.signs, asked.ties, self._damaged)

    def _pass_on(self, routed: Routed) -> None:
        """The commit is durable: hand copies to their couriers and write the log."""
        for copy in routed.claimed:
            self.handover.hand_on(copy)
        for inbox in set(routed.waiting):
            self.handover.look(inbox)
        if (word := _WORDS.get(routed.found.identity)) is None:
            return
        repeats = routed.found.hit.sighting if routed.found.identity is Identity.REPEAT and routed.found.hit else None
        back = routed.analysis.back
        event(
            word,
            message=routed.message,
            sighting=routed.analysis.seen.id,
            report=routed.analysis.seen.report.sighting if routed.analysis.seen.report else None,
            thread=routed.thread,
            kind=routed.analysis.verdict.kind if routed.found.identity is Identity.NEW else None,
            copies=len(routed.claimed) + len(routed.waiting),
            uncopied=routed.uncopied,
            why=routed.found.why or None,
            reply=routed.reply,
            repeats=repeats,
            about=back.message if back and routed.found.identity is Identity.RETURNED else None,
        )
        for inbox, state, why in routed.kept:
            event(_KEPT[state], message=routed.message, inbox=inbox, why=why)
        for code, about in routed.alarms:
            log.error("alarm %s: %s", code, about)

    async def _set_aside(self, seen: Sighting) -> None:
        now, sighting = self.clock.now(), seen.report.sighting if seen.report else seen.id
        row = {"b_id": sighting, "message": None, "verdict": Identity.FAULT.value, "repeat_of": None, "routed": now}
        alarm = alarm_row("unroutable", sighting, {"sighting": sighting}, now)
        await self.database.writer.insist(lambda: Unit("route", [(SETTLE_SIGHTING, [row]), (RAISE_ALARM, [alarm])]))
        log.error("alarm unroutable: sighting %s is set aside; `router release %s` tries it again", sighting, sighting)
