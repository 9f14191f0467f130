"""Sessions that are kept open between batches: a connection, a handshake and a login cost more than a mail.

As many are open as batches are under way. One that nobody uses for a while ends, before the server loses patience.
"""

import asyncio
from collections.abc import Awaitable, Callable

from router.delivery.smtp.session import Session
from router.tasks import Background

IDLE = 30.0  # seconds


class Pool:
    """The sessions with one mail server."""

    def __init__(self, connect: Callable[[], Awaitable[Session]], idle: float = IDLE) -> None:
        self._connect = connect
        self._idle_seconds = idle
        self._idle: dict[Session, asyncio.TimerHandle] = {}  # in the order in which they became idle
        self._background = Background()

    async def borrow(self) -> tuple[Session, bool]:
        """A session, and whether it was kept. Raises `CannotSend`."""
        while self._idle:
            session, timer = self._idle.popitem()  # the one used last
            timer.cancel()
            if not session.worn:
                return session, True
            self._background.start(session.quit())
        return await self._connect(), False

    def give_back(self, session: Session) -> None:
        """It is done with for now."""
        if session.worn:
            self._background.start(session.quit())
            return
        loop = asyncio.get_running_loop()
        self._idle[session] = loop.call_later(self._idle_seconds, self._expire, session)

    async def close(self) -> None:
        """End all that are kept."""
        ending = []
        while self._idle:
            session, timer = self._idle.popitem()
            timer.cancel()
            ending.append(session.quit())
        await asyncio.gather(*ending)

    def _expire(self, session: Session) -> None:
        del self._idle[session]
        self._background.start(session.quit())
