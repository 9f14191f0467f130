"""A real database for every test that asks for one: SQLite, and for the store's own suite PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from router.store.database import Database, open_to_write
from router.store.tables import metadata
from tests.bench.postgres import postgres
from tests.store.desk import opened

# What holds for one system holds for the other. The other modules are about a system, or about no database at all.
ON_BOTH = {
    f"test_{name}"
    for name in (
        "commands",
        "export",
        "forget",
        "handover",
        "keeping",
        "messages",
        "outbox",
        "outbox_orders",
        "orphans",
        "raw",
        "retention",
        "returns",
        "roles",
        "spool",
        "views",
    )
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the store's own suite on both systems; `on_sqlite` marks the few tests that are about SQLite alone."""
    if "database" not in metafunc.fixturenames or metafunc.module.__name__.rpartition(".")[2] not in ON_BOTH:
        return
    alone = metafunc.definition.get_closest_marker("on_sqlite")
    metafunc.parametrize("database", ["sqlite"] if alone else ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database with all tables on a PostgreSQL server."""
    with postgres() as server:
        url = server.new_database()
        open_to_write(url, lambda error: None).close()
        yield url


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An open, empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with opened(tmp_path) as database:
            yield database
        return
    shared = open_to_write(request.getfixturevalue("postgres_url"), lambda error: None)
    try:
        # Emptied, not made anew: that takes a tenth of the time.
        tables = ", ".join(f'"{name}"' for name in metadata.tables)
        shared.write("test", lambda connection: connection.execute(text(f"TRUNCATE {tables}")))
        yield shared
    finally:
        shared.close()
