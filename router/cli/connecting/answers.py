"""What has to be known of a company: given by options, else asked for on a terminal. A secret is never among it."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from router.cli.common import USAGE, Failure
from router.config import Settings
from router.config.fields import address, domain, secure_url, zone
from router.config.transport import OAuth
from router.config.wording import refusal

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known; empty and None are what is not."""

    mailbox: tuple[str, ...] = ()  # that customers write to
    inbox: tuple[str, ...] = ()  # that copies go to
    address: str | None = None  # our own mailbox
    operator: tuple[str, ...] = ()
    timezone: str | None = None
    tenant: str | None = None
    client_id: str | None = None
    certificate: Path | None = None  # None: our own
    secret_file: Path | None = None  # instead
    authority: str | None = None  # None: the usual one


def client_id(value: object) -> str:
    """An application's id; its object id looks the same."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _UUID.fullmatch(text):
        raise refusal('an Application (client) ID, such as "1f0c2b7e-0000-4000-8000-00000000c11e"')
    return text


READERS: Mapping[str, Callable[[object], Any]] = {
    "mailbox": address,
    "inbox": address,
    "address": address,
    "operator": address,
    "timezone": lambda value: zone(value).key,
    "tenant": domain,  # or an id, which looks like one
    "client_id": client_id,
    "authority": secure_url,
}
_QUESTIONS: Mapping[str, str] = {
    "mailbox": "The mailboxes that customers write to (addresses, a space between them)",
    "inbox": "Who gets the copies (addresses)",
    "address": "The router's own mailbox, which alarms and digests come from",
    "operator": "Who is told when something breaks (addresses)",
    "timezone": "Time zone",
    "tenant": "The tenant at Microsoft (a domain or an id)",
    "client_id": "Application (client) ID, which the steps above end with",
}
NEEDED = tuple(_QUESTIONS)
_SEVERAL = ("mailbox", "inbox", "operator")


def option(name: str) -> str:
    """How an option is written."""
    return "--" + name.replace("_", "-")


def complete(known: Answers, *names: str) -> Answers:
    """The same with these; asks for them on a terminal, and ends with wrong usage elsewhere."""
    lacking = [name for name in names if not getattr(known, name)]
    if lacking and not sys.stdin.isatty():
        hint = "; without an application as yet, --steps prints how to make one" if "client_id" in lacking else ""
        raise Failure(f"missing: {', '.join(map(option, lacking))}{hint}", USAGE)
    for name in lacking:
        known = replace(known, **{name: _ask(name, _guess(name, known))})
    return known


def _ask(name: str, guess: str | None) -> Any:
    """A terminal's answer, asked for until it is one."""

    def read(text: str) -> Any:
        try:
            found = tuple(map(READERS[name], re.split(r"[\s,]+", text.strip()))) if name in _SEVERAL else None
            return found or READERS[name](text.strip())
        except ValueError as error:
            raise click.UsageError(f"expected {error}") from error

    return click.prompt(_QUESTIONS[name], default=guess, value_proc=read)


def _guess(name: str, known: Answers) -> str | None:
    """What is likely."""
    where = known.mailbox[0].rpartition("@")[2] if known.mailbox else None
    if name == "timezone":
        found = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
        return found if "/" in found and "UTC" not in found else None
    guesses = {"address": f"router@{where}", "tenant": where} if where else {}
    return guesses.get(name)


def contradiction(known: Answers, settings: Settings, oauth: OAuth) -> str | None:
    """The first option that says otherwise than a configuration that is there."""
    there: Mapping[str, set[object]] = {
        "mailbox": {one for mailbox in settings.mailboxes for one in mailbox.addresses},
        "inbox": {one.address for one in settings.inboxes},
        "address": {settings.router.address},
        "operator": {*settings.router.operator},
        "timezone": {settings.router.timezone.key},
        "tenant": {oauth.tenant},
        "client_id": {oauth.client_id},
        "certificate": {oauth.certificate_file and oauth.certificate_file.resolve()},
        "secret_file": {oauth.client_secret_file and oauth.client_secret_file.resolve()},
        "authority": {oauth.authority},
    }
    for name, values in there.items():
        given = getattr(known, name)
        if given and not {*given} <= values if isinstance(given, tuple) else given and given not in values:
            return option(name)
    return None
