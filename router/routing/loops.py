"""The last defence against copies that come back: their rate. Pure policy.

Marks, content and Message-IDs of ours are looked at first. What is left has lost all of them, and is known only by
coming through an inbox that we copy to, again and again. Counted is only mail with a sign of that:

    an address of an inbox   in the trace fields of forwarding, or as the author of a mail that goes to nobody but us
    a line of ours           without a mark that holds
    our own address          as the author: munged copies are from there, and nobody writes to a mailbox from there
    a report                 about one of the inboxes

and of that only what belongs together: one conversation; one writer and subject, with a text that ends in the same
words; reports of one kind; or, within a minute, one writer and the end of the text. The counts are identity rows, so
that a restart forgets none.
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
_LOOKED_AT = _TRACE | _OURS | {"received"}
_OUR_HOP = re.compile(r"by\s+\S{1,255}\s+\(router\)\s+id\s")  # what a router writes on a redirected copy
_FIELDS_CAP = 100  # trace fields that are looked at
_BETWEEN_ADDRESSES = re.compile(r"[\s<>()\"',;:]+")
_TAIL = 20  # letters of the end of a text: each round adds words in front, and the shortest mail has to end alike
# "Re:", "AW:", "FW(2):", "[EXTERNAL]": what mail programs and gateways put in front.
_PREFIXES = re.compile(r"(?:\s*+(?:[^\W\d_]{1,12}(?:[\[(]\d{1,3}[\])])?\s?[:\uff1a]|\[[^\]]{0,60}\]))++\s*+")


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
    def questions(self) -> tuple[bytes, ...]:
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


def held(this: Analysis) -> str | None:
    """Why its copies wait for a person, by the mail alone."""
    return "too-many-hops" if too_many_hops(this) else None


class Watch:
    """Looks for signs; made once for a batch."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._inboxes = {inbox.address: inbox.name for inbox in places.inboxes}

    def signs(self, this: Analysis) -> Signs | None:
        """What says that a mail has come through an inbox; None for nearly all mail."""
        author = self._author(this)
        passed = dict.fromkeys(self._passed(this))
        if not passed and (author is None or not self._to_us(this)):
            return None
        inbox = next((name for name in passed if name != UNKNOWN), None) or author or UNKNOWN
        mailboxes = self._places.roles(this.seen.recipients)[1]
        counted = tuple(dict.fromkeys(_counted(this, inbox, mailboxes)))
        return Signs(inbox, counted, int(this.seen.received.timestamp()) // 3600)

    def _passed(self, this: Analysis) -> Iterator[str]:
        """The inboxes that a mail has passed, by its trace fields and reports."""
        if any(one.addr == self._places.address for one in this.message.from_):
            yield UNKNOWN
        looked = 0
        for field in this.message.header.fields:
            if field.name not in _LOOKED_AT:
                continue
            if field.name in _OURS:
                yield UNKNOWN
                continue
            looked += 1
            if looked > _FIELDS_CAP:
                return
            text = field.value[:2000].decode("latin-1").lower()
            if field.name == "received":
                if _OUR_HOP.match(text):
                    yield UNKNOWN
                _, _, text = text.partition("for ")  # RFC 5321 section 4.4
            yield from self._named(text)
        if this.verdict.kind in MACHINE:
            failed = (this.message.header.first("x-failed-recipients") or b"")[:2000].decode("latin-1")
            for text in (failed, *(text[:4000] for _, text in this.body.reports)):
                yield from self._named(text.lower())

    def _named(self, text: str) -> Iterator[str]:
        if "@" in text and any(address in text for address in self._inboxes):
            yield from (self._inboxes[one] for one in _BETWEEN_ADDRESSES.split(text) if one in self._inboxes)

    def _author(self, this: Analysis) -> str | None:
        writers = (this.seen.sender, *(one.addr for one in (*this.message.from_, *this.message.sender)))
        return next(
            (self._inboxes[name] for one in writers for name in (one, base(one)) if name in self._inboxes), None
        )

    def _to_us(self, this: Analysis) -> bool:
        """Whether nobody but us is written to: whoever answers a customer writes to him."""
        others = (one.addr for one in (*this.message.to, *this.message.cc))
        return all(self._places.resolve(one) is not None or one in self._inboxes for one in others)


def _counted(this: Analysis, inbox: str, mailboxes: Sequence[str]) -> Iterator[tuple[bytes, timedelta]]:
    mail = this.message
    where = f"{inbox}\0{','.join(sorted(mailboxes))}\0"
    tail = re.sub(r"\W+", "", this.body.text[-100 * _TAIL :].lower())[-_TAIL:]
    subject = mail.subject.lower()
    front = _PREFIXES.match(subject)
    subject = subject[front.end() :] if front else subject
    root = next(iter((*mail.references, *mail.in_reply_to, *mail.message_ids)), None)
    if root is not None:
        yield _bytes(f"conversation\0{where}{root}"), HOUR
    writer = next((one.addr for one in mail.from_), "")
    yield _bytes(f"subject\0{where}{writer}\0{subject}\0{tail}"), HOUR
    yield _bytes(f"text\0{where}{writer}\0{tail}"), MINUTE
    if this.verdict.kind in MACHINE:
        yield _bytes(f"kind\0{where}{this.verdict.kind}"), HOUR


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
