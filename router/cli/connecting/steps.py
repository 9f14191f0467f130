"""What an administrator of the company has to do, with the company's real names: text, and PowerShell that can be pasted.

Everything that becomes part of PowerShell is quoted here. It must never hold a secret: the certificate is the public part.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from router.cli.render import render
from router.config import Settings
from router.config.transport import OAuth
from router.oauth.certificate import Pair
from router.oauth.claims import Claims

TITLE = "All emails to my inbox"  # of the application
RIGHTS = ("IMAP.AccessAsApp", "SMTP.SendAsApp")
# Where the modules for PowerShell log in, by the host of the authority.
_CLOUDS = {
    "login.microsoftonline.us": ("USGov", "O365USGovGCCHigh"),
    "login.partner.microsoftonline.cn": ("China", "O365China"),
    "login.chinacloudapi.cn": ("China", "O365China"),
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Whose mailboxes the application has to open."""

    watched: tuple[str, ...]  # those that customers write to
    copied: tuple[str, ...]
    sender: str | None  # in whose name mail of ours leaves


@dataclass(frozen=True, slots=True)
class Proof:
    """What the application shows: a certificate, or a secret in a file."""

    pair: Pair | None
    public: str | None  # where the certificate alone is, to be uploaded
    secret: Path | None


def accounts(settings: Settings, oauth: OAuth) -> Accounts:
    """Those of a configuration that log in by this [[oauth]]."""
    watched = [one.username.lower() for one in settings.sources if one.oauth == oauth.name]
    copied = [one.username.lower() for one in settings.inboxes if one.oauth == oauth.name and one.username]
    relay = settings.relay
    sender = relay.username if relay and relay.oauth == oauth.name else None
    return Accounts(tuple(dict.fromkeys(watched)), tuple(dict.fromkeys(copied)), sender)


def steps(tenant: str, client_id: str | None, authority: str | None, proof: Proof, who: Accounts, known: Claims) -> str:
    """The text; `known` is what a token tells, where one is granted already."""
    graph, exchange = _CLOUDS.get(urlsplit(authority or "").hostname or "", (None, None))
    lacking = [one for one in RIGHTS if one not in known.rights]
    opened = tuple(dict.fromkeys([*who.watched, *who.copied]))
    values: dict[str, Any] = {
        "part": "steps",
        "title": TITLE,
        "rights": RIGHTS,
        "tenant": tenant,
        "client_id": client_id,
        "object_id": known.object_id or None,
        "registered": known.readable,
        "granted": known.readable and not lacking,
        "lacking": lacking,
        "public": proof.public,
        "thumbprint": proof.pair.thumbprint if proof.pair else None,
        "ends": proof.pair.ends if proof.pair else None,
        "secret": str(proof.secret) if proof.secret else None,
        "certificate": "".join(proof.pair.certificate.split("\n")[1:-2]) if proof.pair else None,
        "opened": opened,
        "watched": who.watched,
        "sender": who.sender,
        "graph": graph,
        "exchange": exchange,
        "quoted": {one: _quoted(one) for one in (tenant, TITLE, *opened, *([who.sender] if who.sender else []))},
    }
    return render("connect.txt.j2", values)


def _quoted(text: str) -> str:
    """A text in PowerShell; in single quotes nothing but these has a meaning."""
    return "'" + text.replace("'", "''") + "'"
