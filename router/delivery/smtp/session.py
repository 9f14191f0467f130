"""A session with a mail server: connected, encrypted, greeted and logged in, ready for mail.

aiosmtplib does all that, each step a command and its reply; then its transport goes to a `Link`, on which several
commands and mails may be under way at once. TLS is never given up: where STARTTLS is asked for and not offered, there
is no session. What goes wrong here is the place's fault and no mail's.
"""

import asyncio
import os
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)

from router.delivery.smtp.link import Ended, Link
from router.delivery.smtp.login import log_in
from router.oauth.tokens import NoToken, OAuthTrouble, TokenRefused, Tokens

MOST_MAILS = 100  # in one session; balancers of load like clients that come anew now and then
LONGEST = 300.0  # seconds that a session is used


class CannotSend(Exception):
    """There is no session with this mail server now; the words say why."""

    def __init__(self, words: str, of_login: bool = False) -> None:
        super().__init__(words)
        self.of_login = of_login  # it is our login that is refused: somebody has to mend it


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for an answer: RFC 5321 section 4.5.3.2, and a shorter time to connect."""

    connect: float = 30.0
    greeting: float = 300.0  # TLS, EHLO and login too
    mail: float = 300.0
    recipient: float = 300.0
    data: float = 120.0
    block: float = 180.0
    end: float = 600.0
    quit: float = 5.0


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server that takes our mail."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    hostname: str  # our own, for EHLO
    username: str | None = None
    password_file: Path | None = None  # read at every login
    tokens: Tokens | None = None  # instead of a password
    tls: ssl.SSLContext | None = None  # None: the authorities that this machine trusts
    patience: Patience = field(default_factory=Patience)


class Session:
    """An open session."""

    def __init__(self, relay: Relay, link: Link, extensions: dict[str, str]) -> None:
        self.relay = relay
        self.link = link
        self.pipelining = "pipelining" in extensions  # RFC 2920
        self.eight_bit = "8bitmime" in extensions  # RFC 6152
        self.sizes = "size" in extensions  # RFC 1870
        self.largest = int(limit) if (limit := extensions.get("size", "").strip()).isdigit() else 0  # 0: unknown
        self.completed = 0  # mails that were taken or refused whole
        self.half = False  # a transaction was left half way: RSET comes first
        self._opened = asyncio.get_running_loop().time()

    @property
    def worn(self) -> bool:
        """Whether the next mail had better go over a new one."""
        old = asyncio.get_running_loop().time() - self._opened > LONGEST
        return self.link.fault is not None or self.completed >= MOST_MAILS or old

    @property
    def lasts(self) -> bool:
        """Whether, after the mail under way, another one may go over it."""
        return not self.worn and self.completed + 1 < MOST_MAILS

    async def quit(self) -> None:
        """End it in good manners."""
        with suppress(Ended):
            self.link.write(b"QUIT\r\n", 1)
            await self.link.reply(self.relay.patience.quit)
        self.link.end("ended by us", abort=True)  # nothing is left to be said, and some never answer the end of TLS


async def connect(relay: Relay) -> Session:
    """Open a session. Raises `CannotSend`."""
    try:
        try:
            client = await _open(relay)
        except TokenRefused as refused:
            if not refused.again:
                raise
            client = await _open(relay)
    except (SMTPException, OSError, TimeoutError, ValueError, OAuthTrouble) as error:
        raise CannotSend(f"{relay.host}:{relay.port}: {_words(error)}", _of_login(error)) from error
    return Session(relay, Link(cast(asyncio.Transport, client.transport)), client.esmtp_extensions)


async def _open(relay: Relay) -> SMTP:
    """Connect, encrypt, greet and log in."""
    client = SMTP(
        hostname=relay.host,
        sock=await asyncio.wait_for(_reach(relay.host, relay.port), relay.patience.connect),
        local_hostname=relay.hostname,
        timeout=relay.patience.greeting,
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        tls_context=relay.tls or await asyncio.to_thread(_trusted),
    )
    try:
        await client.connect()
        await _greet(client)
        if relay.username is not None:
            await log_in(client, relay.username, relay.password_file, relay.tokens)
        if client.transport is None:
            raise SMTPException("the server closed the connection")
    except BaseException:
        client.close()
        raise
    return client


def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts at this time: an authority that was added or renewed counts without a restart."""
    store = ssl.get_default_verify_paths()
    places = [Path(place) for place in (store.cafile, store.capath) if place]
    return _authorities(tuple((place, place.stat().st_mtime_ns) for place in places if place.exists()))


@lru_cache(maxsize=1)
def _authorities(_places: tuple[tuple[Path, int], ...]) -> ssl.SSLContext:
    """Those of these files in these states; reading them takes longer than many mails."""
    return ssl.create_default_context()


async def _reach(host: str, port: int) -> socket.socket:
    """A connected socket: the library has one timeout for this and for a greeting, which may take minutes."""
    loop, failed = asyncio.get_running_loop(), OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        one = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
        try:
            await loop.sock_connect(one, address)
        except BaseException as error:
            one.close()
            if not isinstance(error, OSError):
                raise
            failed = error
        else:
            return one
    raise failed


async def _greet(client: SMTP) -> None:
    """EHLO, or HELO for an old server; a second time after STARTTLS (RFC 3207 section 4.2)."""
    try:
        await client.ehlo()
    except SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


def _of_login(error: BaseException) -> bool:
    """Whether somebody has to mend our login; a server that cannot look it up now (454) has not refused it."""
    if isinstance(error, SMTPAuthenticationError):
        return error.code >= 500
    return isinstance(error, TokenRefused)


def _words(error: BaseException) -> str:
    """What went wrong, for people."""
    if isinstance(error, TokenRefused):
        return f"the login is refused: {error.values.get('said')} [{error.code}]"
    if isinstance(error, NoToken):
        return f"no access token: {error}"
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS: {cause.reason or cause}"
    if isinstance(error, SMTPResponseException):
        said = f"{error.code} {error.message}".replace("\n", " ")
        match error:
            case SMTPAuthenticationError():
                return f"{'the login is refused' if _of_login(error) else 'no login for now'}: {said}"
            case SMTPConnectResponseError():
                return f"greeting: {said}"
            case SMTPHeloError():
                return f"EHLO: {said}"
        return said
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return f"its name is not found: {cause.strerror}"
    if isinstance(cause, OSError) and cause.errno:
        said = os.strerror(cause.errno)
        return f"{said}: {cause.filename}" if cause.filename else said
    return str(cause) or type(cause).__name__
