"""`router db`: versions, an upgrade with its backup, and what is said after a restore."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from router.store import schema
from tests.cli.conftest import Run
from tests.store.desk import add_copies, opened, states
from tests.store.driver import Router

Desk = Callable[[Callable[[Router], Any]], Any]


def test_both_versions_are_shown(run: Run, installed: Path) -> None:
    """Of the database and of the program."""
    assert run("db", "version").out == f"database {schema.HEAD}, program {schema.HEAD}\n"


def test_an_upgrade_of_what_is_new_does_nothing(run: Run, installed: Path) -> None:
    """No backup either."""
    assert run("db", "upgrade").code == 0
    assert not list(installed.glob("*.before-*"))


def test_an_upgrade_without_a_database_does_nothing(run: Run, configured: Path) -> None:
    """`run --upgrade` stands in the unit file from the first day."""
    ran = run("db", "upgrade")

    assert (ran.code, ran.out) == (0, "")
    assert "there is no database" in ran.err
    assert not (configured / "router.db").exists()


def test_a_database_that_is_not_ours_is_refused(run: Run, configured: Path) -> None:
    """Tables of ours among somebody else's would be hard to take out again."""
    with sqlite3.connect(configured / "router.db") as link:
        link.execute("CREATE TABLE before (x)")
    link.close()
    ran = run("db", "upgrade")

    assert ran.code == 1
    assert "version none" in ran.err


def test_a_newer_database_is_not_upgraded(run: Run, installed: Path) -> None:
    """It is told in words, and nothing is written."""
    with opened(installed) as database:
        database.write("t", lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    ran = run("db", "upgrade")

    assert ran.code == 1
    assert "newer program" in ran.err


def test_after_a_restore_open_copies_are_looked_for(run: Run, desk: Desk) -> None:
    """They may have been delivered since the backup."""
    desk(lambda router: add_copies(router.database, {"state": "pending"}, {"state": "sending"}, {"state": "held"}))
    ran = run("db", "restored")

    assert ran.out.startswith("2 open copies")
    assert desk(lambda router: states(router.database)) == ["unknown", "unknown", "held"]


@pytest.mark.parametrize("words", [["db", "restored"], ["retry", "x"], ["hold", "x"], ["release", "x"]], ids=" ".join)
def test_a_command_that_writes_needs_a_database(run: Run, configured: Path, words: list[str]) -> None:
    """An empty one that it makes by itself would hide that this is the wrong folder."""
    ran = run(*words)

    assert ran.code == 1
    assert not (configured / "router.db").exists()
