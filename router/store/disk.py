"""The reserve of free space on the database's disk: mail is refused for now (452) before the disk is full.

What is left then belongs to the deliveries and the state of what was accepted before. SQLite's own `SQLITE_FULL` stays
the last word; this one comes earlier, while everything else still works.
"""

import os
import time
from pathlib import Path

from router.store.errors import StoreFull

LOOK = 1.0  # seconds that a look at the disk counts
BACK = 1.1  # of the reserve has to be free before mail is taken again: else each mail would turn the answer


class Reserve:
    """Watches the space that is free where the database lies."""

    def __init__(self, folder: Path | None, least: int) -> None:
        self.free = 0  # bytes, at the last look
        self.least = least
        self._folder = folder  # None: the database is on another machine, whose matter its disk is
        self._next = 0.0
        self._low = False

    def low(self) -> bool:
        """Whether less than the reserve is free; asks the file system at most once a second."""
        now = time.monotonic()
        if self._folder is not None and now >= self._next:
            self._next = now + LOOK
            self.free = free_space(self._folder)
            self._low = self.free < (self.least * BACK if self._low else self.least)
        return self._low

    def check(self) -> None:
        """Raise `StoreFull` where no more mail should be taken."""
        if self.low():
            raise StoreFull(f"{self.free} bytes are free, and min_free_space keeps {self.least}")


def free_space(folder: Path) -> int:
    """The bytes that this user may still write there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
