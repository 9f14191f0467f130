"""Taking things out for good: what forgetting a person and retention share.

A raw mail goes when nothing needs it any more; its chunks are then orphans, which `orphans.drop` takes away in bounded
pieces. The hashes that a mail is known by (`identity`) are never touched here, so that nothing erased is taken in again.
"""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, delete, select, update

from router.store.database import Database
from router.store.dialect import empty_wal, give_back
from router.store.outbox import STILL_OPEN
from router.store.slices import slices
from router.store.tables import chunk, message, outbox, raw, sighting
from router.store.writer import Statement, Unit

BLANK_ENVELOPE: dict[str, Any] = {"sender": "", "peer": None, "helo": None, "login": None, "recipients": []}
PAGES = 1000  # cut off the file in one transaction
ROUNDS = 50  # of that: what is still free then is overwritten, and used again
DROPPED_AT_ONCE = 2_000_000  # octets of a mail whose chunks go in the same transaction
TRIES, PAUSE = 10, 0.2  # for the WAL, while somebody reads

_SHA256: BindParameter[bytes] = bindparam("b_sha256")


def drop_raw(connection: Connection, hashes: Collection[bytes], needed: ColumnElement[bool]) -> list[bytes]:
    """Delete these raw mails, save those of a message for which `needed` holds, of an open copy, and of unrouted mail.

    Returns those that are gone.
    """
    gone: list[bytes] = []
    for some in slices(set(hashes)):
        users = [
            select(message.c.sha256).where(message.c.sha256.in_(some), needed),
            select(outbox.c.sha256).where(outbox.c.sha256.in_(some), STILL_OPEN),
            select(sighting.c.sha256).where(sighting.c.sha256.in_(some), sighting.c.routed.is_(None)),
        ]
        used = {sha256 for query in users for sha256 in connection.execute(query).scalars()}
        free = set(some) - used
        there = connection.execute(select(raw.c.sha256).where(raw.c.sha256.in_(free))).scalars().all()
        connection.execute(delete(raw).where(raw.c.sha256.in_(there)))
        gone += there
    return gone


# A mail that comes again after its person was forgotten: T2 knows it by its hashes, and leaves nothing of it behind.
_used = (
    select(message.c.id).where(message.c.sha256 == _SHA256, message.c.forgotten.is_(None)).exists(),
    select(outbox.c.id)
    .where(outbox.c.sha256 == _SHA256, STILL_OPEN)  # has no IN: these statements carry many rows at once
    .exists(),
    select(sighting.c.id).where(sighting.c.sha256 == _SHA256, sighting.c.routed.is_(None)).exists(),
)
_is_stored = select(raw.c.sha256).where(raw.c.sha256 == chunk.c.sha256).exists()
BLANK_SENDER = Statement(update(sighting).where(sighting.c.id == bindparam("b_id")).values(**BLANK_ENVELOPE), rank=2)
_DROP_RAW = Statement(delete(raw).where(raw.c.sha256 == _SHA256, *(~one for one in _used)), rank=2)
_DROP_CHUNKS = Statement(delete(chunk).where(chunk.c.sha256 == _SHA256, ~_is_stored), rank=3)


def came_again(sighting_id: str, sha256: bytes) -> list[tuple[Statement, dict[str, Any]]]:
    """The writes that empty a sighting of a forgotten mail; to be committed together with its verdict."""
    mail = {"b_sha256": sha256}
    return [(BLANK_SENDER, {"b_id": sighting_id}), (_DROP_RAW, mail), (_DROP_CHUNKS, mail)]


def drop_bytes(sha256: bytes, size: int) -> list[tuple[Statement, dict[str, Any]]]:
    """The writes that take away a raw mail that nothing needs; the sweeper comes for the chunks of a large one."""
    mail = {"b_sha256": sha256}
    return [(_DROP_RAW, mail), (_DROP_CHUNKS, mail)] if size <= DROPPED_AT_ONCE else [(_DROP_RAW, mail)]


async def clean_file(database: Database) -> bool:
    """Cut off free pages and empty the WAL, so that what was deleted stands in no file any more.

    False where somebody read all the time: then the WAL goes with its next turn.
    """
    for _ in range(ROUNDS):
        if not await database.writer.submit(Unit("erase", outside=partial(give_back, pages=PAGES))):
            break
    for _ in range(TRIES):
        if await database.writer.submit(Unit("erase", outside=empty_wal)):
            return True
        await asyncio.sleep(PAUSE)
    return False
