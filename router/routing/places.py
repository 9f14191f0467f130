"""Where mail comes in and where copies go, as plain values: what routing needs of the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours
from router.conversation.rhythm import AT_ONCE, Rhythm
from router.mail.kind import NOBODY, Company
from router.routing.rules import Rule


class Role(StrEnum):
    """What an address of the listener is for."""

    INBOUND = "inbound"  # customers write to it
    OUTBOUND = "outbound"  # copies of our answers come to it
    JOURNAL = "journal"  # journal reports
    OWN = "own"  # the router's own mailbox


_ORDER = tuple(Role)  # which one wins


@dataclass(frozen=True, slots=True)
class Inbox:
    """An executive's inbox."""

    name: str
    address: str
    delivers: bool  # False: somebody else copies, we only count
    findable: bool = True  # whether a copy can be looked for there: not where mail is sent by SMTP
    skip_addressed: bool = False  # no copy of what its owner has by the envelope
    automatic_folder: str | None = None  # where mail goes that no person wrote
    answers: bool = False  # our answers are put beside the question
    marked: bool = False  # a copy is marked once its mail is answered
    rhythm: Rhythm = AT_ONCE  # whether a copy goes at once, or waits for a bundle


@dataclass(frozen=True, slots=True)
class Places:
    """The part of the configuration that routing goes by; replaced as a whole on reload."""

    resolve: Callable[[str], tuple[str | None, Role] | None]  # an address of the listener → mailbox and role
    mailbox_address: Mapping[str, str]  # the address that customers know it by
    inboxes: Sequence[Inbox]
    rules: Sequence[Rule]
    hours: Mapping[str, ServiceHours]
    zone: ZoneInfo  # in which a rule's days are meant
    address: str | None = None  # our own, which munged copies come from
    company: Company = NOBODY  # whom the mail is for, as far as its kind depends on it
    ours: Callable[[str], bool] = lambda address: False  # whether an address, in lower case, is one of our side
    loop_limit: int = 5  # mails in an hour that have come back through an inbox
    found_in: Mapping[str, str] = field(default_factory=dict)  # watched accounts of executives: source → inbox
    tenant: frozenset[str] = frozenset()  # watched accounts of our own Exchange: what it says of a mail's author holds
    trusts: Callable[[str], bool] = lambda peer: False  # whether the address of a peer is that of a hop of ours
    names: tuple[str, ...] = field(init=False)  # of the inboxes, in their order
    by_name: Mapping[str, Inbox] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(inbox.name for inbox in self.inboxes))
        object.__setattr__(self, "by_name", {inbox.name: inbox for inbox in self.inboxes})

    def is_mailbox(self, address: str) -> bool:
        """Whether customers write to it."""
        place = self.resolve(address)
        return place is not None and place[1] is Role.INBOUND and place[0] is not None

    def takes_reports(self, address: str) -> bool:
        """Whether an address is one of those that journal reports come to."""
        place = self.resolve(address)
        return place is not None and place[1] is Role.JOURNAL

    def roles(self, recipients: Sequence[str]) -> tuple[Role, tuple[str, ...]]:
        """What a transmission to these recipients is, and the mailboxes it names, in order.

        Customers' mail wins over every other role: it must not be missed because an answer was copied along.
        """
        found = [place for address in recipients if (place := self.resolve(address)) is not None]
        role = next((role for role in _ORDER if any(role is r for _, r in found)), Role.INBOUND)
        names = dict.fromkeys(name for name, r in found if r is role and name is not None)
        return role, tuple(names)
