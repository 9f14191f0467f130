"""Another process that holds the lock of a SQLite database."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = """
import sqlite3, sys
link = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
link.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
link.execute("ROLLBACK")
# Only the daemon checkpoints: the last connection to close would do it too.
"""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Nobody else can write `database` meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            holder.stdin.close()
            holder.wait(30)
