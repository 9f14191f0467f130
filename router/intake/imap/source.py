"""What is watched, as plain values, and how patient we are with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours
from router.imap.connection import Account

UTC = ZoneInfo("UTC")
Role = Literal["inbound", "outbound", "journal", "own"]


class Kind(StrEnum):
    """Whose account it is."""

    MAILBOX = "mailbox"  # customers write to it
    STAFF = "staff"  # somebody's own: only what was sent to customers
    EXECUTIVE = "executive"  # an executive's own: only what belongs to a known conversation
    OWN = "own"  # the router's

    @property
    def by_header(self) -> bool:
        """Whether a mail is fetched only where its header shows that it is our business."""
        return self in (Kind.STAFF, Kind.EXECUTIVE)

    @property
    def reads_inbound(self) -> bool:
        """Whether mail that comes in is read."""
        return self is not Kind.STAFF

    @property
    def reads_sent(self) -> bool:
        """Whether sent mail is read."""
        return self is not Kind.OWN


@dataclass(frozen=True, slots=True)
class Company:
    """The addresses that mail is known by."""

    resolve: Callable[[str], tuple[str | None, Role] | None]  # one of the listener's addresses → mailbox and role
    inbound: Mapping[str, str]  # by mailbox: the address that customers write to
    outbound: Mapping[str, str]  # by mailbox: the address that copies of our answers come to
    router: str | None  # the router's own
    ours: Callable[[str], bool]  # whether an address is the company's
    is_copy: Callable[[str], bool]  # whether what stands in X-Router-Copy is a mark of ours


@dataclass(frozen=True, slots=True)
class Source:
    """One watched account."""

    name: str
    kind: Kind
    account: Account
    mailbox: str | None  # whose mail it is; None: by recipient
    inbound: tuple[str, ...]  # folders, as paths
    sent: tuple[str, ...]  # none: found by their names
    quiet_limit: timedelta | None = None  # of service hours without a mail
    hours: ServiceHours | None = None  # None: all
    zone: ZoneInfo = UTC  # whose nights are quiet


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    idle: float = 60.0  # at the most in one IDLE; servers may hang up after 29 minutes (RFC 2177)
    idle_first: float = 0.25  # the first one after something came: what was told beside an answer is found by a look
    poll: float = 15.0  # between looks where a server has no IDLE
    others: float = 15.0  # between looks into further folders
    listed: float = 300.0  # between looks for folders of sent mail, where they are found by their names
    stuck: float = 300.0  # without any progress before the connection is ended from outside
    stable: float = 30.0  # that a connection has to last before failures are forgotten
    first_pause: float = 1.0  # before the next attempt
    longest_pause: float = 900.0
    mail_pause: float = 30.0  # the longest where one mail is to blame: it holds up the others until it is set aside
    broken: float = 300.0  # of failure before anybody is told
    copes: float = 5.0  # between attempts to hand mail to a store that refuses


@dataclass(frozen=True, slots=True)
class Limits:
    """Octets and counts."""

    batch_octets: int = 4_000_000  # in one FETCH
    batch_mails: int = 100
    sizes: int = 300  # mails whose sizes are asked for at a time; the command stays far under 8,000 octets (RFC 7162)
    large: int = 1_000_000  # octets from which a mail is fetched alone, in pieces
    piece: int = 1_000_000
    search: int = 20_000  # UIDs in one search: a line of answers has at most a million octets
    healed: int = 1_000  # mails that a folder with new UIDs may bring by itself


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source is watched; tests are in a hurry."""

    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=Limits)
