"""What becomes of an order about one line of an edition: a word on its conversation, or a reason why not. Pure policy.

An order is about the wait that was listed. If the customer has written since, whoever ordered has not seen it: then
nothing is closed or put off, and he is told so. Who does not wait any more is left as he is; but somebody to ring up waits
for nothing, and that he was rung, or need not be, is a word all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.conversation.edition import Edition, Item, Section
from router.conversation.letter import Deed
from router.conversation.mornings import Mornings
from router.conversation.orders import Order, Unclear, Verb
from router.conversation.standing import State

MOST = 10_000  # numbers that one reply may speak of: a first digest may list, and have parked, thousands


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation that an edition lists, as it stands now."""

    thread: str  # its present name
    customer: str | None
    name: str | None  # of the customer
    state: State
    since: datetime | None  # somebody waits since
    promise: bool  # we said that we come back
    snoozed_until: datetime | None
    taken_by: str | None
    answered: datetime | None
    answered_by: str | None
    wrote: datetime | None  # the customer wrote after the edition was made
    excused: bool  # the sender needs no answer, by a person's word


class Outcome(StrEnum):
    """What became of it."""

    CARRIED_OUT = "carried-out"
    ALREADY = "already"  # it stands so, or nobody waits any more
    WROTE_AGAIN = "wrote-again"
    NO_SUCH = "no-such"  # the edition has no such number, or its conversation is gone
    PAST = "past"  # the day has gone by
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Step:
    """One number of one order."""

    verb: Verb
    number: int
    outcome: Outcome
    item: Item | None = None
    deed: Deed | None = None  # to be said, if it is carried out
    until: datetime | None = None
    line: Line | None = None
    at: datetime | None = None  # the customer wrote again


@dataclass(frozen=True, slots=True)
class Served:
    """What became of wishes of the owner of an inbox, by their numbers and words."""

    sent: tuple[int, ...] = ()
    there: tuple[int, ...] = ()  # the inbox has them already
    unknown: tuple[int, ...] = ()
    words: tuple[str, ...] = ()  # carried out
    idle: tuple[str, ...] = ()  # changed nothing


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a reply."""

    steps: tuple[Step, ...] = ()
    served: Served | None = None  # of a reply to a letter about an inbox
    after: Mapping[int, Line] | None = None  # how the conversations stand now, by number
    unclear: tuple[Unclear, ...] = ()
    fresh: bool = False
    refused: str | None = None  # nothing was carried out; the code says why


_DEEDS = {
    Verb.DONE: Deed.CLOSE,
    Verb.PHONED: Deed.PHONED,
    Verb.MINE: Deed.TAKE,
    Verb.TOMORROW: Deed.SNOOZE,
    Verb.SNOOZE: Deed.SNOOZE,
    Verb.PARK: Deed.SNOOZE,
    Verb.NEVER: Deed.NEVER,
    Verb.BACK: Deed.REOPEN,
}
_ENDS = (Deed.CLOSE, Deed.PHONED, Deed.SNOOZE)


def numbers(edition: Edition, order: Order) -> list[int]:
    """What an order is about."""
    return [item.number for item in edition.items] if order.everything else list(order.numbers)


def step(order: Order, number: int, item: Item | None, line: Line | None, mornings: Mornings, now: datetime) -> Step:
    """What is to be done about one number."""
    if item is None or line is None:
        return Step(order.verb, number, Outcome.NO_SUCH, item)
    deed, until = _DEEDS[order.verb], _until(order, mornings, now)
    if deed is Deed.REOPEN and line.excused:
        deed = Deed.NEVER_MIND
    outcome, at = Outcome.CARRIED_OUT, None
    if deed is Deed.SNOOZE and until is not None and until <= now:
        outcome = Outcome.PAST
    elif deed in _ENDS and (at := _wrote(item, line)) is not None:
        outcome = Outcome.WROTE_AGAIN
    elif _stands_so(deed, line, item.section):
        outcome = Outcome.ALREADY
    return Step(order.verb, number, outcome, item, deed, until, line, at)


def _wrote(item: Item, line: Line) -> datetime | None:
    """When the customer wrote what the edition could not list."""
    began = line.since if line.since is not None and line.since > item.since else None
    return max((one for one in (began, line.wrote) if one is not None), default=None)


def _stands_so(deed: Deed, line: Line, section: Section) -> bool:
    match deed:
        case Deed.PHONED if section is Section.RING:
            return False  # each call is one
        case Deed.CLOSE if section is Section.RING:
            return line.state is State.CLOSED
        case Deed.CLOSE | Deed.PHONED:
            return line.since is None and not line.promise
        case Deed.SNOOZE:
            return line.since is None
        case Deed.NEVER:
            return line.excused
        case Deed.REOPEN:
            return line.since is not None and line.state is not State.SNOOZED
    return False


def _until(order: Order, mornings: Mornings, now: datetime) -> datetime | None:
    if order.verb is Verb.TOMORROW:
        return mornings.tomorrow(now)
    if order.span is not None:
        return mornings.after(now, order.span)
    return mornings.of(order.until) if order.until is not None else None


def on_a_day(edition: Edition, mornings: Mornings) -> str:
    """The day of an edition, as people name it."""
    return mornings.today(edition.at).isoformat()
