"""A real database of each system for every test that asks for one; mornings; an office with its morning's digest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.conversation.edition import Edition
from router.digest.letter import Letter
from router.store.database import Database
from tests.conftest import short_folder
from tests.digest.desk import Desk
from tests.digest.morning import Morning, a_usual_monday
from tests.digest.office import Office
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


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    """An empty one."""
    with opened(tmp_path) as database:
        yield Morning(database)


@pytest.fixture
def sighted(morning: Morning) -> Morning:
    """One whose answers can be seen."""
    morning.sighted()
    return morning


@pytest.fixture(scope="module")
def usual() -> Iterator[tuple[Letter, Edition]]:
    """The digest of a Monday on which there is a bit of everything."""
    with short_folder() as folder, opened(folder) as database:
        made = Morning(database)
        friday = a_usual_monday(made)
        edition, composed = made.compose(friday, recipients=("anna@example.com", "tom.hill@example.com"))
        yield composed.letters[0], edition


@pytest.fixture
def office(database: Database) -> Office:
    """Five customers wait, and Anna and Ben have the digest."""
    return Office(database).open()
