"""What SQLite is told, and what its errors mean."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from router.store.database import Database
from router.store.dialect import read_engine, sqlite_path, translate, write_engine
from router.store.errors import StoreBroken, StoreBusy, StoreError, StoreFull


def pragma(database: Database, name: str) -> object:
    """A setting of the writer's connection."""
    return database.write("test", lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous", 2),  # FULL: NORMAL loses what was answered 250 at a power cut
        ("journal_mode", "wal"),
        ("foreign_keys", 1),
        ("auto_vacuum", 2),  # INCREMENTAL
        ("busy_timeout", 10_000),
    ],
)
def test_the_writer_has_its_settings(database: Database, name: str, value: object) -> None:
    """They hold per connection, and SQLite ignores a wrong one without a word."""
    assert value == pragma(database, name)


def test_the_settings_hold_for_an_old_file_too(database: Database, tmp_path: Path) -> None:
    """synchronous is not kept in the file: every connection has to ask for it."""
    database.close()
    engine = write_engine(f"sqlite:///{tmp_path}/router.db")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_database_that_cannot_keep_a_wal_is_refused() -> None:
    """A database in memory has no journal on disk: what it answers 250 is gone with the process."""
    engine = write_engine("sqlite://")

    with pytest.raises(StoreBroken, match="WAL"), engine.begin():
        pass
    engine.dispose()


@pytest.mark.parametrize("sql", ["DELETE FROM meta", "CREATE TABLE t (x)", "PRAGMA user_version=7"])
def test_readers_cannot_write(database: Database, sql: str) -> None:
    """One writing process: two that write and checkpoint can corrupt the file."""
    with pytest.raises(StoreBusy):
        database.read(lambda c: c.execute(text(sql)))


def test_a_read_sees_one_state(database: Database) -> None:
    """A listing of two queries must not mix what was before and after a commit."""

    def twice(connection) -> tuple[int, int]:
        first = connection.exec_driver_sql("SELECT count(*) FROM meta").scalar()
        database.write("test", lambda c: c.exec_driver_sql("INSERT INTO meta VALUES ('n', x'00')"))
        return first, connection.exec_driver_sql("SELECT count(*) FROM meta").scalar()

    assert database.read(twice) == (0, 0)


def test_reading_needs_a_file(tmp_path: Path) -> None:
    """A reader must not create an empty database by looking for one."""
    with pytest.raises(StoreError):
        read_engine("sqlite://")
    engine = read_engine(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(OperationalError), engine.connect():
        pass

    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("name", ["a b.db", "ä#.db", "100%.db"])
def test_readers_and_the_writer_mean_the_same_file(tmp_path: Path, name: str) -> None:
    """Readers open it by a URI, in which % and # mean something."""
    url = f"sqlite:///{tmp_path / name}"
    engine = write_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    engine.dispose()

    readers = read_engine(url)
    with readers.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
    readers.dispose()
    assert (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/router.db", Path("/srv/router.db")),
        ("sqlite:///router.db", Path("router.db")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql+psycopg://db/router", None),
    ],
)
def test_the_file_of_a_url(url: str, path: Path | None) -> None:
    """The lock and the socket stand beside it."""
    assert path == sqlite_path(url)


def failed(code: int | None, words: str = "") -> DBAPIError:
    """An error as SQLAlchemy raises it."""
    cause = sqlite3.OperationalError(words)
    if code is not None:
        cause.sqlite_errorcode = code
        cause.sqlite_errorname = "NAME"
    return OperationalError("SQL", None, cause)


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        (sqlite3.SQLITE_FULL, "", StoreFull),
        (sqlite3.SQLITE_IOERR_WRITE, "database or disk is full", StoreFull),  # some file systems say it so
        (sqlite3.SQLITE_BUSY, "", StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "", StoreBusy),  # extended codes count by their first byte
        (sqlite3.SQLITE_READONLY_DBMOVED, "", StoreBusy),
        (sqlite3.SQLITE_CANTOPEN, "", StoreBusy),
        (sqlite3.SQLITE_IOERR_FSYNC, "", StoreBroken),
        (sqlite3.SQLITE_CORRUPT, "", StoreBroken),
        (sqlite3.SQLITE_NOTADB, "", StoreBroken),
        (sqlite3.SQLITE_CONSTRAINT, "", None),  # a fault of the row, which fails alone
        (sqlite3.SQLITE_ERROR, "", None),
        (None, "", None),
    ],
)
def test_what_an_error_means_for_the_caller(code: int | None, words: str, meaning: type[StoreError] | None) -> None:
    """Come again, no room, or the end: the three must never be mixed up."""
    found = translate(failed(code, words))

    assert meaning is (None if found is None else type(found))
