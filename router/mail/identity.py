"""Owns the three ways in which two received messages can be the same mail (RFC 5322 section 3.6.4 knows only one).

It must never take a Message-ID alone for an identity: mailers repeat them, and whoever reuses a known one on purpose
would have his mail swallowed. Each identity is None where it would rest on too little; then every copy goes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from router.mail.body import Body
from router.mail.header import Header
from router.mail.message import Message

# What the sender wrote. No trace or list field is among them: those differ by the way a message took.
_FIELDS = (
    "subject",
    "from",
    "date",
    "message-id",
    "references",
    "to",
    "cc",
    "in-reply-to",
    "mime-version",
    "content-type",
    "content-disposition",
    "content-transfer-encoding",
)
_PREFIXES = tuple((name, name.encode("ascii") + b":") for name in _FIELDS)


def digest(raw: bytes) -> bytes:
    """The identity of the received bytes."""
    return hashlib.sha256(raw).digest()


def content_id(raw: bytes, header: Header) -> bytes | None:
    """The identity of one mail that came by several ways, unchanged but for its trace fields and line ends."""
    return content_id_of((raw,), header)


def content_id_of(pieces: Iterable[bytes], header: Header) -> bytes | None:
    """The same for a mail in pieces, wherever they are cut."""
    if header.first("message-id") is None and header.first("date") is None:
        return None
    # Folding is at the discretion of every hop (RFC 5322 section 2.2.3).
    fields = [prefix + b" ".join(value.split()) for name, prefix in _PREFIXES for value in header.all(name)]
    names = hashlib.sha256(b"\n".join((b"content 1", *fields, b"", b"")))
    return _with_body(names, pieces, header.body_at).digest()


def _with_body(known: hashlib._Hash, pieces: Iterable[bytes], body_at: int) -> hashlib._Hash:
    """Add the body with its line ends made LF, without those at its end: hops add and drop them."""
    ahead = known.copy()  # runs in front, over line ends that may turn out to be the last
    held = b""  # a CR whose LF may be the first octet of the next piece
    for piece in pieces:
        start, body_at = min(body_at, len(piece)), max(body_at - len(piece), 0)
        data = held + piece[start:]
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(held)].replace(b"\r\n", b"\n")
        core = data.rstrip(b"\r\n")
        ahead.update(core)
        if core:
            known = ahead.copy()
        ahead.update(data[len(core) :])
    return known


def rebuilt_id(message: Message, body: Body) -> bytes | None:
    """The identity of a mail whose MIME a mail store took apart and put together again.

    It holds only between different sources. A body that was not read to its end, or without a word in it, proves
    nothing: two encrypted mails look alike.
    """
    text = " ".join(body.text.split())
    if not message.message_id or not body.whole or body.defects or not text:
        return None
    date = message.date.isoformat() if message.date else ""
    evidence = [message.message_id, date, str(len(message.from_)), *(sender.addr for sender in message.from_)]
    evidence += [text, *sorted(body.attachments)]
    # The length first, so that no two lists run into the same bytes.
    data = [each.encode("utf-8", "backslashreplace") for each in evidence]
    return hashlib.sha256(b"rebuilt 1\n" + b"".join(b"%d:%b" % (len(each), each) for each in data)).digest()
