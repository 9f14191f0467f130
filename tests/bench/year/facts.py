"""What the inventor of a mail knows of it. Nothing here was read from a mail or computed by the router."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """What an event means for whoever waits in its conversation."""

    ASKS = "asks"  # the customer wants an answer
    THANKS = "thanks"  # the customer thanks, and nothing else
    ANSWERS = "answers"  # one of us wrote to the customer
    LOST = "lost"  # an answer of ours has not arrived: the news of it
    PHONED = "phoned"  # somebody says that he answered by telephone
    CLOSED = "closed"  # somebody says that it needs no answer
    SNOOZED = "snoozed"  # somebody does not want to see it before an instant
    TOOK = "took"  # somebody sees to it
    NOTHING = "nothing"  # machine mail, mail to colleagues: changes nothing


@dataclass(frozen=True, slots=True)
class Fact:
    """The meaning of one event."""

    story: int  # the conversation, as its inventor counts; 0: none
    what: What
    by: str = ""  # whose mail or word it is
    promises: bool = False  # of an answer: that we will come back
    promise_due: datetime | None = None  # by when; None: no day was named
    lost: int | None = None  # of LOST: the number of the event that has not arrived
    until: datetime | None = None  # of SNOOZED
    founder: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation."""

    number: int
    mailbox: str
    customer: str  # an address
    name: str
    subject: str
    vip: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at an instant: a transmission, or a person's word."""

    number: int  # of the year, from 1
    at: datetime
    fact: Fact
    sender: str = ""  # of the envelope; empty also of a bounce
    recipients: tuple[str, ...] = ()
    content: bytes = b""  # of a transmission
    about: str = ""  # of a word: the Message-ID that leads to the conversation

    @property
    def is_word(self) -> bool:
        """Whether a person says it with a command, instead of a mail."""
        return not self.content


@dataclass(frozen=True, slots=True)
class Past:
    """A mail from before the year, which is imported."""

    at: datetime
    mailbox: str
    sent: bool  # by us
    content: bytes
    fact: Fact


@dataclass(frozen=True, slots=True)
class Planted:
    """What a weekly letter has to find, by the Monday of its week; and nothing else of the kind."""

    rising: dict[str, str]  # Monday → the word; only the first week in which it must be told
    gave_up: dict[str, tuple[str, ...]]  # Monday of the week in which they fell silent → addresses
    thanked: dict[str, str]  # Monday → whom they thank
    silent_day: str  # the day on which no answer left
    broken_promise: str  # the customer who has waited since long before the year


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that happens, in order."""

    stories: dict[int, Story]
    events: tuple[Event, ...]
    past: tuple[Past, ...]
    planted: Planted
