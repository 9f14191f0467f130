"""The last defence against copies that come back: their rate. Pure policy.

Marks, content and Message-IDs of ours are looked at first. What is left has lost all of them, and is known only by
coming through an inbox that we copy to, again and again. Counted is only mail with a sign of that:

    an address of an inbox   in the trace fields of forwarding, or as the author of a mail that goes to nobody but us
    a field name of ours     without a mark that holds
    a report                 about one of the inboxes

and of that only what belongs together: one conversation; one subject whose text ends in the same words; the same
reports; or, within a minute, the same end of the text. The counts are identity rows, so that a restart forgets none.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.mail.address import base
from router.mail.kind import MACHINE
from router.routing.analysis import Analysis
from router.routing.places import Places
from router.store.messages import Hit

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNKNOWN = "unknown"  # some inbox: the sign names none
MOST_HOPS = 30  # Received fields; mail servers refuse at 50, or at 100 (RFC 5321 section 6.3)

_TRACE = frozenset(
    {
        "delivered-to",
        "envelope-to",
        "resent-from",
        "resent-sender",
        "return-path",
        "x-envelope-to",
        "x-forwarded-for",
        "x-forwarded-to",
        "x-ms-exchange-inbox-rules-loop",
        "x-original-to",
        "x-sieve-redirected-from",
    }
)
_OURS = frozenset(f"x-router-{name}" for name in ("copy", "mailbox", "copied-to", "rule", "kind", "received"))
_FIELDS_CAP = 100  # trace fields that are looked at
_ADDRESS = re.compile(rb"[^\s<>()\"',;:@]{1,100}+@[A-Za-z0-9._-]{1,200}+")
_FOR = re.compile(rb"\sfor\s+<?([^\s<>;]{1,320})", re.IGNORECASE)  # RFC 5321 section 4.4
_TAIL = 200  # characters of the end of a text
# "Re:", "AW:", "FW(2):", "[EXTERNAL]": what mail programs and gateways put in front.
_PREFIXES = re.compile(r"(?:\s*(?:[^\W\d_]{1,12}(?:[\[(]\d{1,3}[\])])?\s?[:\uff1a]|\[[^\]]{0,60}\]))+\s*")


@dataclass(frozen=True, slots=True)
class Signs:
    """That a mail has come through an inbox, and what it is counted with."""

    inbox: str
    counted: tuple[tuple[bytes, timedelta], ...]  # what belongs together, and within which time
    hour: int

    @property
    def rows(self) -> tuple[bytes, ...]:
        """The identity keys that count this mail; each stands for one hour, so that no count grows for ever."""
        return tuple(_key(counted, self.hour) for counted, _ in self.counted)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Those, and the ones of the hour before."""
        return (*self.rows, *(_key(counted, self.hour - 1) for counted, _ in self.counted))

    def count(self, hits: Mapping[bytes, Sequence[Hit]], at: datetime) -> int:
        """How many such mails came before this one, at the most."""
        return max(self._count(counted, within, hits, at) for counted, within in self.counted)

    def _count(self, counted: bytes, within: timedelta, hits: Mapping[bytes, Sequence[Hit]], at: datetime) -> int:
        found = [hit for hour in (self.hour, self.hour - 1) for hit in hits.get(_key(counted, hour), ())]
        return sum(abs(at - hit.at) <= within for hit in found)


def _key(counted: bytes, hour: int) -> bytes:
    return b"l" + hashlib.sha256(b"%d\0%b" % (hour, counted)).digest()


def too_many_hops(this: Analysis) -> bool:
    """Whether a mail has gone through more servers than any honest way has."""
    return len(this.message.header.all("received")) > MOST_HOPS


def signs(this: Analysis, places: Places) -> Signs | None:
    """What says that a mail has come through an inbox; None for nearly all mail."""
    inboxes = {inbox.address.encode(): inbox.name for inbox in places.inboxes}
    found = dict.fromkeys(_found(this, inboxes))
    if not found and not _rebuilt(this, inboxes, places):
        return None
    inbox = next(iter(found), None) or _author(this, inboxes) or UNKNOWN
    counted = tuple(dict.fromkeys(_counted(this, inbox, places.roles(this.seen.recipients)[1])))
    return Signs(inbox, counted, int(this.seen.received.timestamp()) // 3600)


def _found(this: Analysis, inboxes: Mapping[bytes, str]) -> Iterator[str]:
    looked = 0
    for field in this.message.header.fields:
        if field.name in _TRACE:
            written = _ADDRESS.findall(field.value[:2000])
        elif field.name == "received":
            written = _FOR.findall(field.value[:2000])
        elif field.name in _OURS:
            yield UNKNOWN
            continue
        else:
            continue
        looked += 1
        if looked > _FIELDS_CAP:
            return
        yield from (inboxes[one.lower()] for one in written if one.lower() in inboxes)
    if this.verdict.kind in MACHINE:
        told = " ".join(text[:4000].lower() for _, text in this.body.reports).encode("utf-8", "replace")
        told += b" " + (this.message.header.first("x-failed-recipients") or b"")[:2000].lower()
        yield from (inboxes[one] for one in _ADDRESS.findall(told) if one in inboxes)


def _author(this: Analysis, inboxes: Mapping[bytes, str]) -> str | None:
    writers = [this.seen.sender, *(one.addr for one in (*this.message.from_, *this.message.sender))]
    known = (inboxes.get(name.encode("utf-8", "replace")) for one in writers for name in (one, base(one)))
    return next((name for name in known if name), None)


def _rebuilt(this: Analysis, inboxes: Mapping[bytes, str], places: Places) -> bool:
    """Whether an inbox is the author, and nobody but us is written to: whoever answers a customer writes to him."""
    if _author(this, inboxes) is None:
        return False
    others = (one.addr for one in (*this.message.to, *this.message.cc))
    return all(places.resolve(one) is not None or one.encode("utf-8", "replace") in inboxes for one in others)


def _counted(this: Analysis, inbox: str, mailboxes: Sequence[str]) -> Iterator[tuple[bytes, timedelta]]:
    mail = this.message
    where = f"{inbox}\0{','.join(sorted(mailboxes))}\0"
    tail = re.sub(r"\W+", "", this.body.text[-10 * _TAIL :].lower())[-_TAIL:]
    subject = _PREFIXES.sub("", mail.subject.lower(), count=1).strip()
    root = next(iter((*mail.references, *mail.in_reply_to, *mail.message_ids)), None)
    if root is not None:
        yield _bytes(f"conversation\0{where}{root}"), HOUR
    yield _bytes(f"subject\0{where}{subject}\0{tail}"), HOUR
    yield _bytes(f"text\0{where}{tail}"), MINUTE
    if this.verdict.kind in MACHINE:
        yield _bytes(f"kind\0{where}{this.verdict.kind}"), HOUR


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
