"""What the state of a conversation is made of: its letters, and what people have said of it.

A letter is a message without its text: all that text tells about the state was read when the mail was routed. Values
only; who waits is settled in `standing`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.mail.kind import Kind


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a conversation."""

    id: str
    at: datetime  # of receipt
    ours: bool  # it was seen as sent by us
    kind: Kind
    needs_answer: bool
    customer: str | None  # whose letter it is; to whom, if it is ours
    author: str | None = None
    answer_to: frozenset[str] = frozenset()  # an answer to any of these reaches its author
    people: frozenset[str] = frozenset()  # its recipients outside of the company
    message_id: str | None = None
    courtesy: str | None = None  # the words by which it is nothing but thanks
    promise: str | None = None  # the words by which we promise to come back
    promise_due: datetime | None = None
    founder: str | None = None  # the inbox whose owner wrote it
    failed: frozenset[str] = frozenset()  # the recipients that a bounce names
    about: tuple[str, ...] = ()  # the Message-IDs of what a bounce returns
    vip: bool = False
    inside: bool = False  # it came in, and says that one of us wrote it: nothing proves that


class Deed(StrEnum):
    """What a person may say of a conversation; stored as the name of its event."""

    CLOSE = "close"  # it needs no answer any more
    SNOOZE = "snooze"  # not before an instant, unless the customer writes again
    REOPEN = "reopen"  # it waits after all
    TAKE = "take"  # somebody sees to it
    PHONED = "phoned"  # it was answered by telephone
    NEVER = "never"  # this sender needs no answer, now and later
    NEVER_MIND = "never-mind"  # this sender does, after all


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word on a conversation."""

    at: datetime
    deed: Deed
    by: str
    why: str | None = None
    until: datetime | None = None  # of SNOOZE
    customer: str | None = None  # of NEVER and NEVER_MIND: whom it is about
