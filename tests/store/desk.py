"""What the tests of the inner modules share: a database in a file, a clock that stands, rows and mails to put in."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from router.clock import Clock
from router.store.claims import Claim, Wanted, claim
from router.store.content import Content, InMemory
from router.store.database import Database, open_to_write
from router.store.errors import StoreBusy
from router.store.handover import Handover
from router.store.ids import new_id
from router.store.outbox import ADD_COPY, Claimed, State
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row, raw_row
from router.store.spool import Sighting
from router.store.tables import metadata, outbox
from router.store.writer import Statement, Unit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
MAIL = b"From: kim@customer.example\r\nTo: support@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"


class StandingClock(Clock):
    """Moves only when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__()
        self.at = now

    def now(self) -> datetime:
        return self.at

    def later(self, **span: float) -> datetime:
        """Move on."""
        self.at += timedelta(**span)
        return self.at


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        open_to_write(f"sqlite:///{path}", lambda error: None).close()
        return path.read_bytes()


@contextmanager
def opened(folder: Path, broken: Callable[[BaseException], None] = lambda error: None) -> Iterator[Database]:
    """The database of a folder, open to write; a new one is copied from one that was made once, since that is faster."""
    path = folder / "router.db"
    if not path.exists():
        path.write_bytes(_empty())
    database = open_to_write(f"sqlite:///{path}", broken)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def emptied(url: str) -> Iterator[Database]:
    """A database on a server, open to write and empty: not made anew, which takes ten times as long."""
    database = open_to_write(url, lambda error: None)
    try:
        tables = ", ".join(f'"{name}"' for name in metadata.tables)
        database.write("test", lambda connection: connection.execute(text(f"TRUNCATE {tables}")))
        yield database
    finally:
        database.close()


def seen(raw: bytes = MAIL, **parts: Any) -> Sighting:
    """One transmission."""
    values: dict[str, Any] = {
        "id": new_id(),
        "content": InMemory(raw),
        "source": "smtp",
        "peer": "127.0.0.1",
        "helo": "mx.example.net",
        "sender": "kim@customer.example",
        "recipients": ("support@example.com",),
        "received": NOON,
    }
    return Sighting(**values | parts)


def put(database: Database, *writes: tuple[Statement, Sequence[dict[str, Any]]]) -> None:
    """Commit rows."""
    unit = Unit("test", writes)
    database.writer.enqueue([unit])
    unit.done.result(30)


def raw_writes(*mails: bytes) -> list[tuple[Statement, list[dict[str, Any]]]]:
    """What stores mails, in one commit."""
    contents = [InMemory(mail) for mail in mails]
    chunks = [chunk_row(one.sha256, seq, piece) for one in contents for seq, piece in enumerate(one.pieces())]
    return [(ADD_RAW, [raw_row(one, NOON) for one in contents]), (ADD_CHUNK, chunks)]


def octets(content: Content) -> bytes:
    """A mail as one."""
    return b"".join(content.pieces())


def add_copies(database: Database, *rows: dict[str, Any], raw: bytes = MAIL) -> list[str]:
    """Outbox rows, each `pending` for mike and due since noon unless it says otherwise, with their mail; returns their ids."""
    made = [a_copy_row(hashlib.sha256(raw).digest()) | row for row in rows]
    put(database, *raw_writes(raw), (ADD_COPY, made))
    return [row["id"] for row in made]


def a_copy_row(sha256: bytes) -> dict[str, Any]:
    """A row of the outbox."""
    return {
        "id": new_id(),
        "message": new_id(),
        "sighting": "s",
        "sha256": sha256,
        "inbox": "mike",
        "thread": new_id(),
        "received": NOON,
        "state": State.PENDING.value,
        "attempts": 0,
        "created": NOON,
        "due": NOON,
        "holder": None,
        "lease": None,
        "block": b"X-Router-Copy: mark\r\n",
        "folder": None,
        "seen": False,
        "doubts": 0,
        "rules": ["everything"],
        "reason": None,
        "last_error": None,
        "receipt": None,
        "changed": [],
        "came_back": None,
        "ended": None,
    }


def claim_copies(database: Database, wanted: Mapping[str, Wanted], holder: str = "me", now: datetime = NOON) -> Claim:
    """What a holder gets."""
    return database.write("claim", lambda c: claim(c, wanted, holder, now, LEASE, database.fetch_chunk))


def twice_away(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, words: str) -> list[StoreBusy]:
    """A function of the store that finds it away for two calls; what it has still to raise."""
    real, left = getattr(module, name), [StoreBusy(words)] * 2

    def call(*given: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return real(*given, **named)

    monkeypatch.setattr(module, name, call)
    return left


@asynccontextmanager
async def looked(handover: Handover, *places: str) -> AsyncIterator[list[asyncio.Task[list[Claimed]]]]:
    """Couriers that have looked into the database and found nothing there: their inboxes have room in memory."""
    waiting = [asyncio.create_task(handover.take(place, 50)) for place in places]
    for _ in range(2000):
        if all(handover.rooms()(place, InMemory(MAIL)) for place in places):
            break
        await asyncio.sleep(0.005)
    yield waiting
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


def row_of(database: Database, copy: str) -> dict[str, Any]:
    """One row of the outbox."""
    return database.read(lambda c: dict(c.execute(select(outbox).where(outbox.c.id == copy)).mappings().one()))


def states(database: Database) -> list[str]:
    """The states of all copies, in the order of their ids."""
    return database.read(lambda c: list(c.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars()))


def change(database: Database, copy: str, **values: Any) -> None:
    """Set columns of one copy by hand."""

    def call(connection: Connection) -> None:
        connection.execute(update(outbox).where(outbox.c.id == copy).values(**values))

    database.write("test", call)
