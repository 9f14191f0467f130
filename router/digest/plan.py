"""What a composer of digests must know of an installation: plain values, and the questions that others answer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from router.conversation.agenda import Waiter
from router.conversation.clocks import ServiceClock
from router.conversation.edition import Edition
from router.conversation.goallines import GoalLine, Limit
from router.conversation.hours import ServiceHours
from router.digest.letter import Composed
from router.store.reading import Connection
from router.store.wordweeks import Scope

Compose = Callable[[Connection, Edition, Edition | None], Composed]
ClockOf = Callable[[str | None], ServiceClock]  # of a mailbox, up to the instant that it was made for


class Goals(Protocol):
    """How the goals of these mailboxes stand."""

    def __call__(self, connection: Connection, mailboxes: Collection[str], now: datetime) -> Sequence[GoalLine]: ...


class Limits(Protocol):
    """The limit of each who waits, by conversation; nothing for those whom no goal is about."""

    def __call__(self, connection: Connection, rows: Sequence[Waiter], now: datetime) -> Mapping[str, Limit]: ...


def no_goals(connection: Connection, mailboxes: Collection[str], now: datetime) -> Sequence[GoalLine]:
    """Where there are none."""
    return ()


def no_limits(connection: Connection, rows: Sequence[Waiter], now: datetime) -> Mapping[str, Limit]:
    """Where there are no goals."""
    return {}


@dataclass(frozen=True, slots=True)
class Plan:
    """One [[digest]]."""

    name: str
    title: str  # begins the subject: the name of the mailbox
    mailboxes: tuple[str, ...]
    zone: ZoneInfo
    promising: ZoneInfo | None = None  # by whose midnight a promised day ends; None: that of the digest
    sources: frozenset[str] = frozenset()  # the watched accounts that show mail of these mailboxes
    listener: bool = False  # what customers write comes to the listener, and from no watched account
    name_staff: bool = False
    weekly: bool = False
    whole: bool = True  # of all mailboxes
    founders: frozenset[str] = frozenset()  # their addresses: they may be named
    shared: frozenset[str] = frozenset()  # addresses that nobody is called by: those of mailboxes
    scope: Scope | None = None  # whose words a weekly letter counts
    stop_words: tuple[str, ...] = ()  # never rise


@dataclass(frozen=True, slots=True)
class Post:
    """In whose name digests go out."""

    address: str  # ours, the From
    hostname: str
    token: Callable[[str], str]  # signs the name of a mail (`mark.make`)
    reply: Callable[[str], str]  # the address that a signed name makes (`bounces`)


@dataclass(frozen=True, slots=True)
class Office:
    """All that is the same for every digest."""

    clocks: Callable[
        [datetime, datetime], ClockOf
    ]  # service clocks for instants not before the first, up to the second
    cures: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # by mailbox: how its answers can be shown to us
    templates: Path | None = None
    hours: Mapping[str, ServiceHours] = field(default_factory=dict)  # by mailbox; without any it never closes
    goals: Goals = no_goals
    limits: Limits = no_limits
