"""Owns the first part of a journal report: who sent the mail, and everybody whom it went to (MS-XJRNL section 2.1).

    Sender: anna@example.com
    On-Behalf-Of: support@example.com
    Subject: Your order
    Message-Id: <1@example.com>
    To: kim@customer.example
    Bcc: lee@customer.example
    Recipient: mike@example.com, Expanded: founders@example.com
    Cc: assistant@example.com, Forwarded: helen@example.com

It must never raise. A customer's subject stands among these lines: only what ends a line for the server that wrote them
ends one here, and of two senders the first counts, which stands before the subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from router.mail.address import addresses
from router.mail.ids import message_ids

LINES_CAP = 50_000
LINE_CAP = 4_000  # characters

_LINE = re.compile(r"([A-Za-z][A-Za-z-]{1,30}+)[ \t]*+:(.*)", re.DOTALL)
_REDIRECTION = re.compile(r",[ \t]*+(expanded|forwarded)[ \t]*+:", re.IGNORECASE)
_SENDERS = ("sender", "senderaddress")  # the second one: what gateways in front of archives write
_RECIPIENTS = {"to": "to", "cc": "cc", "bcc": "bcc", "recipient": "recipient", "recipients": "recipient"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One whom the mail went to."""

    kind: str  # "to", "cc", "bcc" as the header has it, or "recipient" where the server does not know
    addr: str
    through: tuple[tuple[str, str], ...] = ()  # "expanded" or "forwarded", and the address that was written to


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the first part says."""

    sender: str  # "" is nobody, as of a bounce
    on_behalf_of: str
    message_id: str | None
    recipients: tuple[Recipient, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everybody whom the mail was for, each once; a list and its members both count."""
        found = (addr for one in self.recipients for addr in (one.addr, *(was for _, was in one.through)))
        return tuple(dict.fromkeys(found))


def read_envelope(text: str) -> Envelope | None:
    """The envelope in a text; None where it is none: it names a sender and a recipient at least."""
    said: dict[str, str] = {}
    recipients: dict[Recipient, None] = {}
    for name, value in _fields(text):
        if name in _RECIPIENTS:
            recipients.update(dict.fromkeys(_recipients(_RECIPIENTS[name], value)))
        else:
            said.setdefault("sender" if name in _SENDERS else name, value)
    if "sender" not in said or not recipients:
        return None
    return Envelope(
        sender=_address(said["sender"]),
        on_behalf_of=_address(said.get("on-behalf-of", "")),
        message_id=next(iter(message_ids(said.get("message-id", "").encode("utf-8", "replace"))), None),
        recipients=tuple(recipients),
    )


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Names in lower case and values; what is folded belongs to the line before, what has no name to a list."""
    text = text.removeprefix("\ufeff")
    name, value = "", ""
    for line in text.split("\r\n" if "\r\n" in text else "\n")[:LINES_CAP]:
        line = line[:LINE_CAP]
        found = _LINE.match(line)
        if found is None or line.startswith((" ", "\t")):
            folded = name in _RECIPIENTS and line.startswith((" ", "\t")) and bool(value)
            value, more = (value + line, "") if folded else (value, line.strip())
            if more and name == "recipients":  # Exchange 2003 writes one address a line below this word
                yield name, more
            continue
        if name:
            yield name, value
        name, value = found[1].lower(), found[2].strip()
    if name:
        yield name, value


def _recipients(kind: str, value: str) -> Iterator[Recipient]:
    """The recipient of a line, of which gateways write several; a name in a directory is no address and passed over."""
    first, *steps = _REDIRECTION.split(value)
    ways = zip(steps[::2], steps[1::2], strict=True)
    through = tuple((how.lower(), addr) for how, was in ways if (addr := _address(was)))
    several = _addresses(first)
    yield from (Recipient(kind, addr, through) for addr in several)
    if through and not several:
        yield Recipient(kind, through[0][1], through[1:])


def _address(value: str) -> str:
    return next(iter(_addresses(value)), "")


def _addresses(value: str) -> list[str]:
    return [one.addr for one in addresses(value.encode("utf-8", "replace")) if "@" in one.addr]
