"""T1: one transmission into the spool, whoever brings it. Nothing here reads the mail.

Acceptance runs in a task of its own: a client that goes away in the middle cancels its own session, never a commit. A
mail that was stored without its client hearing of it comes again, and T2 knows it as a repeat. For the same reason a
client is not kept waiting longer than it would wait: a commit that hangs is answered as one that failed.
"""

import asyncio
from collections.abc import Callable, Sequence

from router.clock import Clock
from router.maillog import Event, event
from router.store.content import SMALL, Content
from router.store.errors import StoreBusy
from router.store.ids import new_id
from router.store.spool import Sighting, Spool

# Seconds: RFC 5321 section 4.5.3.2.6 lets a client wait ten minutes for the reply to its final dot, and not all do.
PATIENCE = 240.0


class Acceptor:
    """Puts transmissions into the spool."""

    def __init__(
        self, spool: Spool, clock: Clock, room: Callable[[], None] = lambda: None, patience: float = PATIENCE
    ) -> None:
        self._room = room  # raises `StoreFull` where no more mail should be taken
        self._patience = patience
        self._spool = spool
        self._clock = clock
        self._running: set[asyncio.Task[Sighting]] = set()  # asyncio itself keeps only weak references

    async def accept(
        self,
        content: Content,
        sender: str,
        recipients: Sequence[str],
        *,
        source: str,
        peer: str | None,
        helo: str | None,
        login: str | None = None,
        after: Callable[[], None] = lambda: None,
    ) -> Sighting:
        """Store one transmission durably. Raises `StoreError`; then nothing of it is stored.

        `after` is called once the content is not needed any more, however it ended, and whether we still wait or not.
        """
        seen = Sighting(
            new_id(), content, source, peer, helo, sender, tuple(recipients), self._clock.now(), login=login
        )
        task = asyncio.ensure_future(self._accept(seen))
        self._running.add(task)

        def ended(_: object) -> None:
            self._running.discard(task)
            after()
            if not task.cancelled():
                task.exception()  # whoever waited for it may have gone

        task.add_done_callback(ended)
        done, _ = await asyncio.wait((task,), timeout=self._patience)  # leaves the task alone, whatever becomes of us
        if not done:
            raise StoreBusy(f"no commit within {self._patience:g} s")
        return task.result()

    async def _accept(self, seen: Sighting) -> Sighting:
        content = seen.content
        self._room()
        if content.size > SMALL:
            await asyncio.to_thread(lambda: content.sha256)
        await self._spool.accept(seen)
        event(
            Event.ACCEPTED,
            sighting=seen.id,
            source=seen.source,
            peer=seen.peer,
            sender=seen.sender or "<>",
            to=seen.recipients,
            size=content.size,
            sha256=content.sha256.hex()[:16],
        )
        return seen

    async def drain(self) -> None:
        """Wait for the commits under way."""
        while self._running:
            await asyncio.wait(self._running)
