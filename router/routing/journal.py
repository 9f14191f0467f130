"""What a mail is that a journal report brought: a customer's, ours to a customer, or none of our business. Pure policy.

The journal of a company holds everybody's mail. Kept is only what concerns a mailbox:

    to a mailbox                       inbound; by its envelope, or by To and Cc, since servers resolve aliases
    from a mailbox to a customer       outbound
    ours to a customer                 outbound, of the mailbox that it names, else of the conversation that it belongs to
    from a customer to one of us       inbound, where it belongs to a conversation of a mailbox
    a bounce to one of us              inbound, where what it returns does

The journal proves who wrote a mail, except where Exchange itself says that it came in from outside: it journals a forged
sender of our own domain like any other. What staff write to a mailbox beside a customer, and no known conversation holds,
is no recognised answer: it is copied as well.
"""

from collections.abc import Mapping
from typing import NamedTuple

from router.mail.kind import Kind
from router.routing.analysis import Analysis
from router.routing.places import Places, Role
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


def way(this: Analysis, places: Places, known: Known) -> Way | None:
    """The way of an enclosed mail; None for one that concerns no mailbox."""
    mail = this.message
    people = tuple(dict.fromkeys((*this.seen.recipients, *(one.addr for one in (*mail.to, *mail.cc)))))
    role, named = places.roles(people)
    talk = _talk(this, known.threads, known.talks)
    if this.verdict.kind is Kind.BOUNCE and talk is not None and not named:
        return Way(Role.INBOUND, tuple(talk.mailboxes))
    if not is_ours(this, places):
        if role is Role.INBOUND and named:
            return Way(role, named)
        writers = {one.addr for one in (*mail.from_, *mail.reply_to)}
        return Way(Role.INBOUND, tuple(talk.mailboxes)) if talk and writers & talk.customers else None
    if all(places.ours(one) for one in people):
        return Way(role, named) if role is Role.INBOUND and named else None
    sent_as = _mailboxes(this, places)
    if mailboxes := tuple(dict.fromkeys((*sent_as, *(named if role in _KEPT else ())))):
        return Way(Role.OUTBOUND, mailboxes, copied=role is Role.INBOUND and not sent_as and talk is None)
    return Way(Role.OUTBOUND, tuple(talk.mailboxes)) if talk and talk.customers.intersection(people) else None


def is_ours(this: Analysis, places: Places) -> bool:
    """Whether one of us wrote it."""
    mail = this.message
    said = [value.strip().lower() for name in _AUTHORS for value in mail.header.all(name)]
    writers = [one.addr for one in mail.from_ or mail.sender] or ([this.seen.sender] if this.seen.sender else [])
    return bool(writers) and all(places.ours(one) for one in writers) and b"anonymous" not in said


def named_by(this: Analysis) -> tuple[str, ...]:
    """The Message-IDs by which an enclosed mail may belong to a conversation, the nearest first."""
    mail = this.message
    returned = this.body.returned[:RETURNED_CAP] if this.verdict.kind is Kind.BOUNCE else ()
    return (*mail.message_ids, *mail.in_reply_to, *reversed(mail.references), *returned)


def _talk(this: Analysis, threads: Mapping[str, str], talks: Mapping[str, Talk]) -> Talk | None:
    """The conversation of some mailbox that it belongs to."""
    found = (talks.get(threads[one]) for one in named_by(this) if one in threads)
    return next((talk for talk in found if talk is not None and talk.mailboxes), None)


def _mailboxes(this: Analysis, places: Places) -> tuple[str, ...]:
    """The mailboxes in whose name it was sent."""
    mail = this.message
    senders = (*(one.addr for one in (*mail.from_, *mail.sender)), this.seen.sender)
    role, named = places.roles([one for one in senders if one])
    return named if role is Role.INBOUND else ()
