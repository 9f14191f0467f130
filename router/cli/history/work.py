"""An import as a whole: with the daemon or without one, and what the history says when it is in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from router import control, wiring
from router.cli.common import TRY_LATER, Failure
from router.cli.history.reading import Place, mails
from router.cli.history.run import Counts, Import
from router.cli.history.telling import Telling
from router.cli.history.watched import AccountImport
from router.cli.history.ways import ByDaemon, Way, by_itself
from router.clock import Clock
from router.config import Settings
from router.config.answering import answers_cure
from router.config.transport import Source
from router.imap.errors import Trouble
from router.intake.imap.asking import Asking
from router.intake.imap.condition import Condition
from router.intake.imap.history import PATIENCE, History
from router.logins import Logins
from router.store import blind, keeping
from router.store.database import Database, open_to_read, open_to_write
from router.store.dialect import sqlite_path
from router.store.spool import IMPORT
from router.tasks import Lane


@dataclass(slots=True)
class Work:
    """One import; what it reads is told by its kinds."""

    settings: Settings
    telling: Telling
    counts: Counts = field(default_factory=Counts, init=False)

    async def run(self) -> Counts:
        """Until all that was read is routed, and judged."""
        async with self._way() as (database, way):
            work = Import(database, way, self.telling.progress, self.telling.fault, self.counts)
            for mailbox in await self._read(work, database, way):
                await self._judge(mailbox, database, way)
        return self.counts

    async def _read(self, work: Import, database: Database, way: Way) -> Sequence[str]:
        """Import, and say whose history that was."""
        raise NotImplementedError

    async def _judge(self, name: str, database: Database, way: Way) -> None:
        """A history that shows hardly any answer says that we cannot see them."""
        mailbox = next(one for one in self.settings.mailboxes if one.name == name)
        cure = answers_cure(self.settings, mailbox)
        if (judged := await database.aread(partial(blind.of_past, mailbox=name, cure=cure))) is not None:
            await way.judged(judged)

    @asynccontextmanager
    async def _way(self) -> AsyncIterator[tuple[Database, Way]]:
        url = self.settings.router.database
        path = sqlite_path(url)
        if path is not None and (daemon := await _daemon(path)) is not None:
            database = await asyncio.to_thread(open_to_read, url)
            try:
                yield database, daemon
            finally:
                database.close()
            return
        # Like the daemon, and unlike other commands, it makes a new database: the past may well come first.
        database = await asyncio.to_thread(open_to_write, url, lambda error: None)
        try:
            async with by_itself(self.settings, database) as way:
                yield database, way
        finally:
            await asyncio.to_thread(database.close)


@dataclass(slots=True)
class FilesWork(Work):
    """From files."""

    mailbox: str
    places: Sequence[Place]

    async def _read(self, work: Import, database: Database, way: Way) -> Sequence[str]:
        await work.run(mails(self.places, datetime.now(UTC)))
        # A folder whose mails are all unreadable has shown nothing; one that holds none has.
        if any(place.sent for place in self.places) and (work.good[True] or not work.bad[True]):
            await way.sent_seen(self.mailbox, IMPORT)
        return [self.mailbox]


@dataclass(slots=True)
class AccountWork(Work):
    """From a watched account."""

    source: Source
    since: date | None

    async def _read(self, work: Import, database: Database, way: Way) -> Sequence[str]:
        clock = Clock()
        key = await database.aread(keeping.known_signing_key)
        watched = wiring.watched_source(self.settings, self.source, Logins(self.settings))
        desk = Asking(watched, database, Condition(clock), PATIENCE)
        spill = database.path.parent if database.path is not None else None
        company = wiring.watched_company(self.settings, key)
        history = History(watched, company, desk, clock, self.since, self.telling.again, spill)
        try:
            await AccountImport(history, work, way).run()
        except Trouble as error:
            raise Failure(f"{error.words}: what was taken is kept, the same command goes on", TRY_LATER) from error
        if self.source.kind == "executive":
            return []  # it shows conversations of others, and none as a whole
        return [self.source.mailbox] if self.source.mailbox else [one.name for one in self.settings.mailboxes]


async def _daemon(path: Path) -> ByDaemon | None:
    """The daemon that has this database, if one runs."""
    found = ByDaemon(control.socket_path(path), Lane("import"))
    return found if await found.lives() else None
