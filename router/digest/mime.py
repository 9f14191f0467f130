"""A digest as mail: text and HTML as alternatives (RFC 2046 section 5.1.4), the same bytes whenever it is made.

CRLF lines of ASCII, none over 76 octets below the header. No word of a customer stands in a header field: the subject
has counts and the names of mailboxes. `boundary` cannot occur in a part: neither quoted-printable nor base64 has "=_".
"""

from dataclasses import dataclass
from datetime import datetime

from router.mail import mark, written
from router.mail.block import encoded, folded
from router.mail.words import clean

_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the header of a digest says."""

    digest: str  # its name
    token: str  # the mark of the edition
    hostname: str
    sender: str  # our address
    sender_name: str
    recipient: str
    reply_to: str
    subject: str
    date: datetime


def personal(envelope: Envelope) -> bytes:
    """The header lines that differ from reader to reader, our mark among them."""
    return b"".join(
        (
            folded(mark.FIELD.title(), [envelope.token]),
            folded("To", [f"<{envelope.recipient}>"]),
            folded("Reply-To", [f"<{envelope.reply_to}>"]),
        )
    )


def common(envelope: Envelope) -> bytes:
    """The header lines that all readers have; without the end of the header."""
    name = clean(envelope.sender_name)[:_NAME]
    list_id = f"<{envelope.digest}.digest.{envelope.hostname}>"  # RFC 2919: so that it can be filed
    return b"".join(
        (
            folded("From", [*_phrase(name), f"<{envelope.sender}>"]),
            written.head(envelope.subject, envelope.date),
            folded("Message-ID", [f"<{mark.message_id(envelope.token, 'digest', envelope.hostname)}>"]),
            folded("List-Id", [list_id]),
        )
    )


def alternatives(text: str, html: str, boundary: str) -> bytes:
    """The MIME header, the empty line, and both parts; who can show HTML shows the last one."""
    mark_ = f"=_{boundary}"
    head = written.MIME + f'Content-Type: multipart/alternative;\r\n boundary="{mark_}"\r\n'.encode() + b"\r\n"
    parts = (written.part("text/plain", text), written.part("text/html", html))
    return head + b"".join(f"--{mark_}\r\n".encode() + part for part in parts) + f"--{mark_}--\r\n".encode()


def _phrase(name: str) -> list[str]:
    """A name before an address (RFC 5322 section 3.2.5)."""
    if not name:
        return []
    if not name.isascii() or "=?" in name or max(map(len, name.split())) > _NAME:
        return encoded(name)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.split(" ")
