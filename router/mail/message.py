"""Owns what a message says about itself: the fields of its header, read.

It must never raise and never change a byte. A field that cannot be read is an empty value and a defect code, since a
message with a broken header is copied like any other. Nothing here is trusted: every field is the sender's claim.
RFC 5322 section 3.6 has the fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from router.mail import dates, ids, words
from router.mail.address import Address, addresses
from router.mail.header import Header, split

T = TypeVar("T")
_NOBODY: tuple[Address, ...] = ()

# RFC 5322 section 3.6 allows each of them once. A mail program may show another one than we read. (The others, of
# which there should be one too, are read all.)
_SINGLE = ("from", "sender", "subject", "date", "message-id")


@dataclass(frozen=True, slots=True)
class Message:
    """The header of one message, read."""

    header: Header
    size: int  # of all received bytes
    message_id: str | None  # the first of message_ids
    message_ids: tuple[str, ...]  # broken mailers and lists write several
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None  # the sender's clock
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]  # oldest first
    defects: tuple[str, ...]  # of the header block, and "several-NAME", "unreadable-NAME", "no-NAME"


class _Reader:
    """Reads fields one by one and collects what is wrong with them."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.defects: dict[str, None] = dict.fromkeys(header.defects)

    def one(self, name: str, read: Callable[[bytes], T], empty: T) -> T:
        """The first field of that name."""
        value = self.header.first(name)
        return empty if value is None else self._guarded(name, lambda: read(value), empty)

    def every(self, name: str, read: Callable[[bytes], tuple[T, ...]]) -> tuple[T, ...]:
        """All fields of that name, one after the other, each value once."""
        values = self.header.all(name)
        if not values:
            return ()
        return self._guarded(name, lambda: tuple(dict.fromkeys(each for value in values for each in read(value))), ())

    def _guarded(self, name: str, read: Callable[[], T], empty: T) -> T:
        try:
            return read()
        except Exception:  # the promise of this module
            self.defects[f"unreadable-{name}"] = None
            return empty


def read(raw: bytes, size: int | None = None) -> Message:
    """Reads the header of a message; `size` where `raw` is only its beginning."""
    header = split(raw)
    reader = _Reader(header)
    for name in _SINGLE:
        if len(header.all(name)) > 1:
            reader.defects[f"several-{name}"] = None
    message_ids = ids.capped(reader.every("message-id", ids.message_ids))
    from_ = reader.one("from", addresses, _NOBODY)
    date = reader.one("date", dates.date, None)
    for name, value in (("message-id", message_ids), ("from", from_), ("date", date)):
        if not value:
            reader.defects[f"no-{name}"] = None
    return Message(
        header=header,
        size=len(raw) if size is None else size,
        message_id=message_ids[0] if message_ids else None,
        message_ids=message_ids,
        from_=from_,
        sender=reader.one("sender", addresses, _NOBODY),
        reply_to=reader.every("reply-to", addresses),
        to=reader.every("to", addresses),
        cc=reader.every("cc", addresses),
        subject=reader.one("subject", words.decode, ""),
        date=date,
        in_reply_to=ids.capped(reader.every("in-reply-to", ids.message_ids)),
        references=ids.capped(reader.every("references", ids.message_ids)),
        defects=tuple(reader.defects),
    )
