"""A real database for every test that asks for one: SQLite, and for the store's own suite PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.database import Database
from tests.store.desk import emptied, opened

# What holds for one system holds for the other. The other modules are about a system, or about no database at all.
ON_BOTH = {
    f"test_{name}"
    for name in (
        "answered",
        "bundles",
        "claims",
        "commands",
        "cursors",
        "export",
        "forget",
        "goals",
        "handover",
        "keeping",
        "lookback",
        "messages",
        "outbox",
        "outbox_orders",
        "orphans",
        "raw",
        "retention",
        "rising",
        "returns",
        "roles",
        "spool",
        "views",
        "watched",
        "wishes",
    )
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the store's own suite on both systems; `on_sqlite` marks the few tests that are about SQLite alone."""
    if "database" not in metafunc.fixturenames or metafunc.module.__name__.rpartition(".")[2] not in ON_BOTH:
        return
    alone = metafunc.definition.get_closest_marker("on_sqlite")
    metafunc.parametrize("database", ["sqlite"] if alone else ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An open, empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with opened(tmp_path) as database:
            yield database
        return
    with emptied(request.getfixturevalue("postgres_url")) as database:
        yield database
