"""aiosmtpd's protocol with what has to be mended for mail that must not be lost.

Version 1.4.6 answers 500 to any exception, with its text; refuses lines over 1,001 octets; shares its table of command
limits between connections; and greets whoever connects. RFC 5321 is the authority for every reply.
"""

import asyncio
import collections
import logging
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP

from router.intake import replies

log = logging.getLogger(__name__)

COMMAND_LIMIT = 2048  # octets of a command line: VERP and SRS addresses are long
# Commands in one connection. A mail server in front may keep one for days, so that what carries mail is not counted.
CALLS = {"*": 20, "NOOP": 1000, "RSET": 10**9, "MAIL": 10**9, "RCPT": 10**9, "DATA": 10**9, "QUIT": 10}


class Protocol(SMTP):
    """One SMTP session."""

    line_length_limit = 1024 * 1024  # also the limit of the stream's buffer; institutions do send such lines

    def __init__(
        self,
        *args: Any,
        gate: Callable[["Protocol"], str | None],  # the refusal of a new connection, or None
        closed: Callable[["Protocol"], None],
        too_large: Callable[["Protocol"], None],
        **named: Any,
    ) -> None:
        super().__init__(*args, command_call_limit=CALLS, **named)
        # The class shares one table between all connections and clears it for each new one.
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_LIMIT)
        self._admit = gate
        self._on_close = closed
        self._on_too_large = too_large

    async def _handle_client(self) -> None:
        """Refuse at the greeting whom we do not serve (RFC 5321 section 3.1), else go on as usual."""
        refusal = self._admit(self)
        if refusal is None:
            await super()._handle_client()
            return
        await self.push(refusal)
        assert self.transport is not None
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The session is over."""
        self._on_close(self)
        super().connection_lost(error)

    async def push(self, status: Any) -> None:
        """Send a reply; aiosmtpd refuses mail over the size by itself, and that is counted too."""
        if isinstance(status, str) and status.startswith("552 "):
            self._on_too_large(self)
        await super().push(status)

    def abort(self) -> None:
        """End the connection at once."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is temporary for the sender, and none of its business."""
        log.error("a session failed: %s", type(error).__name__, exc_info=error)
        return replies.BUSY

    @property
    def busy(self) -> bool:
        """Whether a transaction is open."""
        return self.envelope is not None and bool(self.envelope.mail_from)
