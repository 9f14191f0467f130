"""Creating a database, and refusing one of another version."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from router.store import schema
from router.store.database import open_to_read, open_to_write
from router.store.errors import Locked, SchemaNewer, SchemaOlder, StoreError
from router.store.tables import Instant
from tests.store.desk import opened


def url(folder: Path) -> str:
    """The database of a folder."""
    return f"sqlite:///{folder}/router.db"


def never(error: BaseException) -> None:
    """Nothing breaks here."""
    raise AssertionError(error)


@pytest.fixture
def of_version(tmp_path: Path) -> Path:
    """A folder with a database that says it is of version 9999."""
    with opened(tmp_path) as database:
        database.write("test", lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    return tmp_path


def test_a_new_database_is_of_the_newest_version(tmp_path: Path) -> None:
    """`router run` needs no step before it."""
    database = open_to_write(url(tmp_path), never)

    assert database.read(schema.version) == schema.HEAD
    database.close()


def test_nobody_else_on_the_machine_reads_it(tmp_path: Path) -> None:
    """It is customers' mail, and so is what SQLite lays beside it."""
    database = open_to_write(url(tmp_path), never)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    database.close()

    assert "router.db-wal" in modes
    assert {mode & 0o077 for name, mode in modes.items()} == {0}


def test_a_newer_database_is_refused_to_writers_and_readers(of_version: Path) -> None:
    """An older program would misread it, or spoil it."""
    with pytest.raises(SchemaNewer, match="9999"):
        open_to_write(url(of_version), never)
    with pytest.raises(SchemaNewer, match="install the newer program"):
        open_to_read(url(of_version))


def test_a_database_that_is_refused_is_let_go(of_version: Path) -> None:
    """The newer program must be able to take the lock."""
    for _ in range(2):
        with pytest.raises(SchemaNewer):
            open_to_write(url(of_version), never)


def test_an_older_database_is_refused_and_the_cure_is_named(tmp_path: Path) -> None:
    """Upgrading is the operator's decision, after a backup."""
    with opened(tmp_path) as database:
        database.write("test", lambda c: c.exec_driver_sql("DELETE FROM alembic_version"))

    with pytest.raises(SchemaOlder, match="router db upgrade"):
        open_to_write(url(tmp_path), never)


def test_a_foreign_database_is_not_taken_for_ours(tmp_path: Path) -> None:
    """A typo in the path must not write our tables beside somebody's."""
    with sqlite3.connect(tmp_path / "router.db") as link:
        link.execute("CREATE TABLE customers (name)")
    link.close()

    with pytest.raises(StoreError):
        open_to_write(url(tmp_path), never)


def test_a_file_that_is_no_database_is_said_to_be_broken(tmp_path: Path) -> None:
    """Whoever named the wrong file reads it in words."""
    (tmp_path / "router.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(StoreError):
        open_to_read(url(tmp_path))
    with pytest.raises(StoreError):
        open_to_write(url(tmp_path), never)


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    """One writing process."""
    with opened(tmp_path), pytest.raises(Locked):
        open_to_write(url(tmp_path), never)


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    """A command in the wrong folder leaves no empty database there."""
    with pytest.raises(StoreError, match="`router run` creates it"):
        open_to_read(url(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """SQLite would only say that it cannot open the file."""
    with pytest.raises(StoreError, match="does not exist"):
        open_to_write(url(tmp_path / "none"), never)


def test_what_is_open_to_read_has_no_writer(tmp_path: Path) -> None:
    """A command that forgot to take the lock is stopped here."""
    with opened(tmp_path):
        pass
    database = open_to_read(url(tmp_path))
    with pytest.raises(StoreError, match="reading only"):
        _ = database.writer
    database.close()


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES))
def test_an_instant_comes_back_to_the_microsecond_and_in_utc(instant: datetime) -> None:
    """A zone that gets lost moves a deadline by hours."""
    dialect = sqlite.dialect()
    back = Instant().process_result_value(Instant().process_bind_param(instant, dialect), dialect)

    assert instant == back
    assert back is not None
    assert back.tzinfo is UTC


def test_no_instant_stays_none() -> None:
    """An open end is not 1970."""
    dialect = sqlite.dialect()

    assert Instant().process_bind_param(None, dialect) is None
    assert Instant().process_result_value(None, dialect) is None


def test_a_naive_instant_is_refused() -> None:
    """It has no zone, so it means no instant."""
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 11, 20), sqlite.dialect())
