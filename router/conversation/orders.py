"""What a reply to a digest may order, as values."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Verb(StrEnum):
    """What may be ordered."""

    DONE = "done"
    PHONED = "phoned"
    MINE = "mine"
    TOMORROW = "tomorrow"
    SNOOZE = "snooze"
    PARK = "park"
    NEVER = "never"
    BACK = "back"
    FRESH = "fresh"


class Why(StrEnum):
    """Why a piece is no order."""

    WORDS = "words"  # some word of it is not known
    NUMBER = "number"  # which one?
    SPAN = "span"  # for how long?
    ALL = "all"  # not with this word


@dataclass(frozen=True, slots=True)
class Order:
    """One order, about some numbers of an edition."""

    verb: Verb
    numbers: tuple[int, ...] = ()
    everything: bool = False  # whatever is listed
    span: timedelta | None = None  # of SNOOZE and PARK
    until: date | None = None  # of the same


@dataclass(frozen=True, slots=True)
class Unclear:
    """A piece that is no order."""

    text: str
    why: Why


@dataclass(frozen=True, slots=True)
class Orders:
    """What a reply says."""

    orders: tuple[Order, ...] = ()
    unclear: tuple[Unclear, ...] = ()
