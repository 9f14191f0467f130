"""The door of one mail server: it is not hammered with a password that was refused.

Servers lock an account, or the address of whoever keeps knocking. The pause after a refusal doubles, and ends at once
when the password's file has changed. Tokens see to their own pauses (`router.oauth.cache`).
"""

import asyncio
import time
from collections.abc import Callable

from router.delivery.smtp.session import CannotSend, Relay, Session, connect

PAUSES = (30.0, 900.0)  # seconds before a password that was refused is tried again: first, longest


class Door:
    """Opens sessions with one server."""

    def __init__(self, relay: Relay, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._relay = relay
        self._monotonic = monotonic
        self._refusals = 0
        self._tried: bytes | None = None  # what was refused
        self._until = 0.0
        self._said = ""

    async def enter(self) -> Session:
        """A session that is logged in. Raises `CannotSend`."""
        secret = await asyncio.to_thread(self._secret)
        if secret is None:
            return await connect(self._relay)
        if self._refusals and secret == self._tried:
            if self._monotonic() < self._until:
                raise CannotSend(self._said, of_login=True)
            self._rest()  # one tries; whoever else comes meanwhile waits for what it finds
        try:
            session = await connect(self._relay)
        except CannotSend as error:
            if error.of_login:
                self._refusals = self._refusals + 1 if secret == self._tried else 1
                self._tried, self._said = secret, str(error)
                self._rest()
            raise
        self._refusals = 0
        return session

    def _rest(self) -> None:
        self._until = self._monotonic() + min(PAUSES[0] * 2.0 ** min(self._refusals - 1, 20), PAUSES[1])

    def _secret(self) -> bytes | None:
        """The password as it is now; None where none is needed, or can be read."""
        if self._relay.password_file is None:
            return None
        try:
            return self._relay.password_file.read_bytes()
        except OSError:
            return None
