"""The database as one thing: its writer, its readers, its lock.

`Database.open_to_write` is for the daemon and for a command that runs where no daemon does; `open_to_read` for
everything else.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from router.store import schema
from router.store.dialect import read_engine, sqlite_path, translate, write_engine
from router.store.errors import StoreBusy, StoreError, StoreFull
from router.store.lock import WriterLock
from router.store.raw import read_chunk
from router.store.writer import Unit, Writer

log = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE = 0.5  # seconds between attempts to read a locked database
SAFE_SQLITE = (3, 51, 3)  # before it, two connections that write and checkpoint at once can corrupt a WAL


class Database:
    """An open database."""

    def __init__(self, url: str, readers: Engine, writer: Writer | None = None, lock: WriterLock | None = None) -> None:
        self.url = url
        self.path = sqlite_path(url)
        self._readers = readers
        self._writer = writer
        self._lock = lock

    @property
    def writer(self) -> Writer:
        """The one writer; an error where the database was opened to read."""
        if self._writer is None:
            raise StoreError("this database is open for reading only")
        return self._writer

    def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in one short read transaction."""
        try:
            with self._readers.connect() as connection:
                return query(connection)
        except DBAPIError as error:
            raise translate(error) or error from error
        except PoolTimeout as error:
            raise StoreBusy("all connections for reading are in use, and none came back") from error

    def fetch_chunk(self, sha256: bytes, seq: int) -> bytes | None:
        """One chunk of a stored mail, in a short read of its own."""
        return self.read(lambda connection: read_chunk(connection, sha256, seq))

    async def aread(self, query: Callable[[Connection], T]) -> T:
        """`read` in a thread, again and again while the database is locked, away or full: a stage must outlive that."""
        while True:
            try:
                return await asyncio.to_thread(self.read, query)
            except (StoreBusy, StoreFull) as error:  # a read that sorts needs room too
                log.warning("the database cannot be read, trying again: %s", error)
                await asyncio.sleep(PAUSE)

    def write(self, name: str, call: Callable[[Connection], T]) -> T:
        """Run `call` in a write transaction and wait for it: for commands, never on the daemon's loop."""
        unit = Unit(name, call=call)
        self.writer.enqueue([unit])
        result: T = unit.done.result()
        return result

    def close(self) -> None:
        """Commit what waits, close everything, let go of the lock."""
        self._readers.dispose()  # first: the last connection to go checkpoints, and readers cannot
        if self._writer is not None:
            self._writer.stop()
        if self._lock is not None:
            self._lock.release()


def lock_of(url: str) -> WriterLock | None:
    """The lock of a SQLite database, not yet taken."""
    path = sqlite_path(url)
    return WriterLock(path.with_name(path.name + ".lock")) if path is not None else None


def open_to_write(url: str, on_broken: Callable[[BaseException], None]) -> Database:
    """Take the lock, create a new database or check the version of an old one, start the writer.

    Raises `Locked`, `SchemaOlder`, `SchemaNewer` or another `StoreError`; then nothing is held.
    """
    lock = lock_of(url)
    _prepare_folder(url)
    if lock is not None:
        lock.acquire()
    try:
        engine = write_engine(url)
        schema.create_or_check(engine)
    except BaseException as error:
        if lock is not None:
            lock.release()
        if isinstance(error, DBAPIError) and (fault := translate(error)):
            raise fault from error
        raise
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        log.info(
            "SQLite %s: fixed in 3.51.3 is a rare corruption that needs two writers; we keep to one",
            sqlite3.sqlite_version,
        )
    writer = Writer(engine, on_broken)
    writer.start()
    return Database(url, read_engine(url), writer, lock)


def open_to_read(url: str) -> Database:
    """Open an existing database; raises `StoreError` where there is none or it is of another version."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise StoreError(f"there is no database at {path} yet: `router run` creates it")
    database = Database(url, read_engine(url))
    try:
        database.read(schema.check)
    except BaseException:
        database.close()
        raise
    return database


def _prepare_folder(url: str) -> None:
    path = sqlite_path(url)
    if path is None:
        return
    if not path.parent.is_dir():
        raise StoreError(f"the folder of the database does not exist: {path.parent}")
    if not path.exists():
        # Customers' mail: nobody else on this machine reads it.
        Path(path).touch(mode=0o600)
