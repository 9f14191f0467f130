"""The settings: everything that the configuration says, in its long form, frozen.

Owns which addresses the listener takes, and as what. It must never read a file; `load` makes it, and nothing below
`router.cli` and `router.daemon` sees it whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from router.config.general import Alarm, Delivery, Log, Retention, Router
from router.config.people import Digest, Goal, Hours, Inbox, Mailbox
from router.config.transport import OAuth, Relay, Smtp, Source
from router.routing.rules import Rule

Role = Literal["inbound", "outbound", "journal", "own"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """What mail to one of the listener's addresses is."""

    mailbox: str | None
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One configuration, checked."""

    file: Path
    folder: Path
    router: Router
    smtp: Smtp | None
    relay: Relay | None
    oauths: tuple[OAuth, ...]
    mailboxes: tuple[Mailbox, ...]
    inboxes: tuple[Inbox, ...]
    sources: tuple[Source, ...]
    hours: tuple[Hours, ...]
    goals: tuple[Goal, ...]
    digests: tuple[Digest, ...]
    retention: Retention
    delivery: Delivery
    alarm: Alarm
    log: Log
    rules: tuple[Rule, ...]

    def recipients(self) -> Mapping[str, Recipient]:
        """Every address that the listener takes, in lower case; plus forms are for `accepts`."""
        journal = self.smtp.journal if self.smtp else ()
        return _recipients(self.router.address, self.mailboxes, journal)

    def way_out(self, inbox: Inbox) -> Inbox | Relay:
        """Whose host and login take an SMTP inbox's copies: its own, or else those of [relay]."""
        return inbox if inbox.host is not None or self.relay is None else self.relay


def accepts(settings: Settings, addr: str) -> Recipient | None:
    """What an address of the envelope stands for; None where the listener does not take it."""
    wanted = addr.lower()
    known = settings.recipients().get(wanted)
    if known:
        return known
    local, _, domain = wanted.rpartition("@")
    own = Recipient(None, "own")
    if domain and domain == settings.router.bounce_domain:
        return own if local else None
    plain = f"{local.partition('+')[0]}@{domain}"
    return own if "+" in local and plain == settings.router.address else None


@lru_cache(maxsize=4)
def _recipients(
    address: str | None, mailboxes: tuple[Mailbox, ...], journal: tuple[str, ...]
) -> Mapping[str, Recipient]:
    found: dict[str, Recipient] = {address: Recipient(None, "own")} if address else {}
    found |= {one: Recipient(None, "journal") for one in journal}
    for mailbox in mailboxes:
        found |= {one: Recipient(mailbox.name, "outbound") for one in mailbox.outbound}
        found |= {one: Recipient(mailbox.name, "inbound") for one in (*mailbox.addresses, *mailbox.intake)}
    return MappingProxyType(found)
