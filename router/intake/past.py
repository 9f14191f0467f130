"""Mail of the past into the spool, a batch in one go: by a command itself, or by the daemon that is handed it.

A batch shares its commits, as many senders at once do. What goes to the daemon is text of one line: small mail whole, a
large one by its hash, after its pieces were handed over one by one and lie in the database.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.maillog import Event, event
from router.store.content import SMALL, InMemory
from router.store.cursors import ADD_FETCHED
from router.store.errors import Incomplete
from router.store.raw import ADD_CHUNK, Fetch, Stored, chunk_row
from router.store.rows import Row
from router.store.spool import Sighting, Spool
from router.store.waiting import ANSWERS_SEEN
from router.store.writer import Unit, Writer

Packed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the past, and what is to be noted of its place in a watched folder."""

    seen: Sighting
    fetched: Row | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Mails of a watched folder that were taken before."""

    count: int


async def take(
    spool: Spool, batch: Sequence[Sighting], room: Callable[[], None] = lambda: None, fetched: Sequence[Row] = ()
) -> None:
    """T1 for each of a batch. Raises `StoreError`; then what is stored of it is whole, and known when it comes again.

    With `fetched`, what is noted of the folder, the batch is one commit: no note without its mail.
    """
    room()
    if fetched:
        await spool.accept(*batch, also=[(ADD_FETCHED, list(fetched))])
        for seen in batch:
            event(Event.ACCEPTED, sighting=seen.id, source=seen.source, to=seen.recipients, size=seen.content.size)
        return
    done = await asyncio.gather(*(spool.accept(seen) for seen in batch), return_exceptions=True)
    for seen, error in zip(batch, done, strict=True):
        if error is None:
            event(Event.ACCEPTED, sighting=seen.id, source=seen.source, to=seen.recipients, size=seen.content.size)
    for error in done:
        if error is not None:
            raise error


def packed(seen: Sighting) -> dict[str, Any]:
    """A sighting as one hands it to the daemon; the pieces of a large one go before."""
    content = seen.content
    small = content.size <= SMALL
    mail = {"raw": _text(content.head)} if small else {"sha256": content.sha256.hex(), "size": content.size}
    envelope = {"id": seen.id, "source": seen.source, "sender": seen.sender, "recipients": seen.recipients}
    return {**envelope, "received": seen.received.isoformat(), **mail}


def unpacked(given: Packed, fetch: Fetch) -> Sighting:
    """The same at the other end, always of history; `fetch` gives the pieces that came before."""
    if "raw" in given:
        content: InMemory | Stored = InMemory(base64.b64decode(given["raw"]))
    else:
        sha256 = bytes.fromhex(given["sha256"])
        if (head := fetch(sha256, 0)) is None:
            raise Incomplete("the first piece of a large mail is not there")
        content = Stored(sha256, given["size"], head[:SMALL], fetch)
    received, recipients = datetime.fromisoformat(given["received"]), tuple(given["recipients"])
    source, sender = given["source"], given["sender"]
    return Sighting(given["id"], content, source, None, None, sender, recipients, received, history=True)


def packed_piece(sha256: bytes, seq: int, piece: bytes) -> dict[str, Any]:
    """One piece of a large mail."""
    return {"sha256": sha256.hex(), "seq": seq, "data": _text(piece)}


async def take_piece(writer: Writer, given: Packed) -> None:
    """Store one; nothing of it is to be seen until its mail comes, and without that it is swept away."""
    make = asyncio.to_thread(chunk_row, bytes.fromhex(given["sha256"]), given["seq"], base64.b64decode(given["data"]))
    await writer.submit(Unit("chunk", [(ADD_CHUNK, [await make])]))


def plain(row: Row, *times: str) -> dict[str, Any]:
    """A row as one hands it to the daemon."""
    return {**row, **{name: row[name].isoformat() for name in times if row[name] is not None}}


def timed(given: Packed, *times: str) -> Row:
    """The same at the other end."""
    return {**given, **{name: datetime.fromisoformat(given[name]) for name in times if given[name] is not None}}


def answers_seen(mailbox: str, source: str, now: datetime) -> Unit:
    """What says that the answers of a mailbox can be seen: its sent mail was read, though it may hold none."""
    row = {"mailbox": mailbox, "source": source, "first": now, "last": now}
    return Unit("command", [(ANSWERS_SEEN, [row])])


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
