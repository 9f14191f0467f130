"""Mail that we write ourselves, whatever it tells: what its header says of it, and its text. ASCII, CRLF lines.

No machine shall answer it (RFC 3834 section 5), and no word of a customer stands in its header.
"""

import base64
import binascii
from datetime import datetime
from typing import Final, Literal

from router.mail import dates
from router.mail.block import block, folded
from router.mail.words import clean

_SUBJECT = 150  # characters

# Asks Exchange for no answer of its own. "All" would have NDR among them (MS-OXCMAIL section 2.1.3.2.20), and a bounce
# is how we hear that a mailbox is full or gone.
SUPPRESS: Final = folded("X-Auto-Response-Suppress", ["DR,", "RN,", "NRN,", "OOF,", "AutoReply"])
MIME: Final = b"MIME-Version: 1.0\r\n"


def head(subject: str, date: datetime, auto: Literal["auto-generated", "auto-replied"] = "auto-generated") -> bytes:
    """Subject, date, and that nobody but a program wrote it."""
    lines = block([("Subject", clean(subject)[:_SUBJECT])]), folded("Date", dates.written(date).split())
    return b"".join((*lines, folded("Auto-Submitted", [auto]), SUPPRESS))


def part(kind: Literal["text/plain", "text/html"], text: str) -> bytes:
    """The content fields, the empty line and the text, in whichever encoding is the shorter."""
    lines = text.strip("\n").encode("utf-8", "replace") + b"\n"
    quoted = binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
    wrapped = base64.encodebytes(lines.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    name, octets = ("quoted-printable", quoted) if len(quoted) <= len(wrapped) else ("base64", wrapped)
    fields = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    return fields.encode("ascii") + octets
