"""Where a conversation stands: who waits since when, and what tells us so. Values only; `story` computes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Of a conversation."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"  # by a person
    SNOOZED = "snoozed"  # waits, and is not to be shown before an instant
    NONE = "none"  # needs no answer
    UNKNOWN = "unknown"  # would wait, but answers cannot be seen: told by whoever knows that, never computed here


class Part(StrEnum):
    """What a letter is in its conversation."""

    LETTER = "letter"  # begins a wait
    REMINDER = "reminder"  # a further letter before the answer
    AGAIN = "again"  # a letter after our answer: begins a wait
    COURTESY = "courtesy"  # thanks, and nothing else
    NEEDS_NONE = "needs-none"
    BOUNCE = "bounce"  # says that something of ours has not arrived
    ANSWER = "answer"  # ended a wait
    WORD = "word"  # a further word of ours to the customer, or the first
    BOUNCED = "bounced"  # would be an answer, had it arrived
    ASIDE = "aside"  # ours, and not to the customer, or written by no person


class How(StrEnum):
    """What ended a wait."""

    ANSWER = "answer"
    PHONE = "phone"
    CLOSED = "closed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a wait: the evidence."""

    at: datetime
    how: How
    by: str | None  # an address
    message: str | None = None  # the answer
    founder: str | None = None  # the inbox whose owner wrote it


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer's wait for us."""

    customer: str | None
    since: datetime
    letters: tuple[str, ...]  # the first began it
    again: bool  # it began after an answer of ours
    courtesy: str | None = None  # the words that make us think that it is finished
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Pledge:
    """A promise of ours to come back, with no word of ours since."""

    message: str
    said: datetime
    due: datetime
    phrase: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands."""

    state: State
    waits: tuple[Wait, ...]  # in the order of their beginning
    parts: Mapping[str, Part]  # by letter
    answered: End | None  # the last answer, by mail or by telephone
    pledge: Pledge | None
    snoozed_until: datetime | None
    taken_by: str | None
    vip: bool

    @property
    def open(self) -> tuple[Wait, ...]:
        """The waits that have no end: the oldest first, those that are probably finished last."""
        waits = [wait for wait in self.waits if wait.end is None]
        return tuple(sorted(waits, key=lambda wait: (wait.courtesy is not None, wait.since)))

    @property
    def letters(self) -> int:
        """How many letters of customers it has that asked for an answer, or thanked for one."""
        return sum(part in _CUSTOMERS for part in self.parts.values())

    @property
    def again(self) -> int:
        """How many times a customer wrote again after an answer of ours."""
        return sum(part is Part.AGAIN for part in self.parts.values())


_CUSTOMERS = (Part.LETTER, Part.REMINDER, Part.AGAIN, Part.COURTESY)
