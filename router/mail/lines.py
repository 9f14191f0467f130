"""Line ends of a mail that may be large: what is wrong with them, and CRLF everywhere, in pieces (RFC 5321 section 2.3.8).

Only calls that walk over a piece in C; what is found does not depend on where the pieces are cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_MAX = 998  # octets without the line end (RFC 5322 section 2.1.1)
_WINDOW = LINE_MAX + 2


@dataclass(frozen=True, slots=True)
class Lines:
    """What is to be known of the octets of a mail, or of a part of it."""

    size: int
    bare: int  # CR without LF, and LF without CR
    nul: bool
    eight_bit: bool
    long: bool  # a line over `LINE_MAX`
    ended: bool  # the last octet is of a line end, or there is none

    @property
    def canonical_size(self) -> int:
        """Octets with CRLF everywhere."""
        return self.size + self.bare


def scan(pieces: Iterable[bytes]) -> Lines:
    """Look through all octets once."""
    size = cr = lf = crlf = behind = 0
    nul = eight_bit = long = False
    last = b"\n"
    for piece in pieces:
        size += len(piece)
        cr += piece.count(b"\r")
        lf += piece.count(b"\n")
        crlf += piece.count(b"\r\n") + (last == b"\r" and piece.startswith(b"\n"))
        nul = nul or b"\0" in piece
        eight_bit = eight_bit or not piece.isascii()
        if not long:
            behind = _behind(piece, behind)
            long = behind > LINE_MAX + 1
        last = piece[-1:] or last
    return Lines(size, (cr - crlf) + (lf - crlf), nul, eight_bit, long or behind > LINE_MAX, last in b"\r\n")


def _behind(piece: bytes, before: int) -> int:
    """The octets behind the last LF, `before` being those before this piece; or of the first line that is too long."""
    start = -before
    while (stop := start + _WINDOW) <= len(piece):
        # The last of all line ends in reach, so that a thousand short lines are one step.
        end = piece.rfind(b"\n", max(start, 0), max(stop, 0))
        if end < 0:
            return _WINDOW
        start = end + 1
    last = piece.rfind(b"\n", max(start, 0))
    return len(piece) - (start if last < 0 else last + 1)


def canonical(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same lines, each ended by CRLF."""
    held = b""  # a CR whose LF may be the first octet of the next piece
    for piece in pieces:
        data = held + piece
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(held)]
        yield data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if held:
        yield b"\r\n"


def canonical_header(header: bytes) -> bytes:
    """Header lines that LF ends, each ended by CRLF; a CR within one becomes a space, since it ends nothing.

    As a line end it would make a field out of what nobody on the way has seen as one.
    """
    if header.count(b"\r") == header.count(b"\n") == header.count(b"\r\n"):
        return header
    return b"\r\n".join(line.rstrip(b"\r").replace(b"\r", b" ") for line in header.split(b"\n"))
