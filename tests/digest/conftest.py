"""An office with its morning's digest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.digest.office import Office
from tests.store.desk import emptied, opened


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """Five customers wait, and Anna and Ben have the digest."""
    if request.param == "sqlite":
        with opened(tmp_path) as database:
            yield Office(database).open()
        return
    with emptied(request.getfixturevalue("postgres_url")) as database:
        yield Office(database).open()
