"""Where the database systems differ: connecting, beginning, locking, and what their errors mean.

SQLite: every connection is set to `synchronous=FULL` and read back, since it is a setting of the connection and not of
the file; pysqlite's own transaction handling is off and every write transaction begins IMMEDIATE (a deferred one that
turns into a writer fails at once under WAL, whatever the busy timeout).

PostgreSQL: `synchronous_commit` is set to on and read back; readers are read-only and see one state; several routers
may share it. A server that falls silent is given up after half a minute, and one that was restarted is connected anew.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from router.store.errors import StoreBroken, StoreBusy, StoreError, StoreFull

BUSY_SECONDS = 10.0
_CACHE = 16_000  # KiB of pages that the writer keeps: keys are hashes, each row is on another page
_CHECKPOINT = 4000  # pages of the WAL: a page that changes often is moved into the database less often
_STATEMENTS = 512  # that a connection keeps parsed
_encode = json.JSONEncoder().encode
_decode = json.JSONDecoder().decode
_EMPTY: dict[type, str] = {list: "[]", tuple: "[]", dict: "{}"}
_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# A full disk shows in the words, not in the code, where the sync is what fails.
_FULL_WORDS = "database or disk is full"

# SQLSTATE (PostgreSQL, appendix A) by class or code. Here an I/O error is the server's to judge, not ours.
_PG_FULL = ("53100",)
_PG_BUSY = ("08", "25006", "40", "53", "55P03", "57", "58")
# A host that is gone without a word says so to nobody: without these a commit would wait for hours. libpq takes them from
# the URL too, and what stands there is the operator's word.
_PG_LINK: dict[str, str | int] = {
    "connect_timeout": int(BUSY_SECONDS),
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # milliseconds
    "application_name": "router",
}
_SCHEMA_LOCK = 0x726F75746572  # "router": only one of several starting routers makes the tables


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for another system or a database in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def write_engine(url: str) -> Engine:
    """The engine of the one writer of this process: one connection, and its settings checked.

    Parameters are hidden in errors, here and for readers: they hold mail, and errors are logged.
    """
    if make_url(url).get_backend_name() == "postgresql":
        engine = _postgres(url, size=1)
        event.listen(engine, "connect", _prepare_postgres_writer)
        return engine
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False, "cached_statements": _STATEMENTS},
        json_serializer=_json,
        json_deserializer=_unjson,
    )
    event.listen(engine, "connect", _prepare_sqlite_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def read_engine(url: str) -> Engine:
    """An engine that cannot write: SQLite opens the file read-only, and such connections never checkpoint."""
    if make_url(url).get_backend_name() == "postgresql":
        engine = _postgres(url, size=8)
        event.listen(engine, "connect", _prepare_postgres_reader)
        return engine
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
        "sqlite://",
        hide_parameters=True,
        creator=connect,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=4,
        json_deserializer=_unjson,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _json(value: Any) -> str:
    """What most columns hold is soon said: each mail brings some twenty of them."""
    if value is None:
        return "null"
    return _encode(value) if value else _EMPTY.get(type(value)) or _encode(value)


def _unjson(text: str) -> Any:
    """The way back, of as little: a letter over a year reads some hundred thousand of them."""
    if text == "[]":
        return []
    return {} if text == "{}" else _decode(text)


def _postgres(url: str, size: int) -> Engine:
    try:
        # A server that was restarted in between must cost no unit of work: the connection is tried before its use.
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={key: value for key, value in _PG_LINK.items() if key not in make_url(url).query},
        )
    except ModuleNotFoundError as error:
        raise StoreError(f"{error.name} is missing: pip install 'all-emails-to-my-inbox[postgres]'") from error


def _prepare_sqlite_writer(link: Any, _record: object) -> None:
    link.isolation_level = None
    link.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    # Only an empty file takes auto_vacuum, and it must come before the journal mode writes the first page.
    link.execute("PRAGMA auto_vacuum=INCREMENTAL")
    link.execute("PRAGMA journal_mode=WAL")
    link.execute("PRAGMA synchronous=FULL")
    link.execute("PRAGMA foreign_keys=ON")
    link.execute(f"PRAGMA cache_size=-{_CACHE}")
    link.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
    link.execute("PRAGMA temp_store=MEMORY")  # what a statement with many rows may have to take back
    # What is deleted or moved is overwritten: a person who is forgotten must not stand in a free page.
    link.execute("PRAGMA secure_delete=ON")
    journal, synchronous = (link.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
    if (journal, synchronous) != ("wal", 2):
        raise StoreBroken("SQLite does not keep journal_mode=WAL and synchronous=FULL here")


def _prepare_postgres_writer(link: Any, _record: object) -> None:
    link.execute("SET synchronous_commit TO on")
    link.execute(f"SET lock_timeout TO '{int(BUSY_SECONDS)}s'")
    if (
        link.execute("SHOW synchronous_commit").fetchone()[0] != "on"
        or link.execute("SHOW fsync").fetchone()[0] != "on"
    ):
        link.close()
        raise StoreBroken("PostgreSQL does not keep synchronous_commit and fsync on: a 250 would be no promise")
    link.commit()


def _prepare_postgres_reader(link: Any, _record: object) -> None:
    link.execute("SET default_transaction_read_only TO on")
    # All queries of one read see the same state, as they do with SQLite.
    link.execute("SET default_transaction_isolation TO 'repeatable read'")
    link.commit()


def lock_schema(connection: Connection) -> None:
    """Let only one of several starting routers look at, and make, the tables; until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})


def give_back(engine: Engine, pages: int) -> bool:
    """Cut up to `pages` free pages off the file; whether more are free. Outside any transaction."""
    if engine.dialect.name != "sqlite":
        return False
    with closing(engine.raw_connection()) as link:
        cursor = link.cursor()
        # This pragma takes a step per page and yields no rows: of all calls only a script goes through to its end.
        cursor.executescript(f"PRAGMA incremental_vacuum({pages:d})")
        free: int = cursor.execute("PRAGMA freelist_count").fetchone()[0]
    return free > 0


def empty_wal(engine: Engine) -> bool:
    """Move the WAL into the database and cut it to nothing; False while somebody still reads an older state.

    Outside any transaction. Nobody is waited for: others want to write meanwhile.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as link:
        cursor = link.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    return busy == 0


def translate(error: DBAPIError) -> StoreError | None:
    """What a database error means for the caller; None for a fault of the data or the statement itself."""
    cause = error.orig
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return _of_sqlite(code & 0xFF, cause)
    return _of_postgres(error, cause) if type(cause).__module__.startswith("psycopg") else None


def _of_postgres(error: DBAPIError, cause: BaseException | None) -> StoreError | None:
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith(_PG_FULL):
        return StoreFull(str(cause))
    # Without a state the connection failed before the server could say anything. Whatever it said when it hung up, what was
    # under way is lost with the connection, and not for the sake of any row.
    lost = error.connection_invalidated or (not state and isinstance(error, OperationalError))
    return StoreBusy(str(cause)) if lost or state.startswith(_PG_BUSY) else None


def _of_sqlite(primary: int, cause: BaseException | None) -> StoreError | None:
    if primary in _FULL or _FULL_WORDS in str(cause):
        return StoreFull(str(cause))
    if primary in _BUSY:
        return StoreBusy(str(cause))
    if primary in _BROKEN:
        return StoreBroken(f"{getattr(cause, 'sqlite_errorname', primary)}: {cause}")
    return None
