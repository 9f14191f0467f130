"""One issue of a digest, and what it lists. Values only.

An edition has a slot of its digest, or a matter of which somebody is told at once. It is made once for all of its
recipients, so that its numbers mean the same to each of them, also in a reply weeks later.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Why an edition was made."""

    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    AT_ONCE = "at-once"  # a matter that does not wait for a slot
    ASKED = "asked"  # by a reply that wants it fresh, or by a command
    BUNDLE = "bundle"  # the copies of an inbox that waited for it: see `rhythm`
    MONTH = "month"  # at the end of a rule with a last day
    BEGUN = "begun"  # nothing was sent: from then on the digest is known, and its slots count


class Section(StrEnum):
    """Where an item stands: in a nightly digest, in this order, and below in a weekly letter."""

    AGAIN = "again"  # the customer wrote again after our answer
    STILL = "still"  # was listed before
    NEW = "new"
    PROMISED = "promised"  # nobody waits, but we said that we would come back
    FINISHED = "finished"  # probably: thanks, and nothing else
    RING = "ring"  # nobody waits: somebody to ring up
    FORGOTTEN = "forgotten"  # waits, or was promised a word, for more than a week


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an edition: a conversation, by the number that people reply with."""

    number: int  # from 1
    thread: str
    section: Section
    since: datetime  # the wait that was listed: a later one is another matter; of RING the silence after our last word
    nights: int = 1  # the how many-th edition in a row that lists this wait


@dataclass(frozen=True, slots=True)
class Edition:
    """One issue of a digest."""

    id: str
    digest: str  # the name of the [[digest]]
    kind: Kind
    slot: str  # unique per digest: the local date of a slot, or what an edition at once is about
    at: datetime  # when the slot was due
    made: datetime
    recipients: tuple[str, ...]  # addresses; the place of one is part of his reply address
    items: tuple[Item, ...] = ()
    missed: int = 0  # slots before this one that nobody was there to serve


def bundles_of(inbox: str) -> str:
    """What the bundles of an inbox stand under, in the place of a [[digest]]."""
    return f"{Kind.BUNDLE}:{inbox}"


def months_of(inbox: str) -> str:
    """The same of the letters that tell it the ends of rules."""
    return f"{Kind.MONTH}:{inbox}"
