"""The way to an IMAP account: TLS, and a login that is not hammered when it is refused.

A certificate is always verified, except with security "none", where there is none.
"""

import imaplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, LoginError

from router.imap.errors import GONE, Trouble, passes, text
from router.oauth.refusals import CLOSED
from router.oauth.tokens import NoToken, TokenRefused, Tokens
from router.oauth.xoauth2 import first_answer, with_status
from router.pauses import pause

PAUSES = (30.0, 900.0)  # seconds before a login that was refused is tried again: first, longest
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 90_000}  # s; the last: ms
_GOODBYE = 2.0  # seconds for a server to answer LOGOUT


@dataclass(frozen=True, slots=True)
class Account:
    """Where to log in, and as whom."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    proof: Path | Tokens  # a file with the password, read at every login, or a source of tokens
    tls: ssl.SSLContext | None = None  # None: the authorities that this machine trusts
    connect_seconds: float = 30.0
    answer_seconds: float = 60.0  # for every answer, and for every piece that is sent


class Door:
    """Logs in to one account."""

    def __init__(self, account: Account, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._monotonic = monotonic
        self._refusals = 0
        self._shut = Trouble("")  # the last refusal
        self._until = 0.0  # no login with the same password before
        self._tried = ""

    def enter(self) -> IMAPClient:
        """A connection that is logged in. Raises `Trouble`."""
        for last in (False, True):
            secret = self._secret()
            if self._resting(secret):
                raise Trouble(self._shut.words, of_login=True)
            client = self._connect()
            try:
                self._login(client, secret)
            except _Refusal as refusal:
                leave(client)
                cause = self._cause(refusal, secret)
                if last or cause is None or not cause.again:
                    raise self._refused(refusal, secret, cause) from cause or refusal.__cause__
            except BaseException:
                leave(client)
                raise
            else:
                self._refusals = 0
                return client
        raise AssertionError("the second attempt has an end")

    def _resting(self, secret: str) -> bool:
        """Accounts are locked by those who keep knocking: wait, unless the password has changed."""
        same = secret == self._tried or not isinstance(self._account.proof, Path)
        return bool(self._refusals) and same and self._monotonic() < self._until

    def _secret(self) -> str:
        proof = self._account.proof
        try:
            if isinstance(proof, Path):
                return proof.read_text("utf-8").rstrip("\r\n")
            return proof.token()
        except NoToken as error:
            raise Trouble(f"no access token for {self._account.username}: {error}") from error
        except TokenRefused as error:
            raise Trouble(
                f"{self._account.host} has refused {self._account.username}: {error}", of_login=True
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(f"the password of {self._account.username} cannot be read: {error}") from error

    def _connect(self) -> IMAPClient:
        account, where = self._account, f"{self._account.host}:{self._account.port}"
        timeout = SocketTimeout(account.connect_seconds, account.answer_seconds)
        context = account.tls or ssl.create_default_context()
        client = None
        try:
            client = IMAPClient(
                account.host, account.port, ssl=account.security == "tls", ssl_context=context, timeout=timeout
            )
            # At its debug level the library words every line, the password too, for a log that nobody keeps.
            client._imap.debug = 0
            client.normalise_times = False
            _tune(client.socket())
            if account.security == "starttls":
                client.starttls(context)
        except CapabilityError as error:
            leave(client)
            raise Trouble(f'{where} offers no STARTTLS: is security = "tls" meant?') from error
        except ssl.SSLCertVerificationError as error:
            leave(client)
            raise Trouble(f"the certificate of {where} is not good: {error.verify_message}") from error
        except (*GONE, imaplib.IMAP4.error) as error:
            leave(client)
            raise Trouble(f"{where} cannot be reached: {text(error)}") from error
        return client

    def _login(self, client: IMAPClient, secret: str) -> None:
        username, where = self._account.username, self._account.host
        talk = _Xoauth2(username, secret)
        try:
            if not isinstance(self._account.proof, Path):
                if not client.has_capability("AUTH=XOAUTH2"):
                    raise Trouble(f"{where} offers no XOAUTH2")
                client.sasl_login("XOAUTH2", talk)
                client.list_folders("", "")  # Exchange says only now that it will not open the mailbox
            elif client.has_capability("AUTH=PLAIN"):
                client.plain_login(username, secret)  # unlike LOGIN it carries every character (RFC 4616)
            elif client.has_capability("LOGINDISABLED"):
                raise Trouble(f"{where} takes no password over this connection: choose another security")
            else:
                client.login(username, secret)
            client.capabilities()  # kept by the client, since it cannot ask in the middle of a command
        except LoginError as error:
            words = text(error)
            if isinstance(error.__context__, imaplib.IMAP4.abort):
                raise Trouble(f"{where} ended the connection at the login: {words}") from error
            if passes(words):  # it has not looked at the password, and may at the next attempt
                raise Trouble(f"{where} cannot take logins now: {words}") from error
            raise _Refusal(with_status(words, talk.challenge)) from error
        except UnicodeEncodeError as error:
            raise Trouble(f"{where} offers no AUTH=PLAIN, and LOGIN carries ASCII passwords only") from error
        except (*GONE, imaplib.IMAP4.error) as error:
            if CLOSED.search(text(error)):
                raise _Refusal(text(error)) from error
            raise Trouble(f"{where} ended the connection at the login: {text(error)}") from error

    def _cause(self, refusal: "_Refusal", secret: str) -> TokenRefused | None:
        """What a refused token lacks."""
        proof = self._account.proof
        if isinstance(proof, Path):
            return None
        cause = proof.refused(secret, refusal.words)
        cause.__cause__ = refusal.__cause__
        return cause

    def _refused(self, refusal: "_Refusal", secret: str, cause: TokenRefused | None) -> Trouble:
        """Wait longer each time."""
        likely = f" [{cause.code}]" if cause else ""
        words = f"{self._account.host} refuses the login of {self._account.username}: {refusal.words}{likely}"
        self._refusals += 1
        self._tried, self._until = secret, self._monotonic() + pause(PAUSES, self._refusals)
        self._shut = Trouble(words, of_login=True)
        return self._shut


class _Refusal(Exception):
    """The server does not want this login."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class _Xoauth2:
    """The client's side of XOAUTH2: the token, then an empty line where the server tells why it refuses."""

    def __init__(self, username: str, token: str) -> None:
        self._answers = [first_answer(username, token)]
        self.challenge = b""  # that of a refusal

    def __call__(self, challenge: bytes) -> bytes:
        if self._answers:
            return self._answers.pop()
        self.challenge = challenge
        return b""


def leave(client: IMAPClient | None) -> None:
    """End a connection without waiting for a server that has stopped answering."""
    if client is None:
        return
    with suppress(*GONE, imaplib.IMAP4.error):
        client.socket().settimeout(_GOODBYE)
        client.logout()
        return
    with suppress(OSError):
        client.shutdown()


def _tune(link: socket.socket) -> None:
    """A peer that is gone without a word is noticed within two minutes, also where nobody says anything."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # not every system has each of them
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the pieces of a command are not held back
