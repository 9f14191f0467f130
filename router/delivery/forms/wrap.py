"""Wrap: the received bytes, all of them, as an attachment to a small mail of ours.

For what no server takes as it is, or no mail program should open at once. The attachment is base64, so that nothing on
the way can touch a byte; only where wrapping is merely a choice, and the mail is clean, it goes as a message that
mail programs show (RFC 2046 section 5.2.1).
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain

from router.delivery.forms import ours
from router.delivery.forms.form import WRAPPED, Form, Wrapper
from router.delivery.forms.letter import Letter
from router.mail import dates, ids, words
from router.mail.block import block, folded
from router.mail.disarm import asks
from router.mail.enclosing import encoded, encoded_size
from router.mail.lines import LINE_MAX
from router.mail.message import Message, read
from router.mail.written import SUPPRESS
from router.store.content import Content, InMemory

_ID_OCTETS = 900


def wrap(letter: Letter, wrapper: Wrapper, why: str | None) -> Form:
    """The mail as an attachment; `why` is "nul", "invitation", "header" or "refused", None where wrapping is a choice.

    "size": only its beginning, whole lines, where mail programs find its text; a mail that is cut they show as far as it goes.
    """
    copy, message = letter.copy, read(letter.copy.content.head, letter.copy.content.size)
    content: Content = InMemory(beginning(copy.content.head)) if why == "size" else copy.content
    as_message = why is None and letter.clean and not letter.nul and not letter.long and not asks(letter.header)
    note = _note(letter, message, wrapper, why, as_message)
    # Nobody writes a boundary into a mail that is made of the mail's own hash.
    boundary = f"=_{hashlib.sha256(copy.message.encode() + copy.content.sha256).hexdigest()[:40]}"
    encoding = _transfer(letter) if as_message else "7bit"
    mime = (
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n"
        f"\r\n--{boundary}\r\n"
    ).encode("ascii")
    opening = _header(letter, message, wrapper) + mime + note + f"\r\n--{boundary}\r\n".encode("ascii")
    opening += _part_header(as_message, encoding)
    closing = f"\r\n--{boundary}--\r\n".encode("ascii")
    size = content.size if as_message else encoded_size(content.size)

    def pieces() -> Iterator[bytes]:
        octets = content.pieces()
        return chain((opening,), octets if as_message else encoded(octets), (closing,))

    return Form(
        pieces=pieces,
        size=len(opening) + size + len(closing),
        eight_bit=as_message and letter.eight_bit,
        changed=(WRAPPED if why is None else f"{WRAPPED}:{why}",),
    )


def beginning(head: bytes) -> bytes:
    """Of a large mail, what is read of it, up to the end of a line."""
    return head[: head.rfind(b"\n") + 1] or head


def _transfer(letter: Letter) -> str:
    # RFC 2045 section 6.4: the container has to say so too.
    return "8bit" if letter.eight_bit else "7bit"


def _header(letter: Letter, message: Message, wrapper: Wrapper) -> bytes:
    copy = letter.copy
    # As in the mail itself, so that Reply-All reaches the mailbox too; who else has a copy stands in the block.
    to = ours.mailboxes(copy) or ours.copied_to(copy)
    references = _tokens(message.references or message.in_reply_to)
    answered = _tokens([message.message_id] if message.message_id else [])
    return b"".join(
        (
            copy.block,
            ours.sender(copy, ours.customer(message.header), wrapper),
            ours.reply_to(message.header),
            ours.address_list("To", to) or folded("To", ["undisclosed-recipients:;"]),
            block([("Subject", message.subject)]) if message.subject else b"",
            folded("Date", dates.written(copy.received).split()),
            folded("Message-ID", [ours.message_id(copy, "wrapped", wrapper)]),
            folded("In-Reply-To", answered) if answered else b"",
            folded("References", [*references, *answered]) if references or answered else b"",
            # RFC 3834 section 5: nobody is away for a mail that a machine made; his answer would go to the customer.
            folded("Auto-Submitted", ["auto-generated"]),
            SUPPRESS,
        )
    )


def _tokens(found: Iterable[str]) -> list[str]:
    """Message ids that can stand in a line."""
    return [f"<{one}>" for one in ids.capped(found) if one.isascii() and one.isprintable() and len(one) < _ID_OCTETS]


def _note(letter: Letter, message: Message, wrapper: Wrapper, why: str | None, as_message: bool) -> bytes:
    """The cover note as a part."""
    who = ours.customer(message.header)
    text = wrapper.cover(
        {
            "why": why,
            "name": ours.short(who.name) if who else "",
            "address": who.addr if who else "",
            "mailbox": ours.mailbox(letter.copy, wrapper),
            "subject": message.subject,
            "received": letter.copy.received,
            "size": letter.copy.content.size,
            "as_message": as_message,
            "answerable": bool(ours.reply_to(message.header)),
        }
    )
    lines = words.clean_lines(text).rstrip("\n").split("\n")
    data = "".join(f"{line.rstrip()}\r\n" for line in lines).encode("utf-8")
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline\r\n"
    if data.isascii() and max(map(len, lines)) <= LINE_MAX:
        return head + b"Content-Transfer-Encoding: 7bit\r\n\r\n" + data
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _part_header(as_message: bool, encoding: str) -> bytes:
    kind = "message/rfc822" if as_message else "application/octet-stream"
    return (
        f'Content-Type: {kind}; name="original.eml"\r\n'
        f"Content-Transfer-Encoding: {encoding if as_message else 'base64'}\r\n"
        'Content-Disposition: attachment; filename="original.eml"\r\n\r\n'
    ).encode("ascii")
