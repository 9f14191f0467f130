"""The service manager's end of sd_notify: a datagram socket that remembers what it was told."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.wait import until


class Manager:
    """Listens at a path, or, with a name that begins with @, in the abstract."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[str] = []
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._link.bind("\0" + name[1:] if name.startswith("@") else name)
        self._link.setblocking(False)

    def listen(self) -> list[str]:
        """Everything that was told so far."""
        while True:
            try:
                self.told += self._link.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.told

    def hear(self, words: str, times: int = 1, seconds: float = 30.0) -> None:
        """Wait until something was told so many times."""
        until(lambda: self.listen().count(words) >= times, lambda: f"{words} {times} times: {self.told}", seconds)

    def environment(self, watchdog: float | None = None) -> list[str]:
        """The command that starts another one as the manager would."""
        usec = [f"WATCHDOG_USEC={int(watchdog * 1_000_000)}"] if watchdog else []
        return ["env", f"NOTIFY_SOCKET={self.name}", *usec]

    def close(self) -> None:
        self._link.close()


@contextmanager
def manager(folder: Path, *, abstract: bool = False) -> Iterator[Manager]:
    """One manager."""
    made = Manager(f"@router-test-{os.getpid()}-{folder.name}" if abstract else str(folder / "notify"))
    try:
        yield made
    finally:
        made.close()
