"""A mail that is too large for the memory, in a temporary file that has no name.

The file goes with the last one who holds the content, even when the process dies. Nobody closes it by hand: a thread
may still be writing or reading while its session ends, and a descriptor that is closed early may be somebody else's
by then.
"""

import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from router.store.content import PIECE, SMALL


class Spilled:
    """A `Content` on the disk; what writes to it or reads from it does not belong on the loop."""

    def __init__(self, folder: Path | None) -> None:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            self._file = os.dup(file.fileno())
        self._close = weakref.finalize(self, os.close, self._file)
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Add to the end. Raises `OSError`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._hash.update(data)
        self._size += len(data)

    @property
    def size(self) -> int:
        """Octets."""
        return self._size

    @property
    def sha256(self) -> bytes:
        """Of all octets."""
        return self._hash.digest()

    @property
    def head(self) -> bytes:
        """The first octets, written a moment ago: the kernel still has them at hand."""
        return os.pread(self._file, SMALL, 0)

    def pieces(self) -> Iterator[bytes]:
        """All octets in order."""
        offset = 0
        while piece := os.pread(self._file, PIECE, offset):
            yield piece
            offset += len(piece)
