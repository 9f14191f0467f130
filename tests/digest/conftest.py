"""An office with its morning's digest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.digest.office import Office
from tests.store.desk import opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Five customers wait, and Anna and Ben have the digest."""
    with opened(tmp_path) as database:
        yield Office(database).open()
