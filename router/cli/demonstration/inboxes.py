"""What arrived in the founders' Maildirs, seen from the outside: it reads files and asks nobody. Must never write there."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from router.mail.header import split
from router.mail.message import read

_POLL = 0.004  # seconds between two looks: the most by which a measured time is too long
_HEADER = 64_000  # bytes of a copy that are read


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy in one of the folders."""

    owner: str
    message_id: str | None
    message: str  # the router's own id, by the mark in front of the copy
    seen: float  # when we saw it, by the monotonic clock
    linked: float  # when it came into the folder, in seconds of 1970


class Inboxes:
    """The folders of all owners."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.owners = tuple(folders)
        self.copies: list[Copy] = []
        self._folders = folders
        self._known: set[tuple[str, str]] = set()

    def look(self) -> list[Copy]:
        """The copies that have come since the last look."""
        new = [copy for owner, folder in self._folders.items() for copy in self._look(owner, folder)]
        new.sort(key=lambda copy: copy.linked)
        self.copies += new
        return new

    def holders(self, message_id: str) -> Counter[str]:
        """How many copies of a mail each owner has."""
        return Counter(copy.owner for copy in self.copies if copy.message_id == message_id)

    def everywhere(self, message_id: str) -> bool:
        """Whether each owner has the mail."""
        return len(self.holders(message_id)) == len(self.owners)

    def wait(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Look again and again until `reached`; False once `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while True:
            self.look()
            if reached():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)

    def _look(self, owner: str, folder: Path) -> list[Copy]:
        found = []
        for place in ("new", "cur"):
            # Not made yet, or moved by a mail program this very moment: the next look finds it.
            with suppress(FileNotFoundError), os.scandir(folder / place) as entries:
                for entry in entries:
                    # Behind the comma and the colon stands what a mail program may change.
                    key = (owner, entry.name.partition(":")[0].partition(",")[0])
                    if key not in self._known:
                        found.append(_read(owner, entry))
                        self._known.add(key)
        return found


def _read(owner: str, entry: "os.DirEntry[str]") -> Copy:
    with open(entry.path, "rb") as file:
        raw = file.read(_HEADER)
        linked = os.fstat(file.fileno()).st_ctime
    mark = (split(raw).first("x-router-copy") or b"").decode("latin-1")
    return Copy(owner, read(raw).message_id, mark.strip().partition(".")[0], time.monotonic(), linked)
