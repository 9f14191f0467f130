"""A newer program meets an older database: it asks, backs up, and changes everything or nothing."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from router.store import schema
from tests.bench.daemon import INBOXES, REPOSITORY, once_each
from tests.bench.letters import letter, sha256
from tests.bench.program import STEPS, newer_program
from tests.bench.smtp import Client


@pytest.fixture(scope="module")
def made(module_folder, module_new_daemon):
    """The folder of an installation with one delivered mail, the folder of a newer program, and its version."""
    daemon = module_new_daemon("old").start()
    with Client(daemon.port) as client:
        assert client.mail(letter(1)).code == 250
    daemon.settle()
    assert daemon.cli("db", "upgrade").code == 75, "a daemon holds the database"
    daemon.stop()
    return daemon.folder, *newer_program(module_folder / "program")


@pytest.fixture
def old(made, new_daemon):
    """That installation, which the newer program runs from now on."""
    folder, program, version = made
    daemon = new_daemon()
    shutil.copy(folder / "router.db", daemon.database)
    for name in INBOXES:
        shutil.copytree(folder / name, daemon.folder / name)
    daemon.program, daemon.newer = program, version
    daemon.kept = daemon.database.with_name(f"router.db.before-{version}")
    return daemon


def content(path):
    """Version, tables and rows of a database, as SQLite itself sees them."""
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sorted(link.iterdump())


def version(path):
    """What a database says of itself."""
    with closing(sqlite3.connect(path)) as link:
        return link.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def test_an_older_database_is_refused_with_the_cure(old):
    """Nobody's mail is changed by an accidental start."""
    before = content(old.database)
    ran = old.cli("run")

    assert ran.code == 1
    assert f"the database is of version {schema.HEAD}, this program of {old.newer}: `router run --upgrade`" in ran.err
    assert content(old.database) == before


def test_run_upgrade_backs_up_changes_and_runs(old):
    """One flag in the unit file, and no step by hand."""
    before = content(old.database)
    old.start(options=["--upgrade"])
    with Client(old.port) as client:
        assert client.mail(letter(2)).code == 250
    old.settle()
    old.stop()

    assert content(old.kept) == before
    assert version(old.database) == old.newer
    assert old.arrivals() == once_each(map(sha256, (letter(1), letter(2))))
    assert f"upgraded from {schema.HEAD} to {old.newer}" in old.tail(100)
    old.start(options=["--upgrade"]).stop()


# What is passed on the way, and how often.
PLACES = [
    *("backup.in-place", "upgrade.backed-up"),
    *(f"upgrade.step:{number + 1}" for number in range(len(STEPS))),
    *("upgrade.before-commit", "upgrade.committed"),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_leaves_the_old_version_or_the_new_one(old, place):
    """Power cuts like upgrades; the next attempt comes to the end, whatever this one left."""
    before = content(old.database)
    killed = old.cli("db", "upgrade", fault=place)
    after = content(old.database)

    assert killed.code == -9, killed.err
    if place == "upgrade.committed":
        assert version(old.database) == old.newer
    else:
        assert after == before
    again = old.cli("db", "upgrade")
    assert again.code == 0, again.err
    assert version(old.database) == old.newer
    assert content(old.kept) == before


def test_the_backup_of_an_upgrade_brings_the_old_program_back(old, new_daemon):
    """The way back: the old program, the file that was kept, and its word that it was restored."""
    assert old.cli("db", "upgrade").code == 0
    other = new_daemon("back")
    shutil.copy(old.kept, other.database)
    for name in INBOXES:
        shutil.copytree(old.folder / name, other.folder / name)
    other.cli("db", "restored")
    other.start().settle()

    assert other.arrivals() == once_each([sha256(letter(1))])


def test_a_newer_database_is_refused_and_not_touched(old):
    """Also by a program that was told to upgrade."""
    assert old.cli("db", "upgrade").code == 0
    after = content(old.database)
    old.program = REPOSITORY
    for command in (["run", "--upgrade"], ["db", "upgrade"], ["status"]):
        ran = old.cli(*command)
        assert (ran.code, "install the newer program" in ran.err) == (1, True), command
    assert content(old.database) == after


def test_a_foreign_database_is_not_upgraded(new_daemon):
    """A typo in the path must not write our tables beside somebody's."""
    daemon = new_daemon()
    with closing(sqlite3.connect(daemon.database)) as link:
        link.execute("CREATE TABLE customers (name)")
    before = content(daemon.database)

    assert daemon.cli("run", "--upgrade").code == 1
    assert content(daemon.database) == before


def test_an_upgrade_of_nothing_is_a_start(new_daemon):
    """The same unit file for the first day."""
    daemon = new_daemon()
    daemon.start(options=["--upgrade"]).stop()

    assert version(daemon.database) == schema.HEAD
