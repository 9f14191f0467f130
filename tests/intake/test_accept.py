"""T1: a transmission is durable before anybody says so, and nobody who goes away takes it back."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from router.intake.accept import Acceptor
from router.store.content import InMemory
from router.store.database import Database
from router.store.errors import StoreBusy, StoreFull
from router.store.spool import Sighting, Spool, unrouted
from router.store.writer import Unit
from tests.store.desk import MAIL, NOON, StandingClock, octets


@pytest.fixture
def acceptor(database: Database) -> Acceptor:
    """In front of a spool."""
    return Acceptor(Spool(database), StandingClock())


async def accept(acceptor: Acceptor, raw: bytes = MAIL) -> Sighting:
    """One transmission."""
    return await acceptor.accept(
        InMemory(raw), "kim@customer.example", ["a@x", "b@x"], source="smtp", peer="p", helo="h"
    )


def stored(database: Database) -> list[Sighting]:
    """What is in the spool."""
    return database.read(lambda c: unrouted(c, 1000, database.fetch_chunk))[0]


@contextmanager
def writer_held(database: Database) -> Iterator[None]:
    """Nothing is committed meanwhile."""
    go = threading.Event()
    database.writer.enqueue([Unit("busy", call=lambda connection: go.wait(20))])
    try:
        yield
    finally:
        go.set()


async def test_nobody_waits_for_a_commit_that_hangs(database: Database) -> None:
    """A client that gave up would send again without an answer; and it is stored all the same when the store wakes up."""
    acceptor = Acceptor(Spool(database), StandingClock(), patience=0.1)
    with writer_held(database):
        with pytest.raises(StoreBusy, match=r"no commit within 0\.1 s"):
            await accept(acceptor)
        assert stored(database) == []
    await acceptor.drain()

    assert len(stored(database)) == 1


@pytest.mark.parametrize("raw", [MAIL, b"", b"\x00\xff\r\n", b"x" * 300_000])
async def test_what_is_accepted_is_stored_with_its_envelope(database: Database, acceptor: Acceptor, raw: bytes) -> None:
    """Small, empty, no text at all, or large enough to be hashed off the loop."""
    seen = await accept(acceptor, raw)

    assert [seen.id] == [one.id for one in stored(database)]
    assert [raw] == [octets(one.content) for one in stored(database)]
    assert (octets(seen.content), seen.content.sha256, seen.received) == (raw, hashlib.sha256(raw).digest(), NOON)
    assert (seen.source, seen.peer, seen.helo) == ("smtp", "p", "h")
    assert (seen.sender, seen.recipients) == ("kim@customer.example", ("a@x", "b@x"))


@pytest.mark.parametrize("size", [10, 300_000])
async def test_a_caller_that_is_cancelled_does_not_cancel_the_commit(
    database: Database, acceptor: Acceptor, size: int
) -> None:
    """A client that hangs up after the dot may have got its 250 or not: the mail is stored whole, or comes again."""
    with writer_held(database):
        caller = asyncio.create_task(accept(acceptor, b"x" * size))
        await asyncio.sleep(0.05)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert stored(database) == []

    await acceptor.drain()
    assert [octets(seen.content) for seen in stored(database)] == [b"x" * size]


async def test_draining_waits_for_every_commit_under_way(database: Database, acceptor: Acceptor) -> None:
    """At a stop the database is closed only after it."""
    with writer_held(database):
        callers = [asyncio.create_task(accept(acceptor)) for _ in range(20)]
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(acceptor.drain())
        await asyncio.sleep(0.05)
        assert not draining.done()

    await draining
    assert len(stored(database)) == 20
    await asyncio.gather(*callers)


async def test_a_refusal_of_the_store_reaches_the_caller(database: Database, acceptor: Acceptor) -> None:
    """He answers 452, and the sender keeps the mail."""
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())

    with pytest.raises(StoreFull):
        await accept(acceptor, bytes(range(256)) * 64)


async def test_a_cancelled_caller_whose_commit_fails_leaves_no_stray_error(
    database: Database, acceptor: Acceptor, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is left to hear it; asyncio must not shout about it either."""
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())
    with writer_held(database):
        caller = asyncio.create_task(accept(acceptor, bytes(range(256)) * 64))
        await asyncio.sleep(0.05)
        caller.cancel()
        await asyncio.wait([caller])
    await acceptor.drain()

    assert stored(database) == []
    assert "never retrieved" not in caplog.text
