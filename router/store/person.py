"""What is known of one person: the mails that came from there, our answers, and what became of them.

Somebody whose address stands only in the text or the Cc of other people's mail is not found: those mails are theirs.
"""

import zlib
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select

from router.store.database import Database
from router.store.outbox import State
from router.store.slices import slices
from router.store.tables import chunk, event, message, outbox, raw, sighting
from router.store.texts import texts_of

View = dict[str, Any]


def message_ids(connection: Connection, address: str) -> list[str]:
    """The messages of a person, to us and from us, oldest first."""
    found = select(message.c.id).where(message.c.customer == address).order_by(message.c.id)
    return list(connection.execute(found).scalars())


def sent_sightings(connection: Connection, address: str, except_of: Collection[str]) -> list[str]:
    """The transmissions whose envelope names the person as its sender, but those of these messages."""
    # No index has the sender: this looks at every row, which a question of this kind may cost.
    query = select(sighting.c.id, sighting.c.message).where(sighting.c.sender == address).order_by(sighting.c.id)
    return [row.id for row in connection.execute(query) if row.message not in except_of]


def everything(connection: Connection, messages: Sequence[str]) -> list[View]:
    """Each of these messages, followed by its sightings, events and copies."""
    threads = select(message.c.thread).where(message.c.id.in_(messages))
    of_message: dict[str, list[View]] = {one: [] for one in messages}
    parts = (
        ("sighting", select(sighting).where(sighting.c.message.in_(messages)).order_by(sighting.c.id)),
        # The index of events is by conversation.
        ("event", select(event).where(event.c.thread.in_(threads), event.c.message.in_(messages)).order_by(event.c.id)),
        ("copy", select(outbox).where(outbox.c.message.in_(messages)).order_by(outbox.c.id)),
    )
    for what, query in parts:
        for row in connection.execute(query).mappings():
            of_message[row["message"]].append(_view(what, row))
    found, texts = [], texts_of(connection, messages)
    for row in connection.execute(select(message).where(message.c.id.in_(messages)).order_by(message.c.id)).mappings():
        found += [_view("message", row) | {"new_text": texts.get(row["id"])}, *of_message[row["id"]]]
    return found


def sightings(connection: Connection, ids: Sequence[str]) -> list[View]:
    """These sightings; those that became no message are the person's own."""
    rows = connection.execute(select(sighting).where(sighting.c.id.in_(ids)).order_by(sighting.c.id)).mappings()
    return [_view("sighting", row) for row in rows]


def copies(connection: Connection, messages: Sequence[str]) -> list[RowMapping]:
    """The copies of these messages that a courier had in hand, or a bundle: they may lie in an inbox."""
    arrived = or_(outbox.c.attempts > 0, outbox.c.state == State.DELIVERED)
    wanted = select(outbox).where(outbox.c.message.in_(messages), arrived)
    return list(connection.execute(wanted.order_by(outbox.c.id)).mappings())


def _view(what: str, row: RowMapping) -> View:
    return {"type": what} | {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    """Hashes in hexadecimal, header lines as text."""
    if not isinstance(value, bytes):
        return value
    return value.hex() if name in ("sha256", "topic") else value.decode("utf-8", "replace")


def mail(database: Database, sha256: str) -> Iterator[bytes] | None:
    """A raw mail piece by piece, each read in a transaction of its own; None where it is no longer stored."""
    key = bytes.fromhex(sha256)
    query = select(raw.c.chunks).where(raw.c.sha256 == key)
    count: int | None = database.read(lambda connection: connection.execute(query).scalar())
    return None if count is None else (_piece(database, key, seq) for seq in range(count))


def _piece(database: Database, sha256: bytes, seq: int) -> bytes:
    query = select(chunk.c.codec, chunk.c.data).where(chunk.c.sha256 == sha256, chunk.c.seq == seq)
    row = database.read(lambda connection: connection.execute(query).one())
    return zlib.decompress(row.data) if row.codec == "zlib" else bytes(row.data)


def known(database: Database, address: str) -> Iterator[View]:
    """Everything known of a person, a few messages at a time."""
    messages = database.read(partial(message_ids, address=address))
    for some in slices(messages):
        yield from database.read(partial(everything, messages=some))
    others = database.read(partial(sent_sightings, address=address, except_of=set(messages)))
    for some in slices(others):
        yield from database.read(partial(sightings, ids=some))
