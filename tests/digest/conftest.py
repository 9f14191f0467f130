"""A real database of each system for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.database import Database
from tests.digest.desk import Desk
from tests.store.desk import emptied, opened


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An open, empty database."""
    if request.param == "sqlite":
        with opened(tmp_path) as database:
            yield database
        return
    with emptied(request.getfixturevalue("postgres_url")) as database:
        yield database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A stage of digests with all that it needs; the digest is known since noon."""
    return Desk(database)
