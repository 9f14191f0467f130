"""T1: one transmission into the spool, whoever brings it. Nothing here reads the mail.

Acceptance runs in a task of its own: a client that goes away in the middle cancels its own session, never a commit. A
mail that was stored without its client hearing of it comes again, and T2 knows it as a repeat.
"""

import asyncio
import hashlib
from collections.abc import Sequence

from router.clock import Clock
from router.maillog import Event, event
from router.store.ids import new_id
from router.store.spool import Sighting, Spool

_HASH_ON_LOOP = 256 * 1024  # bytes: hashing more than this takes the loop away from others for too long


class Acceptor:
    """Puts transmissions into the spool."""

    def __init__(self, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._running: set[asyncio.Task[Sighting]] = set()  # asyncio itself keeps only weak references

    async def accept(
        self, raw: bytes, sender: str, recipients: Sequence[str], *, source: str, peer: str | None, helo: str | None
    ) -> Sighting:
        """Store one transmission durably. Raises `StoreError`; then nothing of it is stored."""
        task = asyncio.ensure_future(self._accept(raw, sender, tuple(recipients), source, peer, helo))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _accept(
        self, raw: bytes, sender: str, recipients: tuple[str, ...], source: str, peer: str | None, helo: str | None
    ) -> Sighting:
        small = len(raw) <= _HASH_ON_LOOP
        sha256 = (
            hashlib.sha256(raw).digest() if small else await asyncio.to_thread(lambda: hashlib.sha256(raw).digest())
        )
        seen = Sighting(new_id(), sha256, raw, source, peer, helo, sender, recipients, self._clock.now())
        await self._spool.accept(seen)
        event(
            Event.ACCEPTED,
            sighting=seen.id,
            source=source,
            peer=peer,
            sender=sender or "<>",
            to=recipients,
            size=len(raw),
            sha256=sha256.hex()[:16],
        )
        return seen

    async def drain(self) -> None:
        """Wait for the commits under way."""
        while self._running:
            await asyncio.wait(self._running)
