"""A mail of ours with received mails attached, as one content that is taken in pieces: no more than some are in memory.

multipart/mixed (RFC 2046 section 5.1.3): the letter as alternatives, then each mail byte for byte, or encoded where it
must not be read as a message. The boundary is made of what nobody outside knows beforehand.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from router.mail.enclosing import Enclosed
from router.store.content import PIECE, SMALL, Content


@dataclass(frozen=True, slots=True)
class Attached:
    """A mail in a parcel."""

    filename: str
    how: Enclosed
    content: Content


@dataclass(frozen=True, slots=True)
class Parcel:
    """The parcel, as content."""

    size: int
    sha256: bytes
    head: bytes
    parts: tuple[bytes | Attached, ...]

    def pieces(self) -> Iterator[bytes]:
        """All octets, `PIECE` at a time; reads the database."""
        return _cut(_octets(self.parts))


def parcel(front: bytes, letter: bytes, mails: Sequence[Attached], name: str) -> Parcel:
    """Pack: `front` is a header without MIME's fields, `letter` those with a body; nobody knows `name` before. Reads all."""
    made = hashlib.sha256(name.encode())
    for mail in mails:
        made.update(mail.content.sha256)
    boundary = f"=_{made.hexdigest()[:40]}"
    eight_bit = any(mail.how.eight_bit for mail in mails)
    opening = (
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n'
        f"Content-Transfer-Encoding: {'8bit' if eight_bit else '7bit'}\r\n\r\n--{boundary}\r\n"
    ).encode("ascii")
    between = f"\r\n--{boundary}\r\n".encode("ascii")
    parts: list[bytes | Attached] = [front, opening, letter.removeprefix(b"MIME-Version: 1.0\r\n")]
    for mail in mails:
        parts += [between + mail.how.head(mail.filename), mail]
    parts.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return _measured(tuple(parts))


def _measured(parts: tuple[bytes | Attached, ...]) -> Parcel:
    whole, size, head = hashlib.sha256(), 0, b""
    for piece in _octets(parts):
        whole.update(piece)
        size += len(piece)
        if len(head) < SMALL:
            head += piece[: SMALL - len(head)]
    return Parcel(size, whole.digest(), head, parts)


def _octets(parts: Iterable[bytes | Attached]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            yield from part.how.body(part.content.pieces())


def _cut(octets: Iterable[bytes]) -> Iterator[bytes]:
    """The same octets, in pieces of `PIECE`."""
    held: list[bytes] = []
    size = 0
    for piece in chain(octets, (b"",)):
        at = 0
        while size + len(piece) - at >= PIECE:
            end = at + PIECE - size
            yield b"".join((*held, piece[at:end]))
            held, size, at = [], 0, end
        held.append(piece[at:])
        size += len(piece) - at
    if size:
        yield b"".join(held)
