"""Raw mail in the database: once per sha256, in chunks that are compressed each alone.

Chunks keep every read and write bounded, whatever the size of the mail. Up to 16 kB a mail is stored as it is: the gain
would be small and the accept path is no place for work.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from router.store.content import PIECE, SMALL, Content, InMemory
from router.store.errors import Incomplete, MailGone
from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import chunk, raw
from router.store.upsert import ignoring
from router.store.writer import Statement

R = TypeVar("R", bound=Any)
Fetch = Callable[[bytes, int], bytes | None]  # one chunk of a stored mail, by its hash and number

PLAIN_UP_TO = 16 * 1024

# The same bytes may come twice, also within one batch: the first stands.
ADD_RAW = Statement(ignoring(raw))
ADD_CHUNK = Statement(ignoring(chunk))


def chunk_row(sha256: bytes, seq: int, piece: bytes) -> Row:
    """The row that holds one piece. Compresses: for more than `PLAIN_UP_TO` octets call it off the loop."""
    if len(piece) <= PLAIN_UP_TO:
        return {"sha256": sha256, "seq": seq, "codec": "plain", "data": piece}
    return {"sha256": sha256, "seq": seq, "codec": "zlib", "data": zlib.compress(piece, 1)}


def raw_row(content: Content, stored: datetime) -> Row:
    """The row that makes a mail's chunks visible."""
    chunks = max(1, -(-content.size // PIECE))
    return {"sha256": content.sha256, "size": content.size, "chunks": chunks, "stored": stored}


def check_whole(connection: Connection, sha256: bytes) -> None:
    """Raise `Incomplete` unless every chunk is there: the same mail may have been erased while this one came in."""
    stored = select(func.count()).where(chunk.c.sha256 == sha256).scalar_subquery()
    if connection.execute(select(raw.c.chunks == stored).where(raw.c.sha256 == sha256)).scalar() is not True:
        raise Incomplete("chunks of this mail were erased while it came in")


def _piece(codec: str, data: bytes) -> bytes:
    return zlib.decompress(data) if codec == "zlib" else data


def read_chunk(connection: Connection, sha256: bytes, seq: int) -> bytes | None:
    """One piece of a stored mail; None past its end, or where it is not stored (any more)."""
    where = (chunk.c.sha256 == sha256, chunk.c.seq == seq)
    row = connection.execute(select(chunk.c.codec, chunk.c.data).where(*where)).one_or_none()
    return None if row is None else _piece(row.codec, row.data)


@dataclass(frozen=True, slots=True)
class Stored:
    """A large mail in the database, taken chunk by chunk, each in a short read of its own."""

    sha256: bytes
    size: int
    head: bytes
    fetch: Fetch

    def pieces(self) -> Iterator[bytes]:
        """All octets in order. Raises `MailGone` where they were erased meanwhile."""
        for seq in range(-(-self.size // PIECE)):
            piece = self.fetch(self.sha256, seq)
            if piece is None:
                raise MailGone(f"chunk {seq} of {self.sha256.hex()[:16]} is not stored any more")
            yield piece


def read_contents(connection: Connection, wanted: Mapping[bytes, int], fetch: Fetch) -> dict[bytes, Content]:
    """The stored mails of these hashes and sizes: small ones with all their octets, of large ones the head."""
    found: dict[bytes, Content] = {}
    for hashes in slices(wanted):
        query = select(chunk.c.sha256, chunk.c.codec, chunk.c.data).join(raw, raw.c.sha256 == chunk.c.sha256)
        query = query.where(chunk.c.sha256.in_(hashes), chunk.c.seq == 0)
        for row in connection.execute(query):
            head = _piece(row.codec, row.data)
            size = wanted[row.sha256]
            large = size > SMALL
            found[row.sha256] = Stored(row.sha256, size, head[:SMALL], fetch) if large else InMemory(head)
    return found


def within_bytes(rows: Sequence[R], budget: int) -> list[R]:
    """The first of `rows` (each with a `size`) whose heads stay within `budget` octets together; at least one."""
    taken: list[R] = []
    for row in rows:
        budget -= min(row.size, SMALL)
        if taken and budget < 0:
            break
        taken.append(row)
    return taken
