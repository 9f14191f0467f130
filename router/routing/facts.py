"""What rules may ask of a mail, and whom it is about: plain values taken from an analysis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.conversation.customer import Parties, parties
from router.conversation.guess import Trait, trait_of
from router.conversation.links import Letter, Link, links
from router.conversation.threadindex import guid
from router.mail.header import Header
from router.mail.kind import MACHINE, Kind
from router.mail.words import decode
from router.routing.analysis import UNREADABLE, Analysis
from router.routing.journal import is_outbound
from router.routing.places import Places
from router.routing.rules import Facts

# What servers write about a mail that somebody else has sent.
_REPORTS = (Kind.BOUNCE, Kind.DELAY, Kind.DELIVERY_REPORT, Kind.FEEDBACK_REPORT)


class _Decoded(Mapping[str, tuple[str, ...]]):
    """All values of a name; decoded when a rule asks, which hardly any does."""

    def __init__(self, header: Header) -> None:
        self._header = header

    def __getitem__(self, name: str) -> tuple[str, ...]:
        if found := self._header.all(name):
            return tuple(decode(value) for value in found)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(field.name for field in self._header.fields))

    def __len__(self) -> int:
        return len({field.name for field in self._header.fields})


def facts_of(this: Analysis, mailboxes: Sequence[str]) -> Facts:
    """The facts of one sighting in its mailboxes."""
    mail, seen = this.message, this.seen
    return Facts(
        mailboxes=frozenset(mailboxes),
        sender=seen.sender,
        recipients=seen.recipients,
        from_=tuple(address.addr for address in mail.from_) or ((seen.sender,) if seen.sender else ()),
        to=tuple(dict.fromkeys((*seen.recipients, *(address.addr for address in (*mail.to, *mail.cc))))),
        subject=mail.subject,
        headers=_Decoded(mail.header),
        text=None if UNREADABLE in this.body.defects else this.body.text,
        text_is_whole=this.body.whole,
        kind=this.verdict.kind.value,
        size=seen.content.size,
        received=seen.received,
        faults=frozenset(this.faults),
    )


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a mail to others, and its people."""

    parties: Parties
    links: tuple[Link, ...]
    trait: Trait | None


def ties_of(this: Analysis, places: Places, recipients: Sequence[str] = ()) -> Ties:
    """What threading sees of it; `recipients` are known beside those of its own envelope."""
    mail, seen, kind = this.message, this.seen, this.verdict.kind
    outbound = is_outbound(this, places)
    among = parties(mail, seen.sender, (*recipients, *seen.recipients), outbound, places.ours)
    letter = Letter(
        carried=mail.message_ids,
        # A machine names what it writes about in many ways, and seldom in this field.
        answered=mail.in_reply_to or (this.body.returned if kind in MACHINE else ()),
        mentioned=mail.references,
        parties=among,
        guid=guid(mail.header.first("thread-index")),
        leaf=kind in _REPORTS,
    )
    trait = None
    if kind is Kind.PERSON:
        trait = trait_of(mail.subject, among, seen.received, outbound, letter.untied)
    return Ties(among, links(letter), trait)
