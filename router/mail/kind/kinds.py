"""The sorts of mail, and what a judgement is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of mail it is."""

    PERSON = "person"  # somebody wrote it, or nothing says that nobody did
    AUTO_REPLY = "auto-reply"  # out of office, and whatever else answers by itself
    ACKNOWLEDGEMENT = "acknowledgement"  # "we have received your mail", from a ticket system
    CHALLENGE = "challenge"  # "prove that you are a person before I deliver your mail"
    BOUNCE = "bounce"  # could not be delivered, for good
    DELAY = "delay"  # not delivered yet
    DELIVERY_REPORT = "delivery-report"  # was delivered
    READ_RECEIPT = "read-receipt"  # was opened, or deleted unread
    FEEDBACK_REPORT = "feedback-report"  # a recipient pressed "spam"
    CALENDAR = "calendar"  # an invitation was answered
    REACTION = "reaction"  # an emoji on a mail of ours
    LIST = "list"  # came through a mailing list
    BULK = "bulk"  # newsletters, campaigns, notifications of machines
    SPAM = "spam"  # by the verdict of a trusted hop only
    OWN = "own"  # our own copies and digests, coming back


MACHINE: frozenset[Kind] = frozenset(
    {
        Kind.AUTO_REPLY,
        Kind.ACKNOWLEDGEMENT,
        Kind.CHALLENGE,
        Kind.BOUNCE,
        Kind.DELAY,
        Kind.DELIVERY_REPORT,
        Kind.READ_RECEIPT,
        Kind.FEEDBACK_REPORT,
    }
)

# What an inbox may have a folder of its own for.
AUTOMATIC: frozenset[Kind] = MACHINE | {Kind.LIST, Kind.BULK, Kind.SPAM}

NO_ANSWER: frozenset[Kind] = AUTOMATIC | {Kind.CALENDAR, Kind.REACTION, Kind.OWN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement and what it rests on; reasons are codes with values, which templates word."""

    kind: Kind
    reasons: tuple[str, ...]  # the decisive one first
    needs_answer: bool
    needs_reasons: tuple[str, ...]
