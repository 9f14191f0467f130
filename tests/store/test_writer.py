"""The one writer: what is committed together, what fails alone, and what nobody may be told."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from router.store import dialect
from router.store.database import Database
from router.store.dialect import write_engine
from router.store.errors import StoreBroken, StoreBusy, StoreFull
from router.store.tables import meta
from router.store.writer import MAX_UNITS, Statement, Unit, Writer
from tests.store.desk import opened

ADD = Statement(insert(meta))
SET = Statement(update(meta).values(value=b"set"), rank=1)


def row(name: str, value: Any = b"v") -> Unit:
    """A unit that adds one row."""
    return Unit("test", [(ADD, [{"name": name, "value": value}])])


def names(database: Database) -> list[str]:
    """The rows that are there."""
    return database.read(lambda c: list(c.execute(select(meta.c.name).order_by(meta.c.name)).scalars()))


@contextmanager
def occupied(database: Database) -> Iterator[None]:
    """The writer is kept at work, so that whatever is handed over meanwhile waits together."""
    begun, done = threading.Event(), threading.Event()

    def call(connection: Connection) -> None:
        begun.set()
        assert done.wait(20)

    database.writer.enqueue([Unit("busy", call=call)])
    assert begun.wait(20)
    try:
        yield
    finally:
        done.set()


@contextmanager
def commits(database: Database) -> Iterator[list[None]]:
    """Counts the transactions that are committed."""
    counted: list[None] = []
    engine = database.writer._engine

    def count(connection: Connection) -> None:
        counted.append(None)

    event.listen(engine, "commit", count)
    yield counted
    event.remove(engine, "commit", count)


def settle(*units: Unit) -> list[Any]:
    """What became of each: its result, or its error."""
    return [unit.done.exception(20) or unit.done.result() for unit in units]


def test_units_that_wait_together_share_one_transaction(database: Database) -> None:
    """One sync for many mails is what makes durability affordable."""
    units = [row(f"n{number:02}") for number in range(50)]

    with commits(database) as counted:
        with occupied(database):
            database.writer.enqueue(units)
        settle(*units)

    assert len(counted) == 2  # the one that kept it busy, and theirs
    assert [f"n{number:02}" for number in range(50)] == names(database)


def test_a_batch_is_bounded(database: Database) -> None:
    """The first of a flood must not wait for the last."""
    units = [row(f"n{number}") for number in range(2 * MAX_UNITS + 1)]

    with commits(database) as counted:
        with occupied(database):
            database.writer.enqueue(units)
        settle(*units)

    assert len(counted) == 1 + 3


def test_a_unit_that_fails_fails_alone(database: Database) -> None:
    """One mail that the database refuses must not take others with it."""
    units = [row("a"), row("b", value=None), row("c")]

    with occupied(database):
        database.writer.enqueue(units)
    good, bad, also_good = settle(*units)

    assert (good, also_good) == (None, None)
    assert isinstance(bad, DBAPIError)
    assert names(database) == ["a", "c"]


def test_a_unit_is_written_wholly_or_not_at_all(database: Database) -> None:
    """Half a routed mail would be a copy without its message."""

    def fail(connection: Connection) -> None:
        raise LookupError("no")

    unit = Unit("test", [(ADD, [{"name": "half", "value": b""}])], call=fail)
    whole = row("whole")
    database.writer.enqueue([unit, whole])

    assert isinstance(settle(unit, whole)[0], LookupError)
    assert names(database) == ["whole"]


def test_text_that_the_database_cannot_hold_fails_its_own_unit_only(database: Database) -> None:
    """A lone surrogate is an error of Python, not of SQLite, and must be caught as well."""
    units = [row("a"), row("\udc80"), row("c")]
    with occupied(database):
        database.writer.enqueue(units)

    assert isinstance(settle(*units)[1], UnicodeEncodeError)
    assert names(database) == ["a", "c"]


def test_inserts_come_before_updates_whatever_the_order_of_units(database: Database) -> None:
    """Statements of a batch are grouped: an update must find the rows that the batch adds."""
    update_first = Unit("test", [(SET, [{}])])
    with occupied(database):
        database.writer.enqueue([update_first, row("late")])
    settle(update_first)

    assert database.read(lambda c: c.execute(select(meta.c.value)).scalars().all()) == [b"set"]


def test_a_call_sees_what_units_before_it_wrote_and_gives_its_result(database: Database) -> None:
    """A claim must see the copies that the same batch made due."""
    count = Unit("test", call=lambda c: len(c.execute(select(meta)).all()))
    with occupied(database):
        database.writer.enqueue([row("a"), row("b"), count, row("c")])

    assert settle(count) == [2]


def test_a_full_database_takes_nothing_and_says_so(database: Database) -> None:
    """The sender hears 452 and keeps the mail; what is stored stays whole."""
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())
    units = [row("small"), row("big", value=bytes(5_000_000))]

    with occupied(database):
        database.writer.enqueue(units)

    assert all(isinstance(error, StoreFull) for error in settle(*units))
    assert names(database) == []


def test_it_works_again_once_there_is_room(database: Database) -> None:
    """A full disk is an interruption, not the end."""
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())
    big = row("big", value=bytes(5_000_000))
    database.writer.enqueue([big])
    settle(big)

    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").fetchall())
    again = row("big", value=bytes(5_000_000))
    database.writer.enqueue([again])

    assert settle(again) == [None]
    assert names(database) == ["big"]


@contextmanager
def locked_by_another(path: Path) -> Iterator[None]:
    """Somebody else writes: what must never be, and is."""
    with sqlite3.connect(path / "router.db", isolation_level=None) as link:
        link.execute("BEGIN IMMEDIATE")
        yield
        link.execute("ROLLBACK")
    link.close()


def test_a_database_that_another_program_locks_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the sender's turn to wait, not ours to fall over."""
    monkeypatch.setattr(dialect, "BUSY_SECONDS", 0.05)
    with opened(tmp_path) as database:
        unit = row("a")
        with locked_by_another(tmp_path):
            database.writer.enqueue([unit])
            assert isinstance(unit.done.exception(20), StoreBusy)

        assert names(database) == []


