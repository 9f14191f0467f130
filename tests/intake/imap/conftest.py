"""A watched source with a real store behind it, in a hurry."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from router.clock import Clock
from router.imap.connection import Account
from router.intake.imap.run import SourceRun
from router.intake.imap.source import Company, Kind, Limits, Manner, Patience, Source
from router.mail import mark
from router.store.database import Database
from router.store.raw import read_chunk
from router.store.spool import Spool
from router.store.tables import alarm, cursor, fetched, outbound, sighting, watched
from router.store.turn import Turn
from tests.bench.dovecot import PASSWORD
from tests.bench.scriptedimap import ScriptedImap

KEY = b"k" * 32
HURRY = Patience(
    idle=0.6,
    idle_first=0.05,
    poll=0.1,
    others=0.1,
    listed=0.2,
    stuck=1.5,
    stable=1.0,
    first_pause=0.05,
    longest_pause=0.4,
    mail_pause=0.2,
    broken=0.3,
    copes=0.05,
)
COMPANY = Company(
    resolve=lambda address: {
        "support@example.com": ("support", "inbound"),
        "shop@example.com": ("shop", "inbound"),
        "support-sent@r.example": ("support", "outbound"),
        "router@example.com": (None, "own"),
        "router+token@example.com": (None, "own"),
    }.get(address),  # type: ignore[arg-type]
    inbound={"support": "support@example.com", "shop": "shop@example.com"},
    outbound={"support": "support-sent@r.example", "shop": "shop-sent@r.example"},
    router="router@example.com",
    ours=lambda address: address.endswith("@example.com"),
    is_copy=lambda value: mark.verify(KEY, value) is not None,
)


class Watch:
    """A source that is watched, and what came of it."""

    def __init__(self, database: Database, folder: Path, manner: Manner) -> None:
        self.database, self.folder, self.manner = database, folder, manner
        self.spool = Spool(database)
        self.clock = Clock()
        self.room: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None

    def source(self, port: int, **parts: Any) -> Source:
        """The account of that server."""
        (self.folder / "password").write_text(PASSWORD)
        account = Account(
            "127.0.0.1",
            port,
            "none",
            parts.pop("user", "ann"),
            self.folder / "password",
            None,
            2.0,
            parts.pop("answer", 2.0),
        )
        values: dict[str, Any] = {"kind": Kind.MAILBOX, "mailbox": "support", "inbound": ("INBOX",), "sent": ()}
        return Source("watched", account=account, **values | parts)

    async def start(self, port: int, **parts: Any) -> "Watch":
        """Begin, and wait for the first round."""
        await self.launch(port, **parts)
        await self.until(lambda: self.row().get("last_success") is not None)
        return self

    async def launch(self, port: int, **parts: Any) -> None:
        """Begin, and wait for nothing."""
        turn = Turn(self.database, self.clock, timedelta(seconds=60), "watch watched")
        run = SourceRun(
            self.source(port, **parts),
            COMPANY,
            self.database,
            self.spool,
            self.clock,
            lambda: self.room(),
            turn,
            self.manner,
        )
        self._task = asyncio.create_task(run.run())

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def until(self, look: Callable[[], Any], seconds: float = 20.0) -> None:
        """Wait until something is true."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not look():
            assert loop.time() < end, f"waited in vain; {self.row()}"
            assert self._task is None or not self._task.done(), "the run has ended"
            await asyncio.sleep(0.02)

    async def stored(self, count: int, seconds: float = 20.0) -> list[bytes]:
        """The octets of every sighting in their order, once there are so many."""
        await self.until(lambda: len(self._rows(sighting)) >= count, seconds)
        return self.octets()

    def octets(self) -> list[bytes]:
        """What is stored by now."""

        return [self.database.read(partial(_joined, sha256=row["sha256"])) for row in self.sightings()]

    def sightings(self) -> list[dict[str, Any]]:
        """All of them."""
        return sorted(self._rows(sighting), key=lambda row: row["id"])

    def row(self) -> dict[str, Any]:
        """How the source stands."""
        return next(iter(self._rows(watched)), {})

    def outcomes(self) -> dict[int, str]:
        """What became of each UID."""
        return {row["uid"]: row["outcome"] for row in self._rows(fetched)}

    def cursors(self) -> dict[str, dict[str, Any]]:
        """By folder."""
        return {row["folder"]: row for row in self._rows(cursor)}

    def answers_seen(self) -> set[tuple[str, str]]:
        """Mailbox and source."""
        return {(row["mailbox"], row["source"]) for row in self._rows(outbound)}

    def alarms(self, *, open_: bool = True) -> dict[str, dict[str, Any]]:
        """By code."""
        return {row["code"]: row for row in self._rows(alarm) if not open_ or row["cleared"] is None}

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        return self.database.read(
            lambda connection: [dict(row) for row in connection.execute(select(table)).mappings()]
        )


def _joined(connection: Connection, sha256: bytes) -> bytes:
    pieces = (read_chunk(connection, sha256, seq) for seq in count())
    return b"".join(takewhile(lambda piece: piece is not None, pieces))  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def watch(database: Database, tmp_path: Path) -> AsyncIterator[Watch]:
    """A source, not yet watched."""
    made = Watch(database, tmp_path, Manner(HURRY, Limits(batch_mails=5, sizes=7, large=20_000, piece=8_000)))
    yield made
    await made.stop()


@pytest.fixture
def server() -> Iterator[ScriptedImap]:
    """A server that does as it is told."""
    with ScriptedImap() as made:
        yield made
