"""The commands of a session (RFC 5321 section 4.1), and what EHLO offers, which is kept to the end.

PIPELINING (RFC 2920): replies go out in order, and no command is dropped with another. SIZE (RFC 1870). 8BITMIME
(RFC 6152) and SMTPUTF8 (RFC 6531): a mail is bytes from here to its copy, senders are stored as text, our own header
lines and recipients are ASCII; without SMTPUTF8 the server in front would have to bounce such mail. STARTTLS (RFC 3207),
and AUTH (RFC 4954) behind it only.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from router.intake import replies
from router.intake.auth import LINE_LIMIT, MECHANISMS, NoLogin, login
from router.intake.path import Malformed
from router.intake.transaction import Transacting

# Commands since the last mail that was taken: a mail server in front may keep one connection for days.
CALLS = {"RCPT": 20_000, "MAIL": 1000, "RSET": 1000, "DATA": 1000, "NOOP": 1000}
OTHER_CALLS = 20
LOGINS = 3  # that may fail
_BEFORE_TLS = ("NOOP", "EHLO", "STARTTLS", "QUIT")  # RFC 3207 section 4
_BARE = ("DATA", "RSET", "QUIT", "STARTTLS")  # take no argument
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Protocol(Transacting):
    """One SMTP session."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._calls: dict[str, int] = {}
        self._failed_logins = 0

    async def answer(self, line: bytes | None) -> str | None:
        """Carry out one command."""
        if line is None:
            return replies.LONG_LINE
        if not line.strip() or _CONTROL.search(line):
            return replies.BAD_LINE
        word, _, argument = line.partition(b" ")
        verb, argument = word.decode("ascii", "replace").upper(), argument.strip(b" \t")
        if self.credentials.require_tls and not self.encrypted and verb not in _BEFORE_TLS:
            return replies.TLS_FIRST
        command = COMMANDS.get(verb)
        if command is None:
            return replies.NO_COMMAND
        self._calls[verb] = calls = self._calls.get(verb, 0) + 1
        if calls > CALLS.get(verb, OTHER_CALLS):
            return replies.TOO_MANY_COMMANDS
        if argument and verb in _BARE:
            return replies.NO_ARGUMENT
        try:
            return await command(self, argument)
        except (Malformed, NoLogin) as fault:
            return fault.reply

    @property
    def encrypted(self) -> bool:
        """Whether TLS is up."""
        return self.session is not None and self.session.ssl is not None

    async def _helo(self, argument: bytes) -> str:
        return self._greeted(argument) or f"250 {self.hostname}"

    async def _ehlo(self, argument: bytes) -> str:
        if refusal := self._greeted(argument):
            return refusal
        offered = [self.hostname, "PIPELINING", f"SIZE {self.host.limits.message_size}", "8BITMIME", "SMTPUTF8"]
        if self.credentials.tls is not None and not self.encrypted:
            offered.append("STARTTLS")
        if self.credentials.users is not None and self.encrypted:
            offered.append(f"AUTH {' '.join(MECHANISMS)}")
        return "\r\n".join([*(f"250-{one}" for one in offered), "250 HELP"])

    def _greeted(self, argument: bytes) -> str | None:
        """Take the client's name for itself; it proves nothing."""
        assert self.session is not None
        if not argument or not argument.isascii() or b" " in argument:
            return replies.HELO_ARGUMENT
        self.reset()  # RFC 5321 section 4.1.4
        self.session.host_name = argument.decode("ascii")
        return None

    async def _starttls(self, argument: bytes) -> str | None:
        if self.credentials.tls is None:
            return replies.NOT_HERE
        if self.encrypted:
            return replies.NOT_NOW
        await self.start_tls()
        return None

    async def _auth(self, argument: bytes) -> str:
        assert self.session is not None
        if self.credentials.users is None:
            return replies.NOT_HERE
        if not self.encrypted:
            return replies.ENCRYPTION_FIRST
        if not self.session.host_name:
            return replies.HELO_FIRST
        if self.session.authenticated or self.transaction is not None:
            return replies.NOT_NOW  # RFC 4954 section 4
        name, password = await login(argument, self._ask)
        if await self.credentials.users.knows(name, password):
            self.session.authenticated, self.login = True, name
            return replies.LOGGED_IN
        self.host.refused(self, "bad-login")
        self._failed_logins += 1
        return replies.BAD_LOGIN if self._failed_logins < LOGINS else replies.TOO_MANY_LOGINS

    async def _ask(self, challenge: str) -> bytes | None:
        await self.push(challenge)
        line = await self.wire.line(LINE_LIMIT)
        self.watch.heard(self.host.now())
        return line

    async def _data(self, argument: bytes) -> str | None:
        reply = await super()._data(argument)
        if reply is not None and reply.startswith("250 "):
            self._calls.clear()
        return reply

    async def _rset(self, argument: bytes) -> str:
        self.reset()
        return replies.OK


def _always(reply: str) -> Callable[[Protocol, bytes], Awaitable[str]]:
    async def command(session: Protocol, argument: bytes) -> str:
        return reply

    return command


COMMANDS: Mapping[str, Callable[[Protocol, bytes], Awaitable[str | None]]] = {
    "HELO": Protocol._helo,
    "EHLO": Protocol._ehlo,
    "STARTTLS": Protocol._starttls,
    "AUTH": Protocol._auth,
    "MAIL": Protocol._mail,
    "RCPT": Protocol._rcpt,
    "DATA": Protocol._data,
    "RSET": Protocol._rset,
    "NOOP": _always(replies.OK),
    "QUIT": _always(replies.BYE),
    "VRFY": _always(replies.NOT_VERIFIED),  # RFC 5321 section 7.3: names are nobody's business
    "EXPN": _always(replies.NOT_HERE),
    "HELP": _always(replies.HELP),
}
