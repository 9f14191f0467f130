"""The door of one mail server: it is not hammered with a password that was refused.

Servers lock an account, or the address of whoever keeps knocking. The pause after a refusal doubles, and ends at once
when the password's file has changed. Tokens see to their own pauses (`router.oauth.cache`).
"""

import asyncio
import time
from collections.abc import Callable

from router.delivery.smtp.session import CannotSend, Relay, Session, connect
from router.pauses import pause

PAUSES = (30.0, 900.0)  # seconds before a password that was refused is tried again: first, longest


class Door:
    """Opens sessions with one server."""

    def __init__(self, relay: Relay, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._relay = relay
        self._monotonic = monotonic
        self._refusals = 0
        self._tried: bytes | None = None  # what was refused last
        self._until = 0.0
        self._said = ""
        self._good: bytes | None = None  # what was taken last
        self._first: asyncio.Future[CannotSend | None] | None = None  # somebody tries what was not taken yet

    async def enter(self) -> Session:
        """A session that is logged in. Raises `CannotSend`."""
        secret = await asyncio.to_thread(self._secret)
        if secret is None:
            return await connect(self._relay)
        if self._first is not None:  # what several lanes try at once counts several times
            if (failure := await asyncio.shield(self._first)) is not None:
                raise CannotSend(str(failure), failure.of_login)
        elif secret != self._good:
            return await self._enter_first(secret)
        return await self._log_in(secret)

    async def _enter_first(self, secret: bytes) -> Session:
        """Whoever comes meanwhile shares what is found."""
        first = self._first = asyncio.get_running_loop().create_future()
        failure: CannotSend | None = CannotSend(f"{self._relay.host}: the login was broken off")
        try:
            session = await self._log_in(secret)
            failure = None
        except CannotSend as error:
            failure = error
            raise
        finally:
            self._first = None
            first.set_result(failure)
        return session

    async def _log_in(self, secret: bytes) -> Session:
        again = secret == self._tried
        if again and self._refusals and self._monotonic() < self._until:
            raise CannotSend(self._said, of_login=True)
        try:
            session = await connect(self._relay)
        except CannotSend as error:
            if error.of_login:
                self._refusals = self._refusals + 1 if again else 1
                self._tried, self._said, self._good = secret, str(error), None
                self._until = self._monotonic() + pause(PAUSES, self._refusals)
            raise
        self._refusals, self._good = 0, secret
        return session

    def _secret(self) -> bytes | None:
        """The password as it is now; None where none is needed, or can be read."""
        if self._relay.password_file is None:
            return None
        try:
            return self._relay.password_file.read_bytes()
        except OSError:
            return None
