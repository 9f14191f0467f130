"""What a weekly letter is made of, section by section. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from router.conversation.agenda import Waiter
from router.conversation.edition import Edition, Item
from router.conversation.goallines import GoalLine
from router.conversation.ownwords import OwnWords
from router.conversation.proof import Doubt, Proof
from router.conversation.weekly.figures import Founder, Mail, Thanks
from router.conversation.weekly.ourword import Promise, Settled, Stretch
from router.conversation.weekly.pairs import Pair
from router.conversation.weekly.ring import Call
from router.conversation.weekly.tale import Span
from router.digest.view import Blind
from router.store.rising import Rising

FIVE = 5  # people to ring, sentences, promises, and of those who wait longest


@dataclass(frozen=True, slots=True)
class Counted:
    """The week in figures."""

    days: Mapping[date, int]  # letters, by every day by which the span is called
    mail: Mail
    goals: Sequence[GoalLine]


@dataclass(frozen=True, slots=True)
class Calls:
    """People to ring."""

    calls: Sequence[Call]
    known: Mapping[str, tuple[int, datetime]]  # by customer: conversations, and the first letter


@dataclass(frozen=True, slots=True)
class Voices:
    """What customers say."""

    said: Sequence[OwnWords]
    rising: Rising
    signed: Mapping[str, str | None]  # names of customers, by message
    unnamed: frozenset[str]  # words that are names of staff, who may not be named


@dataclass(frozen=True, slots=True)
class Answers:
    """What we said, and how that was taken."""

    exchanges: Sequence[Pair]
    total: int  # answers that could have been drawn
    thanks: Sequence[tuple[Thanks, tuple[str, ...]]]  # and whom they thank: addresses
    own: Sequence[Founder]


@dataclass(frozen=True, slots=True)
class OurWord:
    """Whether we kept it."""

    promises: Sequence[Promise]
    stretch: tuple[Stretch, str] | None  # and the mailbox
    silent: Sequence[date]  # days without an answer
    settled: Sequence[Settled]

    def broken(self) -> list[Promise]:
        """Those that were not kept."""
        return [one for one in self.promises if one.kept is None]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Whoever waits, or was promised a word, for long; the longest first."""

    rows: Sequence[Waiter]
    names: Mapping[str, str]  # of customers to whom something was promised


@dataclass(frozen=True, slots=True)
class Trust:
    """How far all this can be relied on."""

    doubts: tuple[Doubt, ...]
    proof: Proof | None
    blind: tuple[Blind, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """All of it."""

    edition: Edition
    span: Span
    items: tuple[Item, ...]
    texts: Mapping[str, str]  # by message
    counted: Counted
    ring: Calls
    voices: Voices
    answers: Answers
    word: OurWord
    forgotten: Forgotten
    trust: Trust
