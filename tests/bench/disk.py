"""A disk so small that a test can fill it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.need import lack, need_root

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of its own at `path`."""

    path: Path

    def fill(self) -> None:
        """Leave no room on it."""
        with (self.path / "filler").open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(_BLOCK))
            except OSError:
                return

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.path / "filler").unlink()

    def grow(self, megabytes: int) -> None:
        """Make it larger while it is in use."""
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """Mount a file system in memory; where that is not allowed the test says so."""
    need_root("a file system of one's own")
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        lack(f"no file system in memory can be mounted here ({mounted.stderr.strip()})")
    try:
        yield Disk(path)
    finally:
        # Lazily: a daemon that a failed test left may still hold its files.
        subprocess.run(["umount", "-l", str(path)], check=True)
