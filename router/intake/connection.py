"""One connection: greeting, one reply for each command in their order, the timers, the end.

Of aiosmtpd it keeps the plumbing of streams and STARTTLS. What it does not keep would lose mail or hold everybody up:
500 with an exception's text, a session that is cancelled when the client half-closes behind its last command, one
timer for everything, and a constructor that looks through all its methods four times.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from aiosmtpd.smtp import SMTP, TLSSetupException

from router.intake import replies
from router.intake.credentials import Credentials
from router.intake.reception import Reception
from router.intake.timers import Verdict, Watch
from router.intake.visitor import Transaction
from router.intake.wire import BLOCK, Wire

log = logging.getLogger(__name__)

COMMAND_LIMIT = 2048  # octets of a command line: VERP and SRS addresses are long
ERRORS = 20  # commands that are none: who sends more is no mail server
TURN = 10  # commands after which the others have their turn: a pipeline that is read already never waits
_NO_TIMER: Any = SimpleNamespace(cancel=lambda: None)  # aiosmtpd cancels its timer; ours is a `Watch`


def template(hostname: str) -> Mapping[str, Any]:
    """The attributes that aiosmtpd's constructor sets, for all connections once."""
    loop = asyncio.get_running_loop()
    made = vars(SMTP(object(), hostname=hostname, loop=loop))
    reader = asyncio.StreamReader(loop=loop)
    base = vars(asyncio.StreamReaderProtocol(reader, lambda reader, writer: None, loop))
    methods = ("_smtp_methods", "_auth_methods")  # bound to that one object, and not used by us
    return {name: value for name, value in made.items() if name not in base and name not in methods}


class Connection(SMTP, ABC):
    """One client; `answer` makes the replies."""

    transaction: Transaction | None = None  # the mail that is under way
    login: str | None = None  # the name that proved itself by a password

    def __init__(self, host: Reception, attributes: Mapping[str, Any], credentials: Credentials, watch: Watch) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=BLOCK, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop)
        self.__dict__.update(attributes)
        self.tls_context = credentials.tls
        self.credentials = credentials
        self.watch = watch
        self.wire = Wire(reader)
        self.host = host
        self._errors = 0
        self._answered = 0
        self._ending = False
        watch.heard(host.now())

    @abstractmethod
    async def answer(self, line: bytes | None) -> str | None:
        """The reply to a command, None where it was sent already; None for a command that was too long."""

    async def push(self, status: str) -> None:  # type: ignore[override]  # no reply of ours is bytes
        """Send a reply, and wait only where the client does not take what it was sent."""
        self._writer.write(status.encode("ascii") + b"\r\n")
        await self._writer.drain()

    async def _handle_client(self) -> None:
        """The whole session; aiosmtpd starts it as a task."""
        try:
            # RFC 5321 section 3.1: whom we do not serve hears it instead of a greeting.
            refusal = self.host.admit(self)
            await self.push(refusal or f"220 {self.hostname} ESMTP")
            while refusal is None and not self._ending:
                await self._next_command()
                self._answered += 1
                if self._answered % TURN == 0:
                    await asyncio.sleep(0)
        except ConnectionError:
            pass  # the client has gone
        finally:
            if self.transport is not None:
                self.transport.close()

    async def _next_command(self) -> None:
        line = await self.wire.line(COMMAND_LIMIT)
        self.watch.heard(self.host.now())
        try:
            reply = await self.answer(line)
        except ConnectionError:
            raise
        except Exception as error:  # a fault of ours is temporary for the sender, and none of its business
            log.error("a session failed: %s", type(error).__name__, exc_info=error)
            reply = replies.BUSY
        self.watch.heard(self.host.now())
        if reply is None:
            return
        self._errors += reply.startswith("500 ")
        if self._errors > ERRORS:
            reply = replies.TOO_MANY_ERRORS
        self._ending = reply.startswith(("421 ", "221 "))
        await self.push(reply)

    async def start_tls(self) -> None:
        """Go over to TLS; what was sent in the clear behind the command is dropped (RFC 3207 section 4.2)."""
        self.wire.forget()
        try:
            await super().smtp_STARTTLS("")
        except TLSSetupException as error:
            log.info("no TLS with %s: %s", self.session.peer if self.session else None, error.__cause__)
        if self.session is None or self.session.ssl is None:
            # Without a handshake nobody else tells us that the connection is over.
            self.connection_lost(None)
            raise ConnectionResetError("no TLS")

    def tick(self) -> Verdict | None:
        """End the session where its time is over; returns why."""
        verdict = self.watch.verdict(self.host.now())
        if verdict is None:
            return None
        if self._ending:
            self.abort()  # it takes not even its last reply
            return None
        self.end(replies.IDLE if verdict is Verdict.IDLE else replies.TOO_SLOW)
        return verdict

    def end(self, reply: str) -> None:
        """Say a last word and hang up."""
        self._ending = True
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(reply.encode("ascii") + b"\r\n")
            self.transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.Transport):
                transport.abort()

    def eof_received(self) -> bool:
        """The client says no more; what it said already is answered all the same."""
        asyncio.StreamReaderProtocol.eof_received(self)
        return self.session is not None and self.session.ssl is None  # TLS cannot be half-closed

    def connection_lost(self, error: Exception | None) -> None:
        """The session is over."""
        self.host.closed(self)
        super().connection_lost(error)

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._timeout_handle = _NO_TIMER
