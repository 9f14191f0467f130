"""The bytes of a mail, wherever they are: in memory while they are few, else in a file or in the database.

Whoever needs a large mail takes it in pieces; nobody holds it whole. `head` is what is read of it to understand it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

PIECE = 512 * 1024  # octets at most in one piece: a chunk of the database
SMALL = 256 * 1024  # octets up to which a mail is held in memory, and is read whole


class Content(Protocol):
    """A mail as received; it does not change, and may be taken several times."""

    @property
    def size(self) -> int:
        """Octets."""

    @property
    def sha256(self) -> bytes:
        """Of all octets."""

    @property
    def head(self) -> bytes:
        """The first `SMALL` octets: the whole mail, where it is small."""

    def pieces(self) -> Iterator[bytes]:
        """All octets in order, at most `PIECE` at a time. May read from a disk: not for the loop, unless small."""


@dataclass(frozen=True)
class InMemory:
    """A mail that somebody holds whole."""

    octets: bytes

    @property
    def size(self) -> int:
        """Octets."""
        return len(self.octets)

    @cached_property
    def sha256(self) -> bytes:
        """Of all octets."""
        return hashlib.sha256(self.octets).digest()

    @property
    def head(self) -> bytes:
        """The first `SMALL` octets."""
        return self.octets[:SMALL]

    def pieces(self) -> Iterator[bytes]:
        """All octets in order."""
        for at in range(0, max(len(self.octets), 1), PIECE):
            yield self.octets[at : at + PIECE]
