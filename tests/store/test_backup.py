"""A backup: whole, checked, there at once or not at all."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from router.store.backup import backup
from router.store.database import Database
from router.store.errors import StoreError, StoreFull
from router.store.soundness import quick_check
from tests.bench.daemon import REPOSITORY
from tests.bench.disk import small_disk
from tests.store.desk import opened

BACK_UP = (
    "import sys; from pathlib import Path; from router.store.backup import backup; backup(*map(Path, sys.argv[1:]))"
)


@pytest.fixture
def path(database: Database) -> Path:
    """The file of an open database with a table of numbers, two of each."""
    database.write("test", lambda c: c.exec_driver_sql("CREATE TABLE pair (number INTEGER, half TEXT, filler BLOB)"))
    assert database.path is not None
    return database.path


def add(database: Database, number: int, size: int = 100) -> None:
    """One transaction with both halves of a pair."""

    def call(connection: object) -> None:
        for half in "ab":
            connection.exec_driver_sql("INSERT INTO pair VALUES (?, ?, zeroblob(?))", (number, half, size))  # type: ignore[attr-defined]

    database.write("test", call)


def numbers(path: Path) -> list[int]:
    """Those in a copy; each has both its halves."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as link:
        rows = link.execute("SELECT number, count(*) FROM pair GROUP BY number ORDER BY number").fetchall()
    assert {count for _, count in rows} <= {2}
    return [number for number, _ in rows]


@contextmanager
def writing(database: Database) -> Iterator[list[int]]:
    """Commits pairs as fast as it can meanwhile; what is in the list is committed."""
    done: list[int] = [0]
    add(database, 0)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            add(database, done[-1] + 1)
            done.append(done[-1] + 1)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def test_a_backup_under_load_is_the_database_of_one_moment(database: Database, path: Path, tmp_path: Path) -> None:
    """No half of a commit is in it, and everything that was committed before it began."""
    add(database, -1, size=3_000_000)  # so that there are many steps
    with writing(database) as done:
        before = done[-1]
        backup(path, tmp_path / "copy.db")
        after = done[-1] + 1

    copied = numbers(tmp_path / "copy.db")
    assert copied == list(range(-1, copied[-1] + 1))
    assert before <= copied[-1] <= after


def test_writers_go_on_meanwhile(database: Database, path: Path, tmp_path: Path) -> None:
    """A backup of ten minutes must not be an outage of ten minutes; and commits must not make it begin anew."""
    add(database, -1, size=20_000_000)
    committed = []
    with writing(database) as done:
        backup(path, tmp_path / "copy.db", progress=lambda copied, total: committed.append((done[-1], copied)))

    assert committed[-1][0] - committed[0][0] > 5
    assert [copied for _, copied in committed] == sorted(copied for _, copied in committed)


def test_what_is_in_the_wal_only_is_copied_too(database: Database, path: Path, tmp_path: Path) -> None:
    """That is what `cp` forgets."""
    add(database, 7)
    assert path.with_name("router.db-wal").stat().st_size > 0
    backup(path, tmp_path / "copy.db")

    assert numbers(tmp_path / "copy.db") == [7]


def test_a_backup_can_be_made_of_it_and_opened_to_write(database: Database, path: Path, tmp_path: Path) -> None:
    """A copy that is no database of ours helps nobody."""
    add(database, 1)
    (tmp_path / "elsewhere").mkdir()
    backup(path, tmp_path / "elsewhere" / "router.db")

    with opened(tmp_path / "elsewhere") as copy:
        add(copy, 2)
        assert copy.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM pair").scalar()) == 4


def test_nobody_else_reads_it_and_nothing_lies_beside_it(path: Path, tmp_path: Path) -> None:
    """It is customers' mail."""
    (tmp_path / "backups").mkdir()
    backup(path, tmp_path / "backups" / "copy.db")

    assert stat.S_IMODE((tmp_path / "backups" / "copy.db").stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "backups") == ["copy.db"]


def test_a_file_that_is_there_is_left_alone(path: Path, tmp_path: Path) -> None:
    """The backup of yesterday is not the place for that of today."""
    (tmp_path / "copy.db").write_text("yesterday")
    with pytest.raises(StoreError, match="is there already"):
        backup(path, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "yesterday"


def test_a_file_that_appears_meanwhile_is_left_alone(database: Database, path: Path, tmp_path: Path) -> None:
    """Two timers may name the same file."""
    target = tmp_path / "copy.db"
    with pytest.raises(StoreError, match="is there already"):
        backup(path, target, progress=lambda done, total: target.write_text("the other") and None)

    assert target.read_text() == "the other"
    assert not list(tmp_path.glob(".*part*"))


@pytest.mark.parametrize(("source", "target", "words"), [("none.db", "x.db", "no database"), (None, "a/x", "folder")])
def test_what_is_missing_is_named(path: Path, tmp_path: Path, source: str | None, target: str, words: str) -> None:
    """SQLite would make an empty database of a name that was mistyped."""
    with pytest.raises(StoreError, match=words):
        backup(tmp_path / source if source else path, tmp_path / target)


def test_a_disk_too_small_is_found_before_it_is_full(database: Database, path: Path, folder: Path) -> None:
    """The reserve of the daemon is not there for backups."""
    add(database, 1, size=6_000_000)
    with small_disk(folder / "disk", megabytes=4) as disk:
        with pytest.raises(StoreFull, match=r"needs .* bytes"):
            backup(path, disk.path / "copy.db")

        assert os.listdir(disk.path) == []


def test_a_damaged_database_makes_no_backup(database: Database, path: Path, tmp_path: Path) -> None:
    """It would replace the last good one."""
    for number in range(50):
        add(database, number, size=2000)
    database.close()
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 4096 - 20, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"not sound|malformed"):
        backup(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert quick_check(path) != []


@pytest.mark.parametrize("place", ["backup.copied", "backup.in-place"])
def test_a_kill_leaves_the_whole_file_or_none(path: Path, tmp_path: Path, place: str) -> None:
    """A timer's job may be killed like any other."""
    target = tmp_path / "copy.db"
    done = subprocess.run(
        [sys.executable, "-c", BACK_UP, str(path), str(target)],
        env={**os.environ, "ROUTER_FAULT": place, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert target.exists() == (place == "backup.in-place")
    if target.exists():
        assert quick_check(target, "immutable=1") == []


def test_a_sound_database_has_nothing_wrong(database: Database, path: Path) -> None:
    """Also while it is open to somebody else."""
    add(database, 1)

    assert quick_check(path) == []


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    """SQLite throws where it should tell."""
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 500)

    assert quick_check(tmp_path / "x.db") == ["file is not a database"]
