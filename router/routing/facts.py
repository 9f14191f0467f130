"""What rules may ask of a mail, and whom it is about: plain values taken from an analysis."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from router.mail.address import Address
from router.mail.header import Header
from router.mail.words import decode
from router.routing.analysis import UNREADABLE, Analysis
from router.routing.journal import SOURCE
from router.routing.rules import Facts


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


def customer_of(this: Analysis, outbound: bool, ours: Callable[[str], bool] = lambda address: False) -> Address | None:
    """Who the other side is: the writer of inbound mail, the first recipient of ours who is none of us."""
    mail = this.message
    people: Sequence[Address] = (*mail.to, *mail.cc) if outbound else mail.from_
    if outbound:
        # Only a journal report has an envelope of ours in which the hidden ones stand.
        hidden = [Address("", one) for one in this.seen.recipients] if this.seen.source == SOURCE else []
        people = [one for one in (*people, *hidden) if not ours(one.addr)] or people
    if people:
        return people[0]
    return Address("", this.seen.sender) if this.seen.sender and not outbound else None
