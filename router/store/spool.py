"""The spool: T1 puts transmissions in, T2 takes them out in the order of their arrival.

A transmission is durable before `accept` returns. In the same process its bytes and row are handed on in memory; after
a restart, and when T2 falls so far behind that memory would grow, T2 reads them from the database instead.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from router.store.database import Database
from router.store.raw import ADD_CHUNK, ADD_RAW, PLAIN_UP_TO, chunk_rows, read_raw, within_bytes
from router.store.tables import raw, sighting
from router.store.writer import Row, Statement, Unit

HAND_ON_COUNT = 1000  # transmissions in memory between T1 and T2
HAND_ON_BYTES = 32_000_000
RELEASABLE = ("repeat", "fault")  # verdicts of routing that a person may undo
RELEASE = "release"  # a person said: route it whatever it repeats

_ADD_SIGHTING = Statement(insert(sighting))
SETTLE_SIGHTING = Statement(
    update(sighting)
    .where(sighting.c.id == bindparam("b_id"))
    .values(
        message=bindparam("message"),
        verdict=bindparam("verdict"),
        repeat_of=bindparam("repeat_of"),
        routed=bindparam("routed"),
    ),
    rank=1,
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One transmission of a mail: its bytes, its envelope, and where and when it was seen."""

    id: str
    sha256: bytes
    raw: bytes
    source: str  # "smtp", or the name of a watched source
    peer: str | None
    helo: str | None
    sender: str  # "" is the null sender
    recipients: tuple[str, ...]
    received: datetime
    released: bool = False  # routed whatever it repeats


class Spool:
    """What is accepted and not yet routed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ready: deque[Sighting] = deque()
        self._bytes = 0
        self._behind = True  # the database holds more than `_ready`: at the start, and after an overflow
        self._wake = asyncio.Event()
        self._wake.set()

    async def accept(self, seen: Sighting) -> None:
        """Make one transmission durable (T1). Raises `StoreError`; then nothing of it is stored."""
        small = len(seen.raw) <= PLAIN_UP_TO
        chunks = (
            chunk_rows(seen.sha256, seen.raw) if small else await asyncio.to_thread(chunk_rows, seen.sha256, seen.raw)
        )
        await self._database.writer.submit(_unit(seen, chunks))
        self._hand_on(seen)

    def _hand_on(self, seen: Sighting) -> None:
        if self._behind or len(self._ready) >= HAND_ON_COUNT or self._bytes + len(seen.raw) > HAND_ON_BYTES:
            self._behind = True
        else:
            self._ready.append(seen)
            self._bytes += len(seen.raw)
        self._wake.set()

    def rescan(self) -> None:
        """Look into the database again: somebody else wrote there."""
        self._behind = True
        self._wake.set()

    async def next_batch(self, most: int) -> list[Sighting]:
        """Wait for transmissions and take up to `most`, oldest first.

        One may be given out twice around a scan of the database: T2 knows it by the identity rows that name it.
        """
        while True:
            await self._wake.wait()
            if self._ready:
                batch = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
                self._bytes -= sum(len(seen.raw) for seen in batch)
                return batch
            if self._behind:
                self._behind = False  # before the scan: what is accepted while it runs is handed on in memory
                more = True
                try:
                    found, more = await self._database.aread(lambda connection: unrouted(connection, most))
                finally:
                    self._behind |= more  # also when we were cancelled, or could not look
                if found:
                    return found
                continue
            self._wake.clear()


def _unit(seen: Sighting, chunks: list[Row]) -> Unit:
    row = {
        "id": seen.id,
        "sha256": seen.sha256,
        "size": len(seen.raw),
        "source": seen.source,
        "peer": seen.peer,
        "helo": seen.helo,
        "sender": seen.sender,
        "recipients": list(seen.recipients),
        "received": seen.received,
    }
    whole = {"sha256": seen.sha256, "size": len(seen.raw), "chunks": len(chunks), "stored": seen.received}
    return Unit("accept", [(ADD_RAW, [whole]), (ADD_CHUNK, chunks), (_ADD_SIGHTING, [row])])


def unrouted(connection: Connection, most: int) -> tuple[list[Sighting], bool]:
    """The oldest transmissions that wait for T2, within `HAND_ON_BYTES` but at least one; and whether there may be more."""
    stored = select(raw.c.sha256).where(raw.c.sha256 == sighting.c.sha256).exists()  # it may have been erased
    query = select(sighting).where(sighting.c.routed.is_(None), stored).order_by(sighting.c.id).limit(most)
    found = connection.execute(query).all()
    rows = within_bytes(found, HAND_ON_BYTES)
    more = len(found) == most or len(rows) < len(found)
    contents = read_raw(connection, (row.sha256 for row in rows))
    batch = [
        Sighting(
            id=row.id,
            sha256=row.sha256,
            raw=contents[row.sha256],
            source=row.source,
            peer=row.peer,
            helo=row.helo,
            sender=row.sender,
            recipients=tuple(row.recipients),
            received=row.received,
            released=row.verdict == RELEASE,
        )
        for row in rows
    ]
    return batch, more


def release_repeat(connection: Connection, sighting_id: str) -> bool:
    """Route a repeat, or one that was set aside, after all; false where there is no such sighting."""
    done = connection.execute(
        update(sighting)
        .where(sighting.c.id == sighting_id, sighting.c.verdict.in_(RELEASABLE))
        .values(routed=None, verdict=RELEASE, repeat_of=None, message=None)
    )
    return done.rowcount == 1
