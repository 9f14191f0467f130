"""What a digest shows: one model for the text and for the HTML, so that the twins list the same. Values only.

Everything that a stranger wrote has been through `words.shown`: one line, no control characters, capped.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.conversation.goallines import GoalLine, Limit
from router.conversation.proof import Doubt, Proof


@dataclass(frozen=True, slots=True)
class Ours:
    """The last thing that we did."""

    at: datetime
    by: str | None
    founder: bool
    phoned: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation, under its number."""

    number: int
    since: datetime
    wrote: datetime  # the receipt of the letter; of ours, where nobody waits
    seconds: int  # of customer's time
    service_seconds: int
    nights: int
    name: str | None = None  # of the customer, else the address
    address: str | None = None  # where it can be searched for
    mailbox: str | None = None  # None where a digest has one
    vip: bool = False
    subject: str = ""
    words: str = ""  # the first ones of the letter
    limit: Limit | None = None
    missed: bool = False  # that limit is over
    bar: int = 2  # percent of the longest wait, or of a week
    letters: int = 1
    again: int = 0
    ours: Ours | None = None
    returned: datetime | None = None  # a mail of ours bounced in this wait
    promise: str | None = None
    promised_by: str | None = None
    promise_due: datetime | None = None
    taken_by: str | None = None
    brief: bool = False  # there is not room enough to say it at length


@dataclass(frozen=True, slots=True)
class Part:
    """A section; it has more lines than are shown where `hidden` says so."""

    section: str
    total: int
    lines: tuple[Line, ...]

    @property
    def hidden(self) -> int:
        """How many lines there is no room for."""
        return self.total - len(self.lines)


@dataclass(frozen=True, slots=True)
class ClearedLine:
    """What the last edition listed and this one does not."""

    number: int  # in the last edition
    name: str | None
    subject: str
    why: str
    at: datetime | None
    by: str | None
    founder: bool
    until: datetime | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Blind:
    """A mailbox whose answers cannot be seen: how many may wait, and the cure."""

    mailbox: str
    count: int
    cure: dict[str, object]


@dataclass(frozen=True, slots=True)
class View:
    """One edition, for one reader."""

    title: str
    zone: ZoneInfo
    at: datetime  # when it was due
    now: datetime
    kind: str
    late: bool
    missed: int  # editions before it
    matter: str  # of which somebody is told at once: "again" or "vip"; "" in a digest
    asked: bool  # of an instant that is not the present: nothing is proved
    waiting: int
    customers: int  # different ones among them
    past_goal: int
    first: Line | None  # with whom to begin
    parts: tuple[Part, ...]
    cleared: tuple[ClearedLine, ...]
    cleared_total: int
    old: int  # wait for longer than `park`, where that is worth an offer
    park: timedelta
    goals: tuple[GoalLine, ...]
    doubts: tuple[Doubt, ...]
    blind: tuple[Blind, ...]
    sighted: bool  # of at least one mailbox the answers can be seen
    proof: Proof | None
    answerers: tuple[str, ...]  # names, where they may be named
    reply_to: str | None  # None: nobody can reply to it

    @property
    def listed(self) -> int:
        """How many lines it has, shown or not."""
        return sum(part.total for part in self.parts)

    @property
    def cleared_hidden(self) -> int:
        """How many that were cleared there is no room for."""
        return self.cleared_total - len(self.cleared)
