"""Removing copies from a Maildir, because the person who wrote the mail is to be forgotten.

Our part of a file's name stays through every move and flag of a reader, so a copy is found in whatever folder of the
Maildir it lies today. Nothing is touched but files that bear the id of a copy that was asked for.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

_OURS = re.compile(r"\d+\.R([0-9a-z]{16})\.")  # as `maildir._unique` makes it


class MaildirRemover:
    """Finds copies in one Maildir and its folders, and removes them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, Path] | None = None

    def remove(self, copy: str) -> Path | None:
        """Remove the file of a copy and tell which it was; None where there is none. Raises OSError."""
        for again in (False, True):
            if self._found is None or again:
                self._found = self._scan()
            if (file := self._found.get(copy)) is None:
                continue  # a reader may have renamed it during the first scan
            with suppress(FileNotFoundError):
                file.unlink()
                return file
        return None

    def _scan(self) -> dict[str, Path]:
        """Every copy of ours that lies here, by its id."""
        found: dict[str, Path] = {}
        folders = [self._path, *(one for one in self._path.glob(".*") if one.is_dir())]
        for part in (folder / name for folder in folders for name in ("new", "cur")):
            with suppress(FileNotFoundError), os.scandir(part) as entries:
                for entry in entries:
                    if ours := _OURS.match(entry.name):
                        found[ours[1]] = Path(entry.path)
        return found
