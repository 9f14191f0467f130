"""The stage of rhythms: makes the bundles that are due, lets go what has to wait no longer, ends what has arrived.

Everything that it goes by is in the database, so that it may die anywhere and another router go on: the bytes of a bundle
are stored first, by short commits; one commit then freezes which copies it has (`store.bundles`), and from there it
is an ordinary message in the outbox. A bundle that cannot be made raises an alarm, and its copies wait on.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from router.clock import Clock
from router.conversation.edition import Edition, Kind, bundles_of
from router.conversation.rhythm import Slot
from router.digest import bundle
from router.digest.bundle import Inbox, Post
from router.digest.month import Months
from router.maillog import Event, event
from router.store import bundles, issue, orphans
from router.store.bundles import Candidate, Frozen, Overtaken, Waiting
from router.store.content import Content
from router.store.database import Database
from router.store.errors import Incomplete, MailGone, RoleLost, StoreError
from router.store.ids import new_id
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.raw import read_contents
from router.store.reading import Connection
from router.store.spool import add_chunks
from router.store.turn import Turn
from router.store.writer import Unit
from router.tasks import to_the_end

log = logging.getLogger(__name__)
T = TypeVar("T")

ROLE = "bundles"
PAUSE = timedelta(seconds=2)


@dataclass(slots=True)
class RhythmStage:
    """Looks every two seconds."""

    database: Database
    clock: Clock
    turn: Turn
    inboxes: Callable[[], Sequence[Inbox]]  # all that copies go to, as things are now
    post: Post
    look: Callable[[str], None]  # tells the courier of an inbox that there is work
    months: Months | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.turn.mine(meanwhile=lambda: None)
            try:
                await self.turn.renew()
                await to_the_end(self.tick())
                await to_the_end(self._tell_months())
            except RoleLost:
                self.turn.lost()
            except StoreError as error:
                log.warning("bundles wait for the store: %s", error)
            await asyncio.sleep(max(self.clock.real_seconds(PAUSE), 0.05))

    async def tick(self) -> None:
        """Do what is due."""
        await self._end()
        now = self.clock.now()
        waiting = {one.inbox: one for one in await self.database.aread(bundles.waiting)}
        here = [inbox for inbox in self.inboxes() if inbox.name in waiting]
        # What an absence has held comes in one bundle, whatever may not wait on other days.
        back = {inbox.name for inbox in here if _returns(inbox, waiting[inbox.name], now)}
        await self._serve_all([inbox for inbox in here if inbox.name in back], waiting)
        await self._except([inbox.name for inbox in here if inbox.rhythm.excepts(now)])
        await self._serve_all([inbox for inbox in here if inbox.name not in back], waiting)

    async def _serve_all(self, inboxes: Sequence[Inbox], waiting: Mapping[str, Waiting]) -> None:
        for inbox in inboxes:
            try:
                await self._serve(inbox, waiting[inbox.name])
            except (Overtaken, MailGone, Incomplete) as error:
                log.info("the bundle for %s is made anew: %s", inbox.name, error)
            except StoreError:
                raise
            except Exception as error:  # of one inbox: the others have theirs
                log.exception("the bundle for %s cannot be made", inbox.name)
                now = self.clock.now()
                row = alarm_row("bundle-fails", inbox.name, {"inbox": inbox.name, "error": type(error).__name__}, now)
                await self.database.writer.submit(Unit("alarm", [(RAISE_ALARM, [row])]))

    async def _tell_months(self) -> None:
        if self.months is not None:
            try:
                await self.months.tick(self.turn.check())
            except StoreError:
                raise
            except Exception:  # bundles go on
                log.exception("the end of a rule cannot be told")

    async def _end(self) -> None:
        """End the copies of bundles that have arrived."""
        for name in await self.database.aread(bundles.arrived):
            done = await self._write(partial(bundles.settle, bundle=name, now=self.clock.now()))
            for copy, message in done.copies:
                event(Event.DELIVERED, message=message, copy=copy, inbox=done.inbox, bundle=done.edition)
            await orphans.drop(self.database, done.gone)

    async def _except(self, inboxes: Sequence[str]) -> None:
        now = self.clock.now()
        found = await self.database.aread(partial(bundles.exceptions, inboxes=inboxes, now=now)) if inboxes else []
        if not found:
            return
        gone = set(await self._write(partial(bundles.go, ids=[copy for copy, _, _ in found], now=now)))
        for copy, message, inbox in found:
            if copy in gone:
                event(Event.RELEASED, message=message, copy=copy, inbox=inbox, why="exception")
        for inbox in {inbox for _, _, inbox in found}:
            self.look(inbox)

    async def _serve(self, inbox: Inbox, waiting: Waiting) -> None:
        now = self.clock.now()
        slot = inbox.rhythm.due(waiting.oldest, now)
        if slot is not None and not await self.database.aread(
            partial(issue.served, digest=bundles_of(inbox.name), slot=slot.name)
        ):
            await self._bundle(inbox, slot)
        elif not inbox.rhythm.waits(now):
            await self._let_go(inbox.name)

    async def _let_go(self, inbox: str) -> None:
        """The rhythm is another one now: what waited for a bundle goes at once."""
        while released := await self._write(partial(bundles.let_go, inbox=inbox, now=self.clock.now())):
            for copy, message in released:
                event(Event.RELEASED, message=message, copy=copy, inbox=inbox, why="rhythm")
            self.look(inbox)
        await self._well(inbox)

    async def _well(self, inbox: str) -> None:
        cleared = clear_row("bundle-fails", inbox, self.clock.now())
        await self.database.writer.submit(Unit("alarm", [(CLEAR_ALARM, [cleared])]))

    async def _bundle(self, inbox: Inbox, slot: Slot) -> None:
        waiting: list[Candidate] = await self.database.aread(partial(bundles.candidates, inbox=inbox.name))
        if not waiting:
            return
        attached, listed = bundle.choose(waiting, inbox.mails, inbox.octets)
        this = Edition(
            id=new_id(),
            digest=bundles_of(inbox.name),
            kind=Kind.BUNDLE,
            slot=slot.name,
            at=slot.at,
            made=self.clock.now(),
            recipients=(inbox.address,),
            missed=slot.missed,
        )
        seen = bundle.view(inbox, this, slot, (attached, listed), self.post)
        mails = await self._contents(attached)
        block, letter = await asyncio.to_thread(bundle.pack, seen, inbox.address, mails, self.post)
        await add_chunks(self.database, letter)
        ids = [one.copy for one in attached], [one.copy for one in listed]
        frozen = Frozen(this, inbox.name, block, letter, *ids)
        check = self.turn.check()
        try:
            await self._write(partial(_freeze, check, frozen), "bundle")
        except (Overtaken, RoleLost):
            await orphans.drop(self.database, [letter.sha256])
            raise
        await self._well(inbox.name)
        log.info("bundle %s for %s: %d attached, %d named", this.id, inbox.name, len(attached), len(listed))
        self.look(inbox.name)

    async def _contents(self, attached: Sequence[Candidate]) -> list[Content]:
        sizes = {one.sha256: one.size for one in attached}
        fetch = self.database.fetch_chunk
        found = await self.database.aread(partial(read_contents, wanted=sizes, fetch=fetch))
        if gone := sizes.keys() - found.keys():
            raise MailGone(f"{len(gone)} mails were erased meanwhile")
        return [found[one.sha256] for one in attached]

    async def _write(self, call: Callable[[Connection], T], name: str = "rhythm") -> T:
        done: T = await self.database.writer.submit(Unit(name, call=call))
        return done


def _returns(inbox: Inbox, waiting: Waiting, now: datetime) -> bool:
    """Whether the bundle after an absence is due."""
    slot = inbox.rhythm.due(waiting.oldest, now)
    return slot is not None and slot.away is not None


def _freeze(check: Callable[[Connection], None] | None, frozen: Frozen, connection: Connection) -> None:
    if check is not None:
        check(connection)
    bundles.freeze(connection, frozen)
