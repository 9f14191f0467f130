"""The bundle of an inbox: which of what waits is attached, and the letter around it. Reads mails, writes nothing.

As many mails are attached as fit, those that ask for an answer before the others and our own answers last, each group in
the order of its receipt; a mail that is too large makes way for the next. The others are named behind them, and the
numbers run through both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from router.conversation.edition import Edition
from router.conversation.rhythm import Days, Rhythm, Slot
from router.conversation.slots import LATE
from router.digest.mime import Envelope, alternatives, common, personal
from router.digest.parcel import Attached, Parcel, parcel
from router.mail import mark
from router.mail.enclosing import enclosed
from router.mail.words import shown
from router.store.bundles import Candidate
from router.store.content import Content
from router.wording import Wording

LARGEST = 80_000  # characters of HTML: Gmail shows no more than some 100 kB
NAMED = 300  # in the list of one bundle; all have their numbers
_SUBJECT, _TEXT, _HTML = "digest/bundle-subject.txt.j2", "digest/bundle.txt.j2", "digest/bundle.html.j2"
_SENDER = "digest/rhythm-sender.txt.j2"


@dataclass(frozen=True, slots=True)
class Inbox:
    """An inbox that has a rhythm, or may have one."""

    name: str
    address: str
    rhythm: Rhythm
    mails: int = 50  # attached to one bundle at the most
    octets: int = 20_000_000  # the same, as received


@dataclass(frozen=True, slots=True)
class Post:
    """In whose name letters of ours are written, and how they are answered."""

    key: bytes  # signs our marks
    hostname: str
    sender: str  # our address, the From
    reply: Callable[[str], str | None]  # the address for the name of a reply; None where no answer would reach us
    wording: Wording


@dataclass(frozen=True, slots=True)
class Line:
    """A mail in the list."""

    number: int
    attached: bool
    name: str  # of the customer, else the address
    address: str
    subject: str
    snippet: str
    mailbox: str
    received: datetime
    size: int
    outbound: bool
    again: bool
    vip: bool


@dataclass(frozen=True, slots=True)
class View:
    """What the owner of an inbox sees."""

    edition: str
    inbox: str
    at: datetime
    now: datetime
    late: bool
    missed: int
    away: Days | None
    zone: ZoneInfo
    lines: tuple[Line, ...]
    attached: int
    listed: int
    hidden: int  # of the listed ones, those that stand in no line
    people: int
    reply_to: str | None

    @property
    def letters(self) -> int:
        """All of them."""
        return self.attached + self.listed


def choose(waiting: Sequence[Candidate], mails: int, octets: int) -> tuple[list[Candidate], list[Candidate]]:
    """What is attached and what is only named, both in the order of their numbers."""
    attached: list[Candidate] = []
    listed: list[Candidate] = []
    for one in sorted(waiting, key=_rank):
        if len(attached) < mails and one.size <= octets:
            attached.append(one)
            octets -= one.size
        else:
            listed.append(one)
    return attached, listed


def _rank(one: Candidate) -> tuple[int, datetime, str]:
    return (2 if one.outbound else 0 if one.asks else 1), one.received, one.message


def view(inbox: Inbox, this: Edition, slot: Slot, chosen: tuple[list[Candidate], list[Candidate]], post: Post) -> View:
    """The letter's view."""
    attached, listed = chosen
    numbered = [_line(number, one, number <= len(attached)) for number, one in enumerate((*attached, *listed), 1)]
    named = numbered[: len(attached) + NAMED]
    return View(
        edition=this.id,
        inbox=inbox.name,
        at=slot.at,
        now=this.made,
        late=this.made - slot.at > LATE,
        missed=slot.missed,
        away=slot.away,
        zone=inbox.rhythm.zone,
        lines=tuple(named),
        attached=len(attached),
        listed=len(listed),
        hidden=len(numbered) - len(named),
        people=len({one.customer for one in (*attached, *listed) if one.customer}),
        reply_to=post.reply(mark.reply_name(this.id, 0)),
    )


def _line(number: int, one: Candidate, attached: bool) -> Line:
    return Line(
        number=number,
        attached=attached,
        name=shown(one.customer_name or one.customer or "", 80),
        address=shown(one.customer or "", 120),
        subject=shown(one.subject, 120),
        snippet=shown(one.snippet or "", 200),
        mailbox=one.mailbox or "",
        received=one.received,
        size=one.size,
        outbound=one.outbound,
        again=one.again,
        vip=one.vip,
    )


def front(name: str, digest: str, recipient: str, subject: str, at: datetime, post: Post) -> tuple[bytes, bytes]:
    """The header of a letter of ours: our block, and the rest without MIME's fields; `name` is what its mark names."""
    token = mark.make(post.key, name)
    envelope = Envelope(
        digest=digest,
        token=token,
        hostname=post.hostname,
        sender=post.sender,
        sender_name=post.wording.surely(_SENDER, {}).strip(),
        recipient=recipient,
        reply_to=post.reply(mark.reply_name(name, 0)) or post.sender,
        subject=subject,
        date=at,
    )
    return personal(envelope), common(envelope)


def pack(seen: View, recipient: str, mails: Sequence[Content], post: Post) -> tuple[bytes, Parcel]:
    """The block and the rest of a bundle with these mails, in the order of their numbers; reads each of them twice."""
    values = {"view": seen}
    subject = post.wording.surely(_SUBJECT, values).strip()
    text, html = post.wording.surely(_TEXT, values), _html(seen, subject, post)
    block, rest = front(seen.edition, f"bundle-{seen.inbox}", recipient, subject, seen.now, post)
    attached = [
        Attached(f"{number}.eml", enclosed(mail.head, mail.size, mail.pieces), mail)
        for number, mail in enumerate(mails, 1)
    ]
    return block, parcel(rest, alternatives(text, html, f"{seen.edition}a"), attached, seen.edition)


def _html(seen: View, subject: str, post: Post) -> str:
    """As many lines as a mail program shows at once; the text has more."""
    lines, html = seen.lines, ""
    while not html or (len(html) > LARGEST and lines):
        lines = lines[: len(lines) * LARGEST // (len(html) + 1)] if html else lines
        cut = replace(seen, lines=lines, hidden=seen.letters - len(lines))
        html = post.wording.surely(_HTML, {"view": cut, "subject": subject})
    return html
