"""A received mail as an attachment to one of ours, byte for byte.

It goes as a message that mail programs show (RFC 2046 section 5.2.1), which forbids any encoding of it; so whatever could
be changed on the way, or act when it is opened (invitations, requests for a receipt), goes as a file in base64.
"""

import binascii
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from router.mail import disarm, invitation
from router.mail.block import block
from router.mail.fields import header_end
from router.mail.lines import scan

_OCTETS = 57  # in a line of 76 characters (RFC 2045 section 6.8)
_LINE = struct.Struct("76s")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """How a mail is attached."""

    as_message: bool
    eight_bit: bool  # octets over 127 stand in the part
    size: int  # octets of the part's body

    def head(self, filename: str) -> bytes:
        """The header of its part, with the empty line; `filename` is ASCII without quotes."""
        kind = "message/rfc822" if self.as_message else "application/octet-stream"
        encoding = ("8bit" if self.eight_bit else "7bit") if self.as_message else "base64"
        fields = [
            ("Content-Type", f'{kind}; name="{filename}"'),
            ("Content-Transfer-Encoding", encoding),
            ("Content-Disposition", f'attachment; filename="{filename}"'),
        ]
        return block(fields) + b"\r\n"

    def body(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The octets of the part, of those of the mail."""
        return iter(pieces) if self.as_message else encoded(pieces)


def enclosed(head: bytes, size: int, pieces: Callable[[], Iterator[bytes]]) -> Enclosed:
    """Look through a mail, whose first octets are `head`, once."""
    seeker = invitation.Seeker()
    whole = size <= len(head)
    lines = scan(seeker.watch(iter((head,)) if whole else pieces()))
    at = header_end(head)
    readable = at >= 0 or whole
    acts = invitation.invites(head) or seeker.found or disarm.asks(head if at < 0 else head[:at])
    as_message = readable and not (acts or lines.bare or lines.nul or lines.long)
    return Enclosed(as_message, as_message and lines.eight_bit, size if as_message else encoded_size(size))


def encoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 in lines of 76 characters; the same lines wherever the pieces are cut."""
    held = b""
    for piece in pieces:
        data = held + piece
        whole = len(data) - len(data) % _OCTETS
        held = data[whole:]
        if whole:
            characters = binascii.b2a_base64(data[:whole], newline=False)
            yield b"\r\n".join(chain.from_iterable(_LINE.iter_unpack(characters))) + b"\r\n"
    if held:
        yield binascii.b2a_base64(held, newline=False) + b"\r\n"


def encoded_size(size: int) -> int:
    """The octets of that."""
    return -(-size // 3) * 4 + -(-size // _OCTETS) * 2
