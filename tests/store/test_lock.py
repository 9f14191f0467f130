"""The lock beside the database, between real processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from router.store.errors import Locked
from router.store.lock import WriterLock

_HOLD = """
import sys
from pathlib import Path
from router.store.lock import WriterLock
WriterLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    """Two writing processes would send every copy twice."""
    path = tmp_path / "db.lock"

    with holder(path) as other, pytest.raises(Locked, match=f"process {other.pid}"):
        WriterLock(path).acquire()


def test_the_death_of_its_holder_frees_the_lock(tmp_path: Path) -> None:
    """After `kill -9` the next start must not wait for a person."""
    path = tmp_path / "db.lock"
    with holder(path) as other:
        other.kill()
        other.wait()

        with WriterLock(path):
            assert path.read_text().strip().isdigit()


def test_a_lock_let_go_can_be_taken_again(tmp_path: Path) -> None:
    """The commands take it one after the other."""
    first, second = WriterLock(tmp_path / "l"), WriterLock(tmp_path / "l")
    first.acquire()
    first.release()
    first.release()

    second.acquire()
    with pytest.raises(Locked):
        first.acquire()
    second.release()


def test_the_lock_does_not_pass_on_to_programs_that_we_start(tmp_path: Path) -> None:
    """An alarm command that outlives the daemon would keep the next one from starting."""
    lock = WriterLock(tmp_path / "l")
    lock.acquire()
    with subprocess.Popen(["sleep", "30"], close_fds=False) as child:
        lock.release()

        with WriterLock(tmp_path / "l"):
            child.kill()