@pytest.mark.parametrize("make", [lambda: row("a"), partial(row, "a")])
async def test_insisting_goes_on_until_the_store_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], Unit]
) -> None:
    """What became of a copy has nobody outside who would tell it again."""
    monkeypatch.setattr(dialect, "BUSY_SECONDS", 0.05)
    with opened(tmp_path) as database:
        with locked_by_another(tmp_path):
            writing = asyncio.create_task(database.writer.insist(make))
            await asyncio.sleep(0.4)
            assert not writing.done()
        await asyncio.wait_for(writing, 20)

        assert names(database) == ["a"]


async def test_insisting_does_not_repeat_what_is_wrong_in_itself(database: Database) -> None:
    """A row that no database takes would be tried for ever."""
    with pytest.raises(DBAPIError):
        await database.writer.insist(lambda: row("a", value=None))


async def test_insisting_ends_with_the_writer(database: Database) -> None:
    """A stop in the middle of a full disk must come to its end."""
    database.writer.stop()

    with pytest.raises(StoreBusy):
        await database.writer.insist(lambda: row("a"))


def test_stopping_commits_what_was_handed_over(tmp_path: Path) -> None:
    """A mail that has its place in the queue has somebody who waits for its 250."""
    with opened(tmp_path) as database:
        units = [row(f"n{number}") for number in range(500)]
        database.writer.enqueue(units)
        database.writer.stop()

        assert settle(*units) == [None] * 500
        assert len(names(database)) == 500


def test_after_the_stop_nothing_is_taken(database: Database) -> None:
    """Whoever comes too late is told at once, instead of waiting for ever."""
    database.writer.stop()

    with pytest.raises(StoreBusy):
        database.writer.enqueue([row("late")])


async def test_a_waiter_that_goes_away_leaves_the_writer_alone(database: Database) -> None:
    """A client that hangs up cancels its own wait; the thread that commits for all others must live."""
    with occupied(database):
        gone = asyncio.create_task(database.writer.submit(row("gone")))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.wait([gone])

    await asyncio.wait_for(database.writer.submit(row("next")), 20)
    assert "next" in names(database)


class _BrokenDisk:
    """An engine whose disk fails to sync: no real one does that when asked."""

    def begin(self) -> None:
        cause = sqlite3.OperationalError("disk I/O error")
        cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        cause.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise OperationalError("COMMIT", None, cause)

    def dispose(self) -> None: ...


def test_a_failed_sync_is_the_end() -> None:
    """After it nobody knows what the disk holds, so nobody may go on as if he did."""
    told: list[BaseException] = []
    broken = Writer(_BrokenDisk(), told.append)  # type: ignore[arg-type]
    broken.start()
    units = [row("a"), row("b")]
    broken.enqueue(units)
    errors = settle(*units)
    broken.stop()

    assert all(isinstance(error, StoreBroken) for error in errors)
    assert told
    assert "SQLITE_IOERR_FSYNC" in str(told[0])


def test_the_log_of_a_failed_batch_holds_no_mail(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """An error of SQLAlchemy carries its parameters, and those are customers' words."""
    units = [row("canary-1"), row("canary-2", value=None)]
    with occupied(database):
        database.writer.enqueue(units)
    settle(*units)

    assert "replayed one by one" in caplog.text
    assert "canary" not in caplog.text


def test_ten_threads_that_read_and_then_write_lose_no_update(tmp_path: Path) -> None:
    """BEGIN IMMEDIATE: between a read and the write that follows nobody else writes."""
    engine = write_engine(f"sqlite:///{tmp_path}/n.db")
    with engine.begin() as connection:
        meta.create(connection)
        connection.execute(insert(meta).values(name="n", value=b"0"))

    def count() -> None:
        own = write_engine(f"sqlite:///{tmp_path}/n.db")
        for _ in range(10):
            with own.begin() as connection:
                number = int(connection.execute(select(meta.c.value)).scalar_one())
                connection.execute(update(meta).values(value=str(number + 1).encode()))
        own.dispose()

    threads = [threading.Thread(target=count) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with engine.begin() as connection:
        assert connection.execute(select(meta.c.value)).scalar_one() == b"100"
    engine.dispose()
