"""What a weekly letter shows: one model for the text and for the HTML, so that the twins list the same. Values only.

Everything that a person wrote has been through `words.shown`. A colleague without a name is None where staff may not be
named; the template says "a colleague".
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from router.conversation.goallines import GoalLine
from router.conversation.proof import Doubt, Proof
from router.digest.view import Blind


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody to ring."""

    number: int
    name: str | None
    address: str | None
    mailbox: str | None  # None where a letter has one
    vip: bool
    letters: int
    others: int  # conversations beside this one
    since: int | None  # the year of the first letter on record, if it is not this one
    subject: str
    words: str  # a sentence of theirs
    wrote: datetime
    ours: str  # the beginning of our last word
    answered: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a customer."""

    text: str
    name: str | None
    subject: str = ""
    at: datetime | None = None
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class Risen:
    """A word that rises."""

    word: str
    customers: int
    mean: float
    quotes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, and what we said to it."""

    name: str | None
    subject: str
    question: str
    asked: datetime
    answer: str
    answered: datetime
    by: str | None
    took: int  # seconds


@dataclass(frozen=True, slots=True)
class Praise:
    """Thanks."""

    name: str | None
    words: str
    at: datetime
    to: tuple[str | None, ...]  # whom they thank


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that fell due without a word of ours."""

    number: int | None  # None: somebody has written since
    name: str | None
    mailbox: str | None
    vip: bool
    phrase: str
    by: str | None
    said: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Old:
    """One of those who have waited longest."""

    number: int
    name: str | None
    address: str | None
    mailbox: str | None
    vip: bool
    subject: str
    words: str
    since: datetime
    seconds: int
    promise: str | None  # nobody waits, and this has fallen due
    taken: bool
    taken_by: str | None
    bar: int


@dataclass(frozen=True, slots=True)
class Own:
    """A founder's own answer."""

    founder: str
    name: str | None
    at: datetime
    mailbox: str
    took: int  # seconds


@dataclass(frozen=True, slots=True)
class Day:
    """How many letters came on a day."""

    day: date
    letters: int
    bar: int  # percent of the fullest day


@dataclass(frozen=True, slots=True)
class Counts:
    """The week in figures; times are of what can be seen."""

    letters: int
    people: int
    days: tuple[Day, ...]  # empty where they are too many to be shown
    half: int | None  # seconds
    slowest: int | None
    slow: str | None  # whose that was
    waits: bool  # it still is one


@dataclass(frozen=True, slots=True)
class Word:
    """Whether we kept our word."""

    stretch: int | None  # open seconds; None where nobody waited
    stretch_begin: datetime | None
    stretch_end: datetime | None
    stretch_mailbox: str | None
    silent: tuple[date, ...]  # days without an answer
    kept: int  # promises
    broken: int
    lines: tuple[Broken, ...]
    settled: int
    median: int | None  # seconds
    again: int  # of these, those who had to write again


L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Rows(Generic[L]):
    """Lines of one kind, and how many there are in all."""

    total: int
    lines: tuple[L, ...]

    @property
    def hidden(self) -> int:
        """How many there is no room for."""
        return self.total - len(self.lines)


@dataclass(frozen=True, slots=True)
class WeekView:
    """One weekly letter, for one reader."""

    title: str  # names of its mailboxes
    whole: bool  # of all mailboxes
    zone: ZoneInfo
    at: datetime  # when it was due
    now: datetime
    begin: datetime  # of what it tells
    first: date  # the days by which it is called
    last: date
    kind: str
    late: bool
    missed: int
    asked: bool
    week: Counts
    goals: tuple[GoalLine, ...]
    ring: Rows[Ring]
    said: tuple[Said, ...]
    rising: tuple[Risen, ...]
    doubtful: tuple[str, ...]  # words that may have risen by chance
    too_early: bool  # nothing to compare with yet
    weeks: int  # before, that there are
    counted: date  # the Monday of the week whose words are counted
    exchanges: Rows[Exchange]  # the total is that of our answers
    praise: Rows[Praise]
    word: Word
    forgotten: tuple[tuple[int, int], ...]  # days, and how many wait for longer
    old: Rows[Old]
    own: Rows[Own]
    by_founder: tuple[tuple[str, int], ...]
    doubts: tuple[Doubt, ...]
    blind: tuple[Blind, ...]
    sighted: bool
    proof: Proof | None
    answerers: tuple[str, ...]
    reply_to: str | None

    @property
    def listed(self) -> int:
        """How many lines have a number."""
        return len(self.ring.lines) + len(self.old.lines) + sum(one.number is not None for one in self.word.lines)
