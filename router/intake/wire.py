"""What a client sends: lines while it gives commands, blocks while it sends a mail, in one stream without a seam.

Senders pipeline (RFC 2920): commands come in one block with the end of a mail, and none of them may be lost. It must
never hold more than a block beside the stream's own, bounded buffer.
"""

import asyncio

BLOCK = 64 * 1024  # octets read at a time


class Wire:
    """One client's octets, in order."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._rest = b""  # read and not yet asked for

    async def line(self, most: int) -> bytes | None:
        """The next line without its end; None for one of more than `most` octets, which is passed over.

        A bare LF ends a command as well, as with most servers; it never ends a mail.
        """
        found, too_long = self._rest, False
        while (end := found.find(b"\n")) < 0:
            if len(found) > most:
                found, too_long = b"", True
            self._rest = b""
            found += await self._read()
        self._rest = found[end + 1 :]
        return None if too_long or end > most else found[:end].removesuffix(b"\r")

    async def block(self) -> bytes:
        """What came next, whatever it is."""
        found, self._rest = self._rest, b""
        return found or await self._read()

    def put_back(self, rest: bytes) -> None:
        """Read too far: the next line begins with `rest`."""
        self._rest = rest

    def forget(self) -> None:
        """Drop what was sent in the clear and not yet read (RFC 3207 section 4.2)."""
        self._rest = b""

    async def _read(self) -> bytes:
        block = await self._reader.read(BLOCK)
        if not block:
            raise ConnectionResetError("the client has hung up")
        return block
