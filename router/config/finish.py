"""Defaults of one table that come from another: domains, zones, ports, listener addresses, limits of big providers.

Owns what a setting is that nobody wrote. It must never refuse anything.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from ipaddress import ip_network
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from router.config.base import Part
from router.config.draft import Draft, Entry
from router.config.general import Router
from router.config.opening import DAYS
from router.config.people import Digest, Inbox, Mailbox
from router.config.providers import is_public, takes
from router.config.transport import Relay, Smtp, Source

P = TypeVar("P", bound=Part)

EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
WEEKLY_AT, WEEKLY_DAYS = time(18), ("sun",)  # when founders have an hour to read, and before the week begins
LEAST_FREE = 100_000_000  # bytes on the disk of the database
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}


def finish(draft: Draft) -> Draft:
    """The same draft with every default filled in; what hangs on a faulty table stays as it is."""
    mailboxes = draft.mailboxes
    if draft.router:
        mailboxes = tuple(_with(one, _mailbox(one.value, draft.router.hostname)) for one in mailboxes)
    zone = draft.router.timezone if draft.router else ZoneInfo("UTC")
    everyone = draft.names("mailbox")
    return replace(
        draft,
        router=_router(draft, draft.router),
        smtp=_smtp(draft.smtp),
        relay=_relay(draft.relay),
        mailboxes=mailboxes,
        inboxes=tuple(_with(one, _inbox(one.value, draft.relay)) for one in draft.inboxes),
        sources=tuple(_with(one, _source(one)) for one in draft.sources),
        hours=tuple(_with(one, {} if "timezone" in one.given else {"timezone": zone}) for one in draft.hours),
        goals=tuple(_with(one, {"mailboxes": one.value.mailboxes or everyone}) for one in draft.goals),
        digests=tuple(_with(one, _digest(one, everyone, zone)) for one in draft.digests),
    )


def _with(entry: Entry[P], found: Mapping[str, object]) -> Entry[P]:
    return replace(entry, value=entry.value.model_copy(update=dict(found)))


def _router(draft: Draft, router: Router | None) -> Router | None:
    """Own domains are those of the mailboxes, faulty ones too; copies stay within them."""
    if router is None:
        return None
    written = (address for mailbox in draft.raw("mailbox") for address in _listed(mailbox))
    domains = {address.rpartition("@")[2].lower(): None for address in written if isinstance(address, str)}
    own = router.own_domains or tuple(domain for domain in domains if domain and not is_public(domain))
    largest = draft.smtp.max_message_size if draft.smtp else 0
    least = router.min_free_space or max(LEAST_FREE, 2 * largest)
    return router.model_copy(
        update={"own_domains": own, "copy_domains": router.copy_domains or own, "min_free_space": least}
    )


def _listed(mailbox: Mapping[str, object]) -> list[object]:
    found = mailbox.get("addresses")
    return found if isinstance(found, list) else []


def _mailbox(mailbox: Mailbox, hostname: str) -> dict[str, object]:
    """The addresses for bcc maps."""
    name = mailbox.name.lower()
    return {
        "intake": mailbox.intake or (f"{name}@{hostname}",),
        "outbound": mailbox.outbound or (f"{name}-sent@{hostname}",),
    }


def _smtp(smtp: Smtp | None) -> Smtp | None:
    """Whoever proves who they are may come from anywhere, unless it is said from where."""
    if smtp is None or "allow_from" in smtp.model_fields_set or not (smtp.users_file or smtp.tls_client_ca):
        return smtp
    return smtp.model_copy(update={"allow_from": EVERYWHERE})


def _relay(relay: Relay | None) -> Relay | None:
    if relay is None or "port" in relay.model_fields_set:
        return relay
    return relay.model_copy(update={"port": SMTP_PORTS[relay.security]})


def _source(entry: Entry[Source]) -> dict[str, object]:
    return {} if "port" in entry.given else {"port": IMAP_PORTS[entry.value.security]}


def _inbox(inbox: Inbox, relay: Relay | None) -> dict[str, object]:
    """Port and account of an IMAP inbox, port of an SMTP one of its own, and what its provider takes."""
    found: dict[str, Any] = {}
    if inbox.deliver == "smtp" and "security" not in inbox.model_fields_set:
        found["security"] = "starttls"
    if inbox.host:
        ports = IMAP_PORTS if inbox.deliver == "imap" else SMTP_PORTS
        found["port"] = inbox.port or ports[found.get("security", inbox.security)]
    if inbox.deliver == "imap":
        found["username"] = inbox.username or inbox.address
    if inbox.deliver in ("imap", "smtp"):
        host = inbox.host or (relay.host if relay and inbox.deliver == "smtp" else None)
        found |= {key: limit for key, limit in takes(host).items() if key not in inbox.model_fields_set}
    return found


def _digest(entry: Entry[Digest], everyone: tuple[str, ...], zone: ZoneInfo) -> dict[str, object]:
    digest = entry.value
    weekly = digest.kind == "weekly"
    usual = WEEKLY_DAYS if weekly else DAYS
    found: dict[str, object] = {"mailboxes": digest.mailboxes or everyone, "days": digest.days or usual}
    if weekly and "at" not in entry.given:
        found["at"] = WEEKLY_AT
    return found if "timezone" in entry.given else found | {"timezone": zone}
