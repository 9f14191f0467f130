"""Raw mail in the database: once per sha256, in chunks that are compressed each alone.

Chunks keep every read and write bounded, whatever the size of the mail. Up to 16 kB a mail is stored as it is: the gain
would be small and the accept path is no place for work.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from router.store.tables import chunk, raw
from router.store.writer import Row, Statement

R = TypeVar("R", bound=Any)

CHUNK = 512 * 1024
PLAIN_UP_TO = 16 * 1024

# The same bytes may come twice, also within one batch: the first stands.
ADD_RAW = Statement(insert(raw).on_conflict_do_nothing())
ADD_CHUNK = Statement(insert(chunk).on_conflict_do_nothing())


def chunk_rows(sha256: bytes, content: bytes) -> list[Row]:
    """The rows that hold `content`. Compresses: for more than `PLAIN_UP_TO` bytes call it off the loop."""
    if len(content) <= PLAIN_UP_TO:
        return [{"sha256": sha256, "seq": 0, "codec": "plain", "data": content}]
    return [
        {"sha256": sha256, "seq": seq, "codec": "zlib", "data": zlib.compress(content[at : at + CHUNK], 1)}
        for seq, at in enumerate(range(0, len(content), CHUNK))
    ]


def read_raw(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
    """The mails of these hashes; one that is not stored (any more) is absent."""
    wanted = list(set(hashes))
    parts: dict[bytes, list[bytes]] = {}
    query = select(chunk.c.sha256, chunk.c.codec, chunk.c.data).join(raw, raw.c.sha256 == chunk.c.sha256)
    for row in connection.execute(query.where(raw.c.sha256.in_(wanted)).order_by(chunk.c.sha256, chunk.c.seq)):
        data = zlib.decompress(row.data) if row.codec == "zlib" else row.data
        parts.setdefault(row.sha256, []).append(data)
    return {sha256: b"".join(pieces) for sha256, pieces in parts.items()}


def within_bytes(rows: Sequence[R], budget: int) -> list[R]:
    """The first of `rows` (each with a `size`) that together stay within `budget` bytes; at least one, so that work goes on."""
    taken: list[R] = []
    for row in rows:
        budget -= row.size
        if taken and budget < 0:
            break
        taken.append(row)
    return taken
