"""Mail of ours into the outbox: it was never received, so that its bytes are stored here."""

from datetime import datetime

from sqlalchemy import Connection

from router.store.content import InMemory
from router.store.ids import copy_id
from router.store.outbox import State
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row, raw_row
from router.store.rows import Row
from router.store.tables import outbox
from router.store.upsert import ignoring, pick

_ADD = ignoring(outbox)


def letter_copy(name: str, channel: str, sha256: bytes, block: bytes, now: datetime) -> Row:
    """The row of a mail of ours for one channel; `name` stands for its message, which has no row."""
    return {
        "id": copy_id(name, channel),
        "message": name,
        "sighting": name,  # nothing was transmitted to us
        "sha256": sha256,
        "inbox": channel,
        "thread": name,  # it waits for nothing, and nothing for it
        "received": now,
        "state": State.PENDING.value,
        "attempts": 0,
        "created": now,
        "due": now,
        "holder": None,
        "lease": None,
        "block": block,
        "folder": None,
        "seen": False,
        "doubts": 0,
        "rules": [],
        "reason": None,
        "changed": [],
        "ended": None,
        "answered": None,
    }


def post(connection: Connection, name: str, channel: str, block: bytes, body: bytes, now: datetime) -> None:
    """Add a small mail of ours for one channel. What is there already stands."""
    content = InMemory(body)
    connection.execute(pick(ADD_CHUNK.sql, connection), chunk_row(content.sha256, 0, body))
    connection.execute(pick(ADD_RAW.sql, connection), raw_row(content, now))
    connection.execute(pick(_ADD, connection), letter_copy(name, channel, content.sha256, block, now))
