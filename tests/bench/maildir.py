"""Reads what arrived in a Maildir, without any code of the router."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# Our lines, up to the last of them: a mail that begins with a folded line must not look like a part of the block.
_BLOCK = re.compile(rb"(?:X-Router-[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*?)*?X-Router-Received:[^\r\n]*\r\n")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One copy as it lies in the folder."""

    path: Path
    block: bytes  # the header lines in front
    original: bytes  # everything after them

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.original).hexdigest()


class Maildir:
    """A Maildir, subfolders aside."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> list[Path]:
        """Every file that a mail program would show."""
        return [
            file for place in ("new", "cur") if (self.path / place).is_dir() for file in (self.path / place).iterdir()
        ]

    def copies(self) -> list[Arrived]:
        """All copies, split into our block and the mail."""
        return [_split(file) for file in self.files()]

    def counts(self) -> Counter[str]:
        """How many copies there are of each mail, by the sha256 of its bytes."""
        return Counter(copy.sha256 for copy in self.copies())

    def look_at_all(self) -> int:
        """Do what a mail program does with new mail: move it to cur/ and mark it as seen. Returns how many there were."""
        new = list((self.path / "new").iterdir()) if (self.path / "new").is_dir() else []
        for file in new:
            file.rename(self.path / "cur" / f"{file.name}:2,S")
        return len(new)

    def left_over(self) -> list[Path]:
        """What deliveries that died left in tmp/."""
        return list((self.path / "tmp").iterdir()) if (self.path / "tmp").is_dir() else []


def _split(file: Path) -> Arrived:
    content = file.read_bytes()
    block = _BLOCK.match(content)
    end = block.end() if block else 0
    return Arrived(file, content[:end], content[end:])
