"""Short forms into the long form, as plain dictionaries, before anything is checked.

Owns what `address`, `open`, `answer_within`, `digest_to`, [microsoft365] and [google] stand for, and names that are
derived from addresses. Remembers where each made-up key comes from, so that a fault names what was written. It must
never refuse anything: what makes no sense is left as it is for the checks to find.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from router.config.wording import Loc

Table = dict[str, Any]

MICROSOFT365 = "microsoft365"
GOOGLE = "google"


@dataclass(frozen=True, slots=True)
class Platform:
    """Where a platform's servers stand, and what its oauth entry takes from the short form."""

    provider: str
    imap: str
    smtp: str
    keys: tuple[str, ...]
    imap_port: int = 993
    smtp_port: int = 587


PLATFORMS: Mapping[str, Platform] = {
    MICROSOFT365: Platform(
        "microsoft",
        "outlook.office365.com",
        "smtp.office365.com",
        ("tenant", "client_id", "certificate_file", "client_secret_file", "secret_expires", "token_file", "authority"),
    ),
    GOOGLE: Platform("google", "imap.gmail.com", "smtp.gmail.com", ("service_account_file",)),
}


# National clouds have mail servers of their own: by the host of the authority, for IMAP and SMTP.
_CLOUDS: Mapping[str, tuple[str, str]] = {
    "login.microsoftonline.us": ("outlook.office365.us", "smtp.office365.us"),
    "login.partner.microsoftonline.cn": ("partner.outlook.cn", "smtp.partner.outlook.cn"),
    "login.chinacloudapi.cn": ("partner.outlook.cn", "smtp.partner.outlook.cn"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an entry was written, where that is not where it stands now."""

    label: str | None = None
    renamed: Mapping[Loc, Loc] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expanded:
    """A document in its long form."""

    tables: Table
    short: Mapping[str, Any]  # [microsoft365] and [google] as they were written
    origins: Mapping[tuple[str, int], Origin]
    clashes: tuple[str, ...]  # mailboxes that give both hours and open


def label(table: str, index: int, entry: object) -> str:
    """How an entry of an array is named: 'mailbox[2] "support"'."""
    name = entry.get("name") if isinstance(entry, dict) else None
    known = isinstance(name, str) and name != _nameless(table, index)
    return f'{table}[{index + 1}] "{name}"' if known else f"{table}[{index + 1}]"


def _nameless(table: str, index: int) -> str:
    """A name where none can be derived, so that whatever hinders it is the only fault."""
    return f"{table}-{index + 1}"


def entries(tables: Table, key: str) -> list[Table]:
    """The entries of an array that are tables; others are for the checks."""
    found = tables.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def expand(document: Mapping[str, Any]) -> Expanded:
    """The long form of a document; the document itself stays as it is."""
    tables = deepcopy(dict(document))
    origins: dict[tuple[str, int], Origin] = {}
    short = {key: tables.pop(key) for key in PLATFORMS if key in tables}
    clashes = []
    for index, mailbox in enumerate(entries(tables, "mailbox")):
        _addresses(mailbox, index, origins)
        mailbox.setdefault("name", _name(mailbox.get("addresses")) or _nameless("mailbox", index))
        where = label("mailbox", index, mailbox)
        if "hours" in mailbox and mailbox.pop("open", None) is not None:
            clashes.append(where)
        _mailbox(tables, mailbox, where, origins)
    for index, inbox in enumerate(entries(tables, "inbox")):
        inbox.setdefault("name", _name([inbox.get("address")]) or _nameless("inbox", index))
    for key, table in short.items():
        if isinstance(table, dict):
            _platform(tables, key, table, origins)
    for index, source in enumerate(entries(tables, "source")):
        source.setdefault("name", _name([source.get("username")]) or _nameless("source", index))
    return Expanded(tables, short, origins, tuple(clashes))


def _addresses(mailbox: Table, index: int, origins: dict[tuple[str, int], Origin]) -> None:
    if "address" not in mailbox:
        return
    address, more = mailbox.pop("address"), mailbox.get("addresses", [])
    mailbox["addresses"] = [address, *more] if isinstance(more, list) else more
    renamed: dict[Loc, Loc] = {("addresses", 0): ("address",)}
    if isinstance(more, list):
        renamed |= {("addresses", place + 1): ("addresses", place) for place in range(len(more))}
    origins["mailbox", index] = Origin(renamed=renamed)


def _name(addresses: object) -> str | None:
    """A name from the local part of the first address."""
    first = addresses[0] if isinstance(addresses, list) and addresses else None
    local = first.partition("@")[0].lower() if isinstance(first, str) else ""
    return re.sub(r"[^a-z0-9._-]+", "-", local).strip("-._") or None


def _mailbox(tables: Table, mailbox: Table, where: str, origins: dict[tuple[str, int], Origin]) -> None:
    """`open`, `answer_within` and `digest_to` into entries of their own."""
    name = mailbox.get("name")
    if "open" in mailbox:
        hours = {"name": name, "open": mailbox.pop("open")}
        _add(tables, "hours", hours, Origin(where, {("name",): ("open",)}), origins)
        mailbox["hours"] = name
    if "answer_within" in mailbox:
        goal = {"name": f"{name} answers", "mailboxes": [name], "within": mailbox.pop("answer_within")}
        goal["clock"] = "service" if "hours" in mailbox else "customer"
        _add(tables, "goal", goal, Origin(where, {(key,): ("answer_within",) for key in ("name", "within")}), origins)
    if "digest_to" in mailbox:
        digest = {"name": f"{name}-nightly", "mailboxes": [name], "to": mailbox.pop("digest_to")}
        _add(tables, "digest", digest, Origin(where, {(key,): ("digest_to",) for key in ("name", "to")}), origins)


def _platform(tables: Table, key: str, table: Table, origins: dict[tuple[str, int], Origin]) -> None:
    """An oauth entry, a source for each mailbox, an IMAP target for each inbox that says nothing else, a relay."""
    platform = PLATFORMS[key]
    oauth = {"name": key, "provider": platform.provider}
    _add(tables, "oauth", oauth | {name: table[name] for name in platform.keys if name in table}, Origin(key), origins)
    imap, smtp = _CLOUDS.get(_host(table.get("authority")), (platform.imap, platform.smtp))
    login = {"host": imap, "port": platform.imap_port, "security": "tls", "oauth": key}
    watched = _watched(tables)
    for index, mailbox in enumerate(entries(tables, "mailbox")):
        name, addresses = mailbox.get("name"), mailbox.get("addresses")
        listed = [one for one in addresses if isinstance(one, str)] if isinstance(addresses, list) else []
        if listed and name not in watched and not watched & {one.casefold() for one in listed}:
            source = {"name": f"{name}-imap", "mailbox": name, "username": listed[0]} | login
            origin = Origin(label("mailbox", index, mailbox), {("username",): ("addresses", 0)})
            _add(tables, "source", source, origin, origins)
    for inbox in entries(tables, "inbox"):
        address, says = inbox.get("address"), {"path", "host", "password_file", "oauth"} & inbox.keys()
        if isinstance(address, str) and not says and inbox.get("deliver", "imap") == "imap":
            inbox |= {"deliver": "imap", "username": address} | login | inbox
    router = tables.get("router")
    sender = router.get("address") if isinstance(router, dict) else None
    if "relay" not in tables and isinstance(sender, str):
        relay = {"host": smtp, "port": platform.smtp_port, "security": "starttls", "username": sender, "oauth": key}
        tables["relay"] = relay


def _host(authority: object) -> str:
    try:
        return urlsplit(authority).hostname or "" if isinstance(authority, str) else ""
    except ValueError:
        return ""


def _watched(tables: Table) -> set[object]:
    """Mailboxes, by name or by address, that somebody has written a source for; those of staff are others."""
    found: set[object] = set()
    for source in entries(tables, "source"):
        if source.get("kind", "mailbox") == "mailbox" and isinstance(name := source.get("mailbox"), str):
            found.add(name)
        if isinstance(username := source.get("username"), str):
            found.add(username.casefold())
    return found


def _add(tables: Table, key: str, entry: Table, origin: Origin, origins: dict[tuple[str, int], Origin]) -> None:
    listed = tables.setdefault(key, [])
    if isinstance(listed, list):
        origins[key, len(listed)] = origin
        listed.append(entry)
