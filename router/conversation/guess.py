"""Which mails a subject ties: a guess, for mail programs that drop References and In-Reply-To.

Only mails of one customer with one topic, the later of which says nothing of what it answers:

    a reply ("Re:"), within two weeks of a letter that is none      whoever wrote either
    anything of ours, within a day of anything of the customer's    we hardly write unasked

A customer who begins anew under the same subject has begun anew, and a newsletter of his is no letter. All of this
follows from the two mails alone, by their times of receipt, so that the order of arrival does not matter here either.
The figures come from `benchmarks/threads.py`: wider windows make one conversation of several.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from router.conversation.customer import Parties, person
from router.conversation.links import digest
from router.conversation.subject import is_reply, topic

WINDOW = timedelta(days=14)  # of a first letter
OURS = timedelta(days=1)  # from a customer's mail to ours
WHY = "guess=subject"


@dataclass(frozen=True, slots=True)
class Trait:
    """What guessing goes by."""

    topic: bytes  # a hash of customer and topic
    at: datetime
    outbound: bool
    reply: bool  # its subject says so
    untied: bool  # it has nothing that says what it answers


def trait_of(subject: str, among: Parties, at: datetime, outbound: bool, untied: bool) -> Trait | None:
    """The trait of a person's mail; None where its subject or its people prove nothing."""
    # What goes among our own people, or to many, is about no customer.
    if among.customer is None or among.announcement or not (among.circle or among.writer):
        return None
    about = topic(subject)
    if about is None:
        return None
    return Trait(digest(f"{person(among.customer.addr)}\n{about}"), at, outbound, is_reply(subject), untied)


def alike(one: Trait, other: Trait) -> bool:
    """Whether two mails are guessed to belong together."""
    if one.topic != other.topic:
        return False
    # Of two at the same instant each may be the later one.
    return (one.at <= other.at and _answers(one, other)) or (other.at <= one.at and _answers(other, one))


def _answers(earlier: Trait, later: Trait) -> bool:
    if not later.untied:
        return False
    apart = later.at - earlier.at
    if later.reply and not earlier.reply:
        return apart <= WINDOW
    return later.outbound and not earlier.outbound and apart <= OURS
