"""What a rule may ask of a message, and the answer: yes, no, or it cannot be told.

The third answer is the point of this module. A text that cannot be read does not "not contain" a word, and a rule
that withholds must not be passed by sending something unreadable. What an unsure answer does is decided in `rules`;
here nothing is ever guessed, and nothing ever raises because of what a message holds.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from router.conversation.hours import ServiceHours, is_open
from router.routing.globs import any_matches, compiled, fold

# Faults of a message that leave a key in doubt: what was not found may stand in the part that was not read.
_CUT = frozenset({"header-cut", "header-too-long", "too-many-fields", "unreadable"})
_FIELDS = _CUT | {"field-too-long"}
DOUBTS: Mapping[str, frozenset[str]] = {
    # Where a field stands twice, a mail program may show the one that was not read.
    "from": _FIELDS | {"several-from", "unreadable-from"},
    "to": _FIELDS | {"unreadable-to", "unreadable-cc"},
    "subject": _FIELDS | {"several-subject", "unreadable-subject"},
    "header": _FIELDS,
    "kind": _CUT,
    "body": frozenset({"too-many-parts", "too-deep"}),
}

Sign = Literal["<", "<=", ">", ">="]
_COMPARE: Mapping[Sign, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Size:
    """A limit on the whole message as it was received."""

    sign: Sign
    octets: int


@dataclass(frozen=True, slots=True)
class HoursCondition:
    """Received inside, or outside, the named hours."""

    name: str
    outside: bool


@dataclass(frozen=True, slots=True)
class Conditions:
    """The keys of `[rule.when]` and `[rule.unless]`: any value within a key, all keys together; None asks nothing."""

    mailbox: tuple[str, ...] | None = None
    from_: tuple[str, ...] | None = None  # `from` in the file
    to: tuple[str, ...] | None = None
    subject: tuple[str, ...] | None = None
    body: tuple[str, ...] | None = None
    kind: tuple[str, ...] | None = None
    header: tuple[tuple[str, tuple[str, ...]], ...] | None = None  # every name must be there with one of its values
    size: Size | None = None
    hours: HoursCondition | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one message when it is routed; addresses without names, text decoded."""

    mailboxes: frozenset[str]  # names of the mailboxes to which it was written
    sender: str  # of the envelope; empty for a bounce
    recipients: tuple[str, ...]  # of the envelope
    # Who wrote, as a reader sees it: the addresses of From. Neither Sender nor Reply-To, which name the service
    # that sent or where to answer. Where From has no address, the envelope sender stands in for it.
    from_: tuple[str, ...]
    to: tuple[str, ...]  # envelope recipients, To and Cc
    subject: str
    headers: Mapping[str, tuple[str, ...]]  # lower-case name: every decoded value
    text: str | None  # None: there is one and it cannot be read
    text_is_whole: bool
    kind: str
    size: int  # octets as received
    received: datetime  # aware
    faults: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """Whether conditions hold; `holds` is None where it cannot be told, and then `unsure` names the keys."""

    holds: bool | None
    unsure: tuple[str, ...] = ()


YES = Answer(True)


def ask(conditions: Conditions, facts: Facts, hours: Mapping[str, ServiceHours]) -> Answer:
    """Ask all the keys. One certain no is a no, whatever else cannot be told."""
    answers = _answers(conditions, facts, hours)
    if not answers:
        return YES
    if any(holds is False for holds in answers.values()):
        return Answer(False)
    unsure = tuple(key for key, holds in answers.items() if holds is None)
    return Answer(None if unsure else True, unsure)


def _answers(wanted: Conditions, facts: Facts, hours: Mapping[str, ServiceHours]) -> dict[str, bool | None]:
    """Answer each key that asks something."""
    answers: dict[str, bool | None] = {}
    if wanted.mailbox is not None:
        answers["mailbox"] = any_matches(wanted.mailbox, facts.mailboxes)
    if wanted.from_ is not None:
        answers["from"] = any_matches(wanted.from_, facts.from_ or (facts.sender,))
    if wanted.to is not None:
        answers["to"] = any_matches(wanted.to, (*facts.to, *facts.recipients))
    if wanted.subject is not None:
        answers["subject"] = any_matches(wanted.subject, (facts.subject,))
    if wanted.header is not None:
        answers["header"] = _header(wanted.header, facts.headers)
    if wanted.body is not None:
        answers["body"] = _body(wanted.body, facts)
    if wanted.kind is not None:
        # A mark that was not read would have made it another kind, so that what was found is in doubt as well.
        answers["kind"] = None if facts.faults & DOUBTS["kind"] else facts.kind in wanted.kind
    if wanted.size is not None:
        answers["size"] = _COMPARE[wanted.size.sign](facts.size, wanted.size.octets)
    if wanted.hours is not None:
        answers["hours"] = _hours(wanted.hours, facts.received, hours)
    if not facts.faults:
        return answers
    unsure = {key for key, doubts in DOUBTS.items() if facts.faults & doubts}
    return {key: None if holds is False and key in unsure else holds for key, holds in answers.items()}


def _header(wanted: tuple[tuple[str, tuple[str, ...]], ...], headers: Mapping[str, tuple[str, ...]]) -> bool:
    return all(any_matches(globs, headers.get(name.lower(), ())) for name, globs in wanted)


# One message is asked by all the rules before the next one comes.
_folded_text = lru_cache(maxsize=1)(fold)


def _body(globs: tuple[str, ...], facts: Facts) -> bool | None:
    """Of a text of which only the beginning is known, only a glob that ends in a star can be sure."""
    if facts.text is None:
        return None
    folded = _folded_text(facts.text)
    found = [glob for glob in globs if compiled(glob).covers(folded)]
    if facts.text_is_whole:
        return bool(found)
    return True if any(glob.endswith("*") for glob in found) else None


def _hours(wanted: HoursCondition, received: datetime, hours: Mapping[str, ServiceHours]) -> bool | None:
    named = hours.get(wanted.name)
    return None if named is None else is_open(named, received) is not wanted.outside
