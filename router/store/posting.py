"""Mail of ours into the outbox: it was never received, so that its bytes are stored here."""

from datetime import datetime

from sqlalchemy import Connection

from router.store.content import InMemory
from router.store.ids import copy_id
from router.store.outbox import State
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row, raw_row
from router.store.tables import outbox
from router.store.upsert import ignoring, pick

_ADD = ignoring(outbox)


def post(connection: Connection, name: str, inbox: str, block: bytes, body: bytes, now: datetime) -> None:
    """Add a mail of ours for one inbox; `name` stands for its message, which has no row. What is there already stands."""
    content = InMemory(body)
    connection.execute(pick(ADD_CHUNK.sql, connection), chunk_row(content.sha256, 0, body))
    connection.execute(pick(ADD_RAW.sql, connection), raw_row(content, now))
    row = {
        "id": copy_id(name, inbox),
        "message": name,
        "sighting": name,
        "sha256": content.sha256,
        "inbox": inbox,
        "thread": name,
        "received": now,
        "state": State.PENDING.value,
        "attempts": 0,
        "created": now,
        "due": now,
        "block": block,
        "seen": False,
        "rules": [],
        "doubts": 0,
        "changed": [],
    }
    connection.execute(pick(_ADD, connection), row)
