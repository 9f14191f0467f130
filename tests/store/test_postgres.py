"""What PostgreSQL is told, and what its errors mean."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import Connection, text

from router.store.database import Database, open_to_write
from router.store.dialect import read_engine, write_engine
from router.store.errors import StoreBroken, StoreBusy, StoreError, StoreFull
from tests.bench.postgres import Postgres
from tests.bench.wait import until
from tests.store.desk import emptied


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """An open, empty database on a server."""
    with emptied(postgres_url) as database:
        yield database


@contextmanager
def setting(server: Postgres, name: str, value: str) -> Iterator[None]:
    """The server goes by another setting meanwhile."""
    before = server.ask(f"SHOW {name}")
    server.ask(f"ALTER SYSTEM SET {name} TO {value}")
    try:
        server.ask("SELECT pg_reload_conf()")
        until(lambda: server.ask(f"SHOW {name}") != before, f"{name} to change")
        yield
    finally:
        server.ask(f"ALTER SYSTEM RESET {name}")
        server.ask("SELECT pg_reload_conf()")
        until(lambda: server.ask(f"SHOW {name}") == before, f"{name} to be reset")


def test_commits_are_synced_even_where_the_server_is_lazy(postgres_server: Postgres, postgres_url: str) -> None:
    """Many run PostgreSQL with synchronous_commit off: what was answered 250 would be gone at a power cut."""
    with setting(postgres_server, "synchronous_commit", "off"), emptied(postgres_url) as database:
        found = database.write("test", lambda c: c.execute(text("SHOW synchronous_commit")).scalar())

    assert found == "on"


def test_a_server_that_never_syncs_is_refused(postgres_server: Postgres, postgres_url: str) -> None:
    """No session can ask for it back."""
    with setting(postgres_server, "fsync", "off"), pytest.raises(StoreBroken, match="fsync"):
        open_to_write(postgres_url, lambda error: None)


def test_a_server_that_falls_silent_is_given_up(postgres_url: str) -> None:
    """A host that lost its power says nothing any more; without this a commit would wait for hours."""
    engine = write_engine(postgres_url)
    with engine.connect() as connection:
        asked = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()

    assert (asked["tcp_user_timeout"], asked["keepalives_idle"], asked["connect_timeout"]) == ("30000", "10", "10")


def test_the_operators_word_in_the_url_stands(postgres_url: str) -> None:
    """The same parameters, for a line that needs more patience."""
    engine = write_engine(f"{postgres_url}&connect_timeout=25")
    with engine.connect() as connection:
        asked = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()

    assert asked["connect_timeout"] == "25"


@pytest.mark.parametrize("sql", ["DELETE FROM meta", "CREATE TABLE t (x int)"])
def test_readers_cannot_write(database: Database, sql: str) -> None:
    """All writes go through the one writer."""
    with pytest.raises(StoreBusy):
        database.read(lambda c: c.execute(text(sql)))


def test_a_read_sees_one_state(database: Database) -> None:
    """A mail may be erased between two queries of a listing."""

    def twice(connection: Connection) -> tuple[object, object]:
        first = connection.exec_driver_sql("SELECT count(*) FROM meta").scalar()
        database.write("test", lambda c: c.exec_driver_sql("INSERT INTO meta VALUES ('n', '')"))
        return first, connection.exec_driver_sql("SELECT count(*) FROM meta").scalar()

    assert database.read(twice) == (0, 0)


async def test_whoever_finds_all_readers_in_use_comes_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow server must not end a stage."""
    monkeypatch.setattr("router.store.database.PAUSE", 0.01)
    readers = read_engine(database.url)
    readers.pool._timeout = 0.05  # type: ignore[attr-defined]
    crowded = Database(database.url, readers)
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(readers.connect())
        with pytest.raises(StoreBusy, match="in use"):
            crowded.read(lambda c: None)
    assert await crowded.aread(lambda c: 1) == 1
    crowded.close()


def failing(state: str) -> str:
    """A statement that fails with this SQLSTATE."""
    return f"DO $$ BEGIN RAISE EXCEPTION 'of the test' USING ERRCODE = '{state}'; END $$"


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("53100", StoreFull),  # disk_full
        ("53200", StoreBusy),  # out_of_memory
        ("53300", StoreBusy),  # too_many_connections
        ("40001", StoreBusy),  # serialization_failure
        ("40P01", StoreBusy),  # deadlock_detected
        ("55P03", StoreBusy),  # lock_not_available
        ("57014", StoreBusy),  # query_canceled
        ("57P01", StoreBusy),  # admin_shutdown
        ("58030", StoreBusy),  # io_error: the server's to judge
        ("25006", StoreBusy),  # read_only_sql_transaction: a standby, for now
        ("08006", StoreBusy),  # connection_failure
        ("23505", None),  # unique_violation: a fault of the row, which fails alone
        ("22021", None),  # character_not_in_repertoire
    ],
)
def test_what_an_error_means_for_the_caller(database: Database, state: str, meaning: type[StoreError] | None) -> None:
    """Come again, no room, or this row alone: never the end, which is for the server to say."""
    with pytest.raises(Exception, match="of the test") as caught:
        database.write("test", lambda c: c.execute(text(failing(state))))

    assert isinstance(caught.value, StoreError) is (meaning is not None)
    assert meaning is None or type(caught.value) is meaning


@pytest.mark.parametrize("name", ["idle_in_transaction_session_timeout", "statement_timeout"])
def test_a_server_that_lost_patience_is_asked_again(database: Database, name: str) -> None:
    """Operators set such limits for all; whatever the server says when it hangs up, nothing was written."""

    def slow(connection: Connection) -> None:
        connection.execute(text(f"SET LOCAL {name} TO '50ms'"))
        time.sleep(0.3)
        connection.execute(text("SELECT pg_sleep(0.3)"))

    with pytest.raises(StoreBusy):
        database.write("test", slow)
    assert database.write("test", lambda c: c.execute(text("SELECT 1")).scalar()) == 1
