"""Where the database systems differ: connecting, beginning, and what their errors mean.

SQLite: every connection is set to `synchronous=FULL` and read back, since it is a setting of the connection and not of
the file; pysqlite's own transaction handling is off and every write transaction begins IMMEDIATE (a deferred one that
turns into a writer fails at once under WAL, whatever the busy timeout).
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from router.store.errors import StoreBroken, StoreBusy, StoreError, StoreFull

BUSY_SECONDS = 10.0
_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# The exact syncs of a full disk come as I/O errors of write, not as SQLITE_FULL, on some file systems.
_FULL_ERRNO = "database or disk is full"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for another system or a database in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def write_engine(url: str) -> Engine:
    """The engine of the one writer: one connection, BEGIN IMMEDIATE, and the settings checked.

    Parameters are hidden in errors, here and for readers: they hold mail, and errors are logged.
    """
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def read_engine(url: str) -> Engine:
    """An engine that cannot write: SQLite opens the file read-only, and such connections never checkpoint."""
    path = sqlite_path(url)
    if path is None:
        raise StoreError(f"not a SQLite file: {url}")

    def connect() -> sqlite3.Connection:
        link = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            isolation_level=None,
        )
        link.execute("PRAGMA query_only=ON")
        return link

    engine = create_engine(
        "sqlite://", hide_parameters=True, creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=4
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _prepare_writer(link: Any, _record: object) -> None:
    link.isolation_level = None
    link.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    # Only an empty file takes auto_vacuum, and it must come before the journal mode writes the first page.
    link.execute("PRAGMA auto_vacuum=INCREMENTAL")
    link.execute("PRAGMA journal_mode=WAL")
    link.execute("PRAGMA synchronous=FULL")
    link.execute("PRAGMA foreign_keys=ON")
    if (
        link.execute("PRAGMA journal_mode").fetchone()[0] != "wal"
        or link.execute("PRAGMA synchronous").fetchone()[0] != 2
    ):
        raise StoreBroken("SQLite does not keep journal_mode=WAL and synchronous=FULL here")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def translate(error: DBAPIError) -> StoreError | None:
    """What a database error means for the caller; None for a fault of the data or the statement itself."""
    cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return StoreBusy(str(cause)) if error.connection_invalidated else None
    primary = code & 0xFF
    if primary in _FULL or _FULL_ERRNO in str(cause):
        return StoreFull(str(cause))
    if primary in _BUSY:
        return StoreBusy(str(cause))
    if primary in _BROKEN:
        return StoreBroken(f"{getattr(cause, 'sqlite_errorname', code)}: {cause}")
    return None
