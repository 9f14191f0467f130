"""All tries that a configuration asks for, and running them side by side, each within a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from router.cli.checking import local
from router.cli.checking.answers import answers
from router.cli.checking.finding import FAULT, Finding, Way
from router.cli.checking.imap import ImapTry
from router.cli.checking.oauth import OAuthTry
from router.cli.checking.smtp import HASTY, Recipient, RelayTry
from router.cli.checking.source import SourceTry
from router.config import Faults, Settings, mailing
from router.config.people import Inbox
from router.config.transport import Relay as RelaySettings
from router.config.transport import Source
from router.delivery.smtp.session import Relay
from router.destinations import bounces, imap_account, relay_at
from router.logins import Logins
from router.oauth.tokens import Purpose
from router.store.dialect import sqlite_path
from router.tasks import Lane
from router.wiring import credentials, watched_source

SECONDS = 30.0  # for each
_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Try:
    """One of them."""

    what: str
    name: str
    run: Callable[[], Awaitable[list[Finding]]]


async def run(tries: list[Try], seconds: float = SECONDS) -> AsyncIterator[list[Finding]]:
    """Everything that is found, in the order in which it is known."""
    room = asyncio.Semaphore(_TOGETHER)

    async def one(this: Try) -> list[Finding]:
        async with room:
            try:
                return await asyncio.wait_for(this.run(), seconds)
            except TimeoutError:
                return [Finding(this.what, this.name, FAULT, "too-slow", {"seconds": seconds})]

    for found in asyncio.as_completed([one(this) for this in tries]):
        yield await found


def tries(settings: Settings) -> list[Try]:
    """What is to be tried."""
    logins = Logins(settings)
    return [
        *_here(settings),
        *_oauths(settings, logins),
        *_imaps(settings, logins),
        *_sources(settings, logins),
        *_relays(settings, logins),
        _answers(settings),
    ]


def _here(settings: Settings) -> Iterator[Try]:
    url, smtp = settings.router.database, settings.smtp
    path = sqlite_path(url)
    if path is not None:
        yield _blocking("database", path.name, partial(local.sqlite, path, settings.router.min_free_space or 0))
    else:
        yield _blocking("database", "postgresql", partial(local.server, url))
    if smtp is not None:
        name = f"{smtp.listen[0]}:{smtp.listen[1]}"
        yield _blocking("listener", name, partial(local.listener, *smtp.listen))
        if smtp.tls_certificate is not None or smtp.users_file is not None:
            yield _blocking("listener", name, partial(_credentials, settings, name))
    for inbox in settings.inboxes:
        if inbox.deliver == "maildir" and inbox.path is not None:
            yield _blocking("inbox", inbox.name, partial(local.maildir, inbox.name, inbox.path))


def _credentials(settings: Settings, name: str) -> list[Finding]:
    try:
        credentials(settings)
    except Faults as faults:
        return [Finding("listener", name, FAULT, "credentials", {"said": str(fault)}) for fault in faults.faults]
    return []


def _oauths(settings: Settings, logins: Logins) -> Iterator[Try]:
    """Each [[oauth]], with the first account for each purpose."""
    wanted: dict[str, dict[Purpose, str]] = {name: {} for name in logins.keepers}
    ways: list[tuple[Purpose, Inbox | RelaySettings | Source]] = [("smtp", settings.relay)] if settings.relay else []
    ways += [("smtp" if one.deliver == "smtp" else "imap", one) for one in settings.inboxes]
    ways += [("imap", one) for one in settings.sources]
    for purpose, way in ways:
        if way.oauth and way.username:
            wanted[way.oauth].setdefault(purpose, way.username)
    for name, keeper in logins.keepers.items():
        ending = next((one for one in logins.endings if one.oauth == name), None)
        one = OAuthTry(keeper, wanted[name], ending.what if ending else None, ending.ends if ending else None)
        yield _blocking("oauth", name, one.run)


def _imaps(settings: Settings, logins: Logins) -> Iterator[Try]:
    for inbox in settings.inboxes:
        if inbox.deliver != "imap":
            continue
        account = replace(imap_account(inbox, logins), connect_seconds=10.0, answer_seconds=20.0)
        way = Way(
            f"[[inbox]] {inbox.name}",
            account.host,
            account.port,
            account.security,
            account.username,
            inbox.password_file,
            inbox.oauth,
        )
        one = ImapTry(inbox.name, account, way, _folders(inbox), _largest(settings))
        yield _blocking("inbox", inbox.name, one.run)


def _sources(settings: Settings, logins: Logins) -> Iterator[Try]:
    for source in settings.sources:
        watched = watched_source(settings, source, logins)
        account = replace(watched.account, connect_seconds=10.0, answer_seconds=20.0)
        way = Way(
            f"[[source]] {source.name}",
            account.host,
            account.port,
            account.security,
            account.username,
            source.password_file,
            source.oauth,
        )
        yield _blocking("source", source.name, SourceTry(replace(watched, account=account), way).run)


def _answers(settings: Settings) -> Try:
    return _blocking("mailbox", "answers", partial(answers, settings))


def _folders(inbox: Inbox) -> list[str]:
    return list(dict.fromkeys(path for path in (inbox.folder, inbox.automatic_folder) if path))


def _relays(settings: Settings, logins: Logins) -> Iterator[Try]:
    """Each login once, whoever is behind it."""
    behind: dict[Relay, list[Recipient]] = {}
    where: dict[Relay, str] = {}
    oauths: dict[Relay, str | None] = {}
    router, relay = settings.router, settings.relay
    for inbox in settings.inboxes:
        if inbox.deliver == "smtp":
            way = settings.way_out(inbox)
            server = relay_at(settings, way, logins)
            oauths[server] = way.oauth
            behind.setdefault(server, []).append(Recipient("inbox", inbox.name, inbox.address))
            where.setdefault(server, "[relay]" if inbox.host is None else f"[[inbox]] {inbox.name}")
    for address, own in mailing.by_mail(settings).items():
        if own is not None:  # its server was tried above; [relay] comes below
            behind[relay_at(settings, own, logins)].append(Recipient("digest", address, address))
    if relay is not None:
        server = relay_at(settings, relay, logins)
        oauths[server] = relay.oauth
        where[server] = "[relay]"
        operators = [Recipient("operator", one, one) for one in router.operator if router.address]
        readers = [Recipient("digest", one, one) for one in mailing.by_mail(settings)]
        behind.setdefault(server, []).extend([*operators, *readers])
    # Such as that of copies; without an address of ours the null one (RFC 5321 section 4.5.5).
    ours = router.address is not None or router.bounce_domain is not None
    sender = bounces(settings, b"check")("check") if ours else ""
    for server, recipients in behind.items():
        name = f"{server.host}:{server.port}"
        login = (server.security, server.username, server.password_file, oauths[server])
        account = Way(where[server], server.host, server.port, *login)
        hasty = replace(server, patience=HASTY)
        one = RelayTry(name, hasty, account, sender, recipients, _largest(settings))
        yield Try("relay", name, one.run)


def _largest(settings: Settings) -> int | None:
    return settings.smtp.max_message_size if settings.smtp else None


def _blocking(what: str, name: str, work: Callable[[], list[Finding]]) -> Try:
    """In a thread of its own: what hangs holds up nobody else, nor our end."""

    async def run() -> list[Finding]:
        return await Lane(f"check {name}").call(work)

    return Try(what, name, run)
