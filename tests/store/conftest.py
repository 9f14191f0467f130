"""A real SQLite database for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.database import Database
from tests.store.desk import opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database in a file of its own."""
    with opened(tmp_path) as database:
        yield database
