"""The reader of DATA: one mail from the wire into memory while it is small, else into a temporary file.

Its memory has a bound whatever the client sends, with line ends or without. A mail that cannot be taken is read to its
end all the same, and thrown away, since a client does not listen before (RFC 5321 section 4.2.5); there is a cap to
that, too. It must never look into the mail.
"""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from router.intake import replies
from router.intake.flight import Flight
from router.intake.spilled import Spilled
from router.intake.stuffing import Stuffing
from router.intake.wire import Wire
from router.store.content import SMALL, Content, InMemory
from router.tasks import to_the_end

DRAIN_TIMES, DRAIN_MORE = 4, 64_000_000  # the largest mail, and octets: who goes on beyond that is cut
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one mail may take."""

    size: int  # octets
    flight: Flight
    folder: Path | None  # of temporary files; None: the system's


class Refused(Exception):
    """The mail is not taken; it was read to its end, unless the client has to be hung up on."""

    def __init__(self, reply: str, why: str, *, hang_up: bool = False) -> None:
        super().__init__(why)
        self.reply = reply
        self.why = why
        self.hang_up = hang_up


class Incoming:
    """One mail on its way in. `release` gives back what it holds, also after a failure."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._parts: list[bytes] = []  # in memory, not yet in the file
        self._held = 0  # octets in `_parts`
        self._size = 0
        self._reserved = 0
        self._file: Spilled | None = None
        self._refused: Refused | None = None

    def announce(self, octets: int) -> bool:
        """Reserve room for a mail of this size (RFC 1870); false where there is none."""
        return self._reserve(octets)

    async def read(self, wire: Wire, received: Callable[[int], None]) -> Content:
        """Read to the end of the mail. Raises `Refused`, and `ConnectionError` where the client goes away."""
        stuffing = Stuffing()
        seen, rest = 0, None
        while rest is None:
            block = await wire.block()
            received(len(block))
            seen += len(block)
            data, rest = stuffing.feed(block)
            await self._take(data)
            if rest is None and seen > DRAIN_TIMES * self._bounds.size + DRAIN_MORE:
                refused = self._refused or self._refuse(replies.TOO_LARGE, "too-large")
                raise Refused(refused.reply, refused.why, hang_up=True)
        wire.put_back(rest)
        if self._file is not None:
            await self._spill()
        if self._refused is not None:
            raise self._refused
        return self._file or InMemory(b"".join(self._parts))

    def release(self) -> None:
        """Let go of the octets and of the room that they had."""
        self._bounds.flight.give_back(self._reserved)
        self._reserved = self._size = self._held = 0
        self._parts, self._file = [], None

    async def _take(self, data: bytes) -> None:
        if self._refused is not None:
            return
        self._size += len(data)
        if self._size > self._bounds.size:
            self._refuse(replies.TOO_LARGE, "too-large")
        elif not self._reserve(self._size):
            self._refuse(replies.NO_ROOM, "bytes-in-flight")
        else:
            self._parts.append(data)
            self._held += len(data)
            if self._held > SMALL:
                await self._spill()

    def _reserve(self, octets: int) -> bool:
        more = max(octets - self._reserved, 0)
        if not self._bounds.flight.take(more):
            return False
        self._reserved += more
        return True

    async def _spill(self) -> None:
        """Move what is in memory into the file, off the loop; a cancelled session waits until the thread is done."""
        if not self._parts or self._refused is not None:
            return
        data, self._parts, self._held = b"".join(self._parts), [], 0
        try:
            await to_the_end(asyncio.to_thread(self._write, data))
        except OSError as error:
            full = error.errno in _NO_SPACE
            self._refuse(replies.FULL if full else replies.BUSY, f"temporary file: {error.strerror}")

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._file = Spilled(self._bounds.folder)
        self._file.write(data)

    def _refuse(self, reply: str, why: str) -> Refused:
        self._refused = Refused(reply, why)
        self.release()
        return self._refused
