"""What a mail is that a journal report brought, or that is proven to be ours: a customer's, ours to a customer, or none
of our business. Pure policy.

The journal of a company holds everybody's mail. Kept is only what concerns a mailbox:

    to a mailbox                       inbound; by its envelope, or by To and Cc, since servers resolve aliases
    from a mailbox to a customer       outbound
    ours to a customer                 outbound, of the mailbox that it names, else of the conversation that it belongs to
    from a customer to one of us       inbound, where it belongs to a conversation of a mailbox
    a bounce to one of us              inbound, where what it returns does

The journal proves who wrote a mail, except where Exchange itself says that it came in from outside: it journals a forged
sender of our own domain like any other. What staff write to a mailbox beside a customer, and no known conversation of his
holds, is no recognised answer: it is copied as well. The same holds without a journal for what came to a mailbox and is
proven to be ours (`proof`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from router.conversation.customer import person
from router.conversation.links import ANYBODY, Link, key_of
from router.mail.kind import Kind
from router.routing.analysis import Analysis
from router.routing.places import Places, Role
from router.routing.proof import of_ours
from router.store.messages import Known, Talk

SOURCE = "journal"  # of the sightings of enclosed mail

_AUTHORS = ("x-ms-exchange-organization-authas", "x-ms-exchange-crosstenant-authas")
RETURNED_CAP = 20  # Message-IDs of a bounce
_KEPT = (Role.INBOUND, Role.OUTBOUND)


class Way(NamedTuple):
    """What a mail is for, and for which mailboxes."""

    role: Role
    mailboxes: tuple[str, ...]
    copied: bool = False  # by the rules, although it is ours

    @property
    def by_rules(self) -> bool:
        """Whether the rules are asked."""
        return self.copied or self.role is Role.INBOUND


def by_itself(this: Analysis, places: Places) -> bool:
    """Whether the mail tells what it is, and not where it was seen: out of a report, or proven to be ours."""
    if this.seen.source == SOURCE:
        return True
    return places.roles(this.seen.recipients)[0] is Role.INBOUND and of_ours(this, places)


def is_outbound(this: Analysis, places: Places) -> bool:
    """Whether a mail is ours to somebody outside."""
    if by_itself(this, places):
        return is_ours(this, places) and not all(places.ours(one) for one in _people(this))
    return places.roles(this.seen.recipients)[0] is Role.OUTBOUND


def way(this: Analysis, places: Places, known: Known, links: Sequence[Link]) -> Way | None:
    """The way of a mail that tells it by itself, and that these links tie to others; None where it concerns no mailbox."""
    people = _people(this)
    role, named = places.roles(people)
    talks = _talks(leads(this, links), known)
    if is_outbound(this, places):
        sent_as, talk = _mailboxes(this, places), _talk_with(people, talks)
        if mailboxes := tuple(dict.fromkeys((*sent_as, *(named if role in _KEPT else ())))):
            return Way(Role.OUTBOUND, mailboxes, copied=role is Role.INBOUND and not sent_as and talk is None)
        return Way(Role.OUTBOUND, tuple(talk.mailboxes)) if talk else None
    if role is Role.INBOUND and named:
        return Way(role, named)
    if this.verdict.kind is Kind.BOUNCE:
        talk = next(talks, None)
    elif is_ours(this, places):
        return None
    else:
        talk = _talk_with({one.addr for one in (*this.message.from_, *this.message.reply_to)}, talks)
    return Way(Role.INBOUND, tuple(talk.mailboxes)) if talk else None


def is_ours(this: Analysis, places: Places) -> bool:
    """Whether one of us wrote it."""
    mail = this.message
    said = [value.strip().lower() for name in _AUTHORS for value in mail.header.all(name)]
    writers = [one.addr for one in mail.from_ or mail.sender] or ([this.seen.sender] if this.seen.sender else [])
    return bool(writers) and all(places.ours(one) for one in writers) and b"anonymous" not in said


def leads(this: Analysis, links: Sequence[Link]) -> tuple[bytes, ...]:
    """What may lead such a mail to a conversation: its links, then whoever else bears an id that it names."""
    mail = this.message
    returned = this.body.returned[:RETURNED_CAP] if this.verdict.kind is Kind.BOUNCE else ()
    named = (*mail.message_ids, *mail.in_reply_to, *reversed(mail.references), *returned)
    return (*(link.key for link in links), *(key_of(one, ANYBODY) for one in named))


def _talks(keys: Iterable[bytes], known: Known) -> Iterator[Talk]:
    """The conversations of mailboxes that it may belong to, the plainest first."""
    found = (known.talks.get(held.thread) for key in keys if (held := known.threads.get(key)) is not None)
    return (talk for talk in found if talk is not None and talk.mailboxes)


def _talk_with(people: Iterable[str], talks: Iterator[Talk]) -> Talk | None:
    """The first of them of which one of these is the customer, with a plus-tag or without."""
    persons = set(map(person, people))
    return next((talk for talk in talks if not persons.isdisjoint(map(person, talk.customers))), None)


def _people(this: Analysis) -> tuple[str, ...]:
    """Everybody whom such a mail goes to."""
    mail = this.message
    return tuple(dict.fromkeys((*this.seen.recipients, *(one.addr for one in (*mail.to, *mail.cc)))))


def _mailboxes(this: Analysis, places: Places) -> tuple[str, ...]:
    """The mailboxes in whose name it was sent."""
    mail = this.message
    senders = (*(one.addr for one in (*mail.from_, *mail.sender)), this.seen.sender)
    role, named = places.roles([one for one in senders if one])
    return named if role is Role.INBOUND else ()
