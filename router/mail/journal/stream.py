"""Owns two things that are done to a part of a mail while it streams by: finding its ends, and undoing its encoding.

RFC 2046 section 5.1.1, RFC 2045 section 6. Exactly, or not at all: where `mime` reads whatever can be read of a broken
part, here `Damaged` says that it is broken.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain

LINE_CAP = 1_000  # octets behind a boundary on its line
LOOKALIKES_CAP = 10_000  # lines that begin like a delimiter and are none
_WHITE = b" \t\r\n"
_BASE64_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Fault(StrEnum):
    """Why a report cannot be taken apart."""

    NO_PARTS = "no-parts"  # it is no multipart: a bounce, a test, a mail of its own
    NO_ENVELOPE = "no-envelope"  # nothing in it says whom the mail went to
    NO_MESSAGE = "no-message"  # it encloses no mail
    TNEF = "tnef"  # it encloses one in Microsoft's own format
    NOT_CLOSED = "not-closed"  # it was cut off
    BAD_ENCODING = "bad-encoding"  # what should be base64 is none
    TOO_LARGE = "too-large"  # the envelope, or a header


class Damaged(ValueError):
    """A report that cannot be taken apart."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def parts(pieces: Iterable[bytes], boundary: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces of each part, with its number; 0 is what stands before the first. Raises `Damaged` where it is cut off."""
    delimiter = b"\n--" + boundary
    number, lookalikes = 0, 0
    held, skip = b"\n", 1  # a delimiter may stand at the very top; `skip`: octets of `held` that are no content
    for piece in _ended(pieces):
        data, start, at = held + piece, skip, 0
        while (found := data.find(delimiter, at)) >= 0:
            end = data.find(b"\n", found + len(delimiter))
            if end < 0 and len(data) - found <= len(delimiter) + LINE_CAP:
                break  # the rest of the line is still to come
            line = data[found + len(delimiter) : min(end, found + len(delimiter) + LINE_CAP)] if end >= 0 else b"?"
            rest = line.strip()
            if rest not in (b"", b"--"):
                # A longer boundary that begins with this one; or somebody tries what a reader bears.
                at, lookalikes = found + 1, lookalikes + 1
                if lookalikes > LOOKALIKES_CAP:
                    raise Damaged(Fault.NOT_CLOSED)
                continue
            yield number, data[start:found].removesuffix(b"\r")
            if rest:
                return
            number, start, at = number + 1, end + 1, end
        # What may be the beginning of a delimiter is kept, with the CR before it.
        cut = (found if found >= 0 else len(data) - len(delimiter)) - 1
        if cut >= start:
            yield number, data[start:cut]
            held, skip = data[cut:], 0
        else:
            skip = min(start, 1)
            held = data[start - skip :]
    raise Damaged(Fault.NOT_CLOSED)


def _ended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The last delimiter may lack its line end."""
    yield from pieces
    yield b"\n"


def decoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces without their transfer encoding. Raises `Damaged` where they cannot be what they are said to be."""
    if encoding == "base64":
        yield from _from_base64(pieces)
    elif encoding == "quoted-printable":
        yield from _from_quoted_printable(pieces)
    else:
        yield from pieces


def _from_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting = iter(pieces)
    top = b""
    while b"\n" not in top.lstrip() and len(top) < LINE_CAP and (piece := next(waiting, None)) is not None:
        top += piece
    if b":" in top.strip().partition(b"\n")[0]:
        # RFC 2046 section 5.2.1 forbids to encode a message; some say that they do, and do not.
        yield top
        yield from waiting
        return
    held, padded = b"", False
    for piece in chain((top,), waiting):
        held, padded, data = _sextets(held, piece, padded)
        yield data
    if len(held) == 1:
        raise Damaged(Fault.BAD_ENCODING)
    yield binascii.a2b_base64(held + b"=" * (-len(held) % 4))


def _sextets(held: bytes, piece: bytes, padded: bool) -> tuple[bytes, bool, bytes]:
    """Decode whole quadruples; what is left, whether the padding has begun, and the octets."""
    data = piece.translate(None, _WHITE)
    letters = data.rstrip(b"=")
    if letters.translate(None, _BASE64_LETTERS) or (padded and letters):
        raise Damaged(Fault.BAD_ENCODING)
    padded |= len(letters) < len(data)
    letters = held + letters
    whole = len(letters) - len(letters) % 4
    return letters[whole:], padded, binascii.a2b_base64(letters[:whole])


def _from_quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        data = held + piece
        cut = data.rfind(b"\n") + 1
        if not cut:  # a line without an end: not within "=0D=0A", nor before the end of a soft break
            cut = max(data.rfind(b"=", len(data) - 3), 0) if b"=" in data[-3:] else max(len(data) - 1, 0)
        held = data[cut:]
        yield binascii.a2b_qp(data[:cut])
    yield binascii.a2b_qp(held)
