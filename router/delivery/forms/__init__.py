"""What a copy looks like when it goes out."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from router.delivery.courier import Copy

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Form:
    """A copy as it goes out."""

    pieces: Callable[[], Iterator[bytes]]  # all octets, CRLF lines only; may be taken several times
    size: int  # octets of all pieces
    eight_bit: bool  # any octet over 127
    changed: tuple[str, ...]  # codes of what differs from our lines and the received bytes


@dataclass(frozen=True, slots=True)
class Wrapper:
    """What a wrapper is made of."""


def for_store(copy: Copy, wrapper: Wrapper, *, mdn_flag: bool) -> Form:
    """The form for a mail store. Reads all of a large mail: not for the loop."""
    raw = b"".join(copy.content.pieces())
    if copy.wrapped or b"\0" in raw:
        head = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        body = base64.encodebytes(raw).replace(b"\n", b"\r\n")
        return _form(copy.block + head + body, ("wrapped:refused" if copy.wrapped else "wrapped:nul",))
    octets = _LINE_END.sub(b"\r\n", raw)
    return _form(copy.block + octets, () if octets == raw else ("line-ends",))


def _form(octets: bytes, changed: tuple[str, ...]) -> Form:
    return Form(lambda: iter([octets]), len(octets), not octets.isascii(), changed)


def wants_receipt(copy: Copy) -> bool:
    """Whether the mail asks its reader's program to tell the sender that it was read (RFC 8098)."""
    return b"\r\ndisposition-notification-to:" in b"\r\n" + copy.content.head.lower()
