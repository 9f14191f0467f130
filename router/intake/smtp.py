"""The SMTP listener on the daemon's own loop: its beginning, the ticking of its timers, its end."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from router.intake import replies
from router.intake.connection import template
from router.intake.protocol import Protocol
from router.intake.reception import Limits, Reception
from router.intake.timers import Watch

__all__ = ["Limits", "Listener", "Reception"]

TICK = 1.0  # seconds between two looks at the timers


class Listener:
    """Listens, and lets the reception decide."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; returns the address that was bound."""
        loop = asyncio.get_running_loop()
        session = partial(self._session, template(self.reception.hostname))
        self._server = await loop.create_server(session, host, port)
        self._ticking = loop.create_task(self._tick_on())
        bound: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return bound

    def _session(self, attributes: Mapping[str, Any]) -> Protocol:
        limits = self.reception.limits
        watch = Watch(limits.idle_seconds, limits.mail_seconds)
        return Protocol(self.reception, attributes, self.reception.credentials, watch)

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.tick()

    def tick(self) -> None:
        """End the sessions whose time is over."""
        for session in list(self.reception.sessions):
            if verdict := session.tick():
                self.reception.put_off(session, verdict.value)

    async def stop(self, grace: float) -> None:
        """Take no more connections, let open transactions end within `grace` seconds, then close what is left."""
        if self._server is None:
            return
        self.reception.closing = True
        self._server.close()
        deadline = time.monotonic() + grace
        while self.reception.sessions and time.monotonic() < deadline:
            for session in list(self.reception.sessions):
                # RFC 5321 section 3.8: 421 tells an idle client that we are going away.
                if session.transaction is None:
                    with suppress(Exception):  # it may be gone already
                        session.end(replies.CLOSING)
            await asyncio.sleep(0.02)
        for session in list(self.reception.sessions):
            session.abort()
        if self._ticking is not None:
            self._ticking.cancel()
        await self.reception.acceptor.drain()
