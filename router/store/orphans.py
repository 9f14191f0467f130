"""Chunks without a raw mail: what a crash in the midst of storing, or of erasing, leaves behind.

A chunk bears no date, and a large mail that is just being stored looks the same for a moment. So an orphan is deleted
only when it was seen an hour ago already; at the start of a SQLite daemon, whose lock says that nobody else stores
anything, all of them are.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, bindparam, delete, func, select

from router.clock import Clock
from router.store.database import Database
from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import chunk, raw
from router.store.writer import Unit

OLD = timedelta(hours=1)
BYTES, ROWS = 8_000_000, 500  # deleted in one transaction: overwriting them takes a tenth of a second

_orphaned = ~select(raw.c.sha256).where(raw.c.sha256 == chunk.c.sha256).exists()
_delete = delete(chunk).where(chunk.c.sha256 == bindparam("b_sha256"), chunk.c.seq == bindparam("b_seq"), _orphaned)


def find(connection: Connection) -> list[bytes]:
    """The hashes that chunks have and no raw mail."""
    return list(connection.execute(select(chunk.c.sha256).where(_orphaned).distinct()).scalars())


def drop_some(connection: Connection, hashes: Collection[bytes]) -> tuple[int, bool]:
    """Delete some orphaned chunks of these hashes; how many, and whether there are more."""
    query = select(chunk.c.sha256, chunk.c.seq, func.length(chunk.c.data).label("size"))
    found = connection.execute(query.where(chunk.c.sha256.in_(hashes), _orphaned).limit(ROWS)).all()
    taken: list[Row] = []
    budget = BYTES
    for row in found:
        budget -= row.size
        if taken and budget < 0:
            break
        taken.append({"b_sha256": row.sha256, "b_seq": row.seq})
    if taken:
        connection.execute(_delete, taken)
    return len(taken), len(taken) < len(found) or len(found) == ROWS


async def drop(database: Database, hashes: Collection[bytes]) -> int:
    """Delete all orphaned chunks of these hashes, in transactions of bounded size; returns how many."""
    count = 0
    for some in slices(hashes):
        more = True
        while more:
            gone, more = await database.writer.submit(Unit("erase", call=partial(drop_some, hashes=some)))
            count += gone
    return count


@dataclass(slots=True)
class Orphans:
    """The sweeper."""

    database: Database
    clock: Clock
    _since: dict[bytes, datetime] = field(default_factory=dict)  # when an orphan was first seen

    async def sweep(self, everything: bool = False) -> int:
        """Delete the orphans that are old, or all; returns how many chunks went."""
        now = self.clock.now()
        found = await self.database.aread(find)
        self._since = {sha256: self._since.get(sha256, now) for sha256 in found}
        return await drop(self.database, [one for one in found if everything or now - self._since[one] >= OLD])
