"""Copies to be put into form, and a relay that they are put into form for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from router.delivery.courier import Copy
from router.delivery.forms.form import Form, Outward, Wrapper
from router.mail.block import block
from router.store.content import SMALL, Content, InMemory
from router.wording import Wording

RECEIVED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BLOCK = block(
    [
        ("X-Router-Copy", "01jd8vq2kx5m9r3t.k7d2aaaaaaaaaaaa"),
        ("X-Router-Mailbox", "support@example.com"),
        ("X-Router-Copied-To", "mike@example.com, helen@example.com"),
        ("X-Router-Rule", "everything to the founders"),
        ("X-Router-Kind", "person"),
        ("X-Router-Received", "Fri, 20 Nov 2026 09:30:00 +0000"),
    ]
)
WRAPPER = Wrapper(
    address="router@example.com",
    hostname="router.example.com",
    mailboxes={"support@example.com": "Support"},
    sender=partial(Wording().render, "sender.txt.j2"),
    cover=partial(Wording().render, "wrapped.txt.j2"),
)
LETTER = (
    b"Received: from mx.customer.example by mx.example.com; Fri, 20 Nov 2026 09:29:58 +0000\r\n"
    b"From: Jane Miller <Jane@customer.example>\r\n"
    b"To: support@example.com\r\n"
    b"Cc: Tom <tom@customer.example>\r\n"
    b"Subject: Where is\r\n my order?\r\n"
    b"Date: Fri, 20 Nov 2026 10:29:57 +0100\r\n"
    b"Message-ID: <order-7@customer.example>\r\n"
    b"References: <order-5@customer.example> <order-6@example.com>\r\n"
    b"\r\n"
    b"It was to come on Monday.\r\n"
)


@dataclass(frozen=True)
class Pieced:
    """A mail in pieces of any size, with a short head, as if it were large."""

    octets: bytes
    piece: int
    head_size: int = SMALL
    taken: list[int] = field(default_factory=list)  # grows by one each time that it is read

    @property
    def size(self) -> int:
        """Octets."""
        return len(self.octets)

    @property
    def sha256(self) -> bytes:
        """Of all octets."""
        return sha256(self.octets).digest()

    @property
    def head(self) -> bytes:
        """Its beginning."""
        return self.octets[: self.head_size]

    def pieces(self) -> Iterator[bytes]:
        """All octets in order."""
        self.taken.append(1)
        for at in range(0, max(len(self.octets), 1), self.piece):
            yield self.octets[at : at + self.piece]


def copy_of(mail: bytes | Content, **more: Any) -> Copy:
    """A copy of a mail on its way to Mike."""
    values = {"id": "c1", "message": "01jd8vq2kx5m9r3t", "inbox": "mike", "block": BLOCK, "received": RECEIVED}
    content = InMemory(mail) if isinstance(mail, bytes) else mail
    return Copy(**{"content": content, "folder": None, "seen": False, "look_first": False, **values, **more})


def relay(mode: Any = "auto", **more: Any) -> Outward:
    """A relay that copies go through in that mode."""
    return Outward(WRAPPER, mode, **more)


def octets(form: Form) -> bytes:
    """All of a form, which keeps what it says of itself."""
    sent = b"".join(form.pieces())
    assert sent == b"".join(form.pieces())
    assert form.size == len(sent)
    assert form.eight_bit == (not sent.isascii())
    assert b"\n" not in sent.replace(b"\r\n", b"")
    assert b"\r" not in sent.replace(b"\r\n", b"")
    assert b"\0" not in sent
    return sent
