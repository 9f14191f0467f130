"""A letter of ours to the owner of an inbox: its edition, whose row is the claim on a slot, and its place in the outbox."""

from typing import Any

from sqlalchemy import Connection, insert, select

from router.conversation.edition import Edition
from router.store.content import Content
from router.store.outbox import State
from router.store.raw import ADD_RAW, check_whole, raw_row
from router.store.tables import edition, outbox
from router.store.upsert import ignoring, pick

_ADD_EDITION = ignoring(edition)


def served(connection: Connection, digest: str, slot: str) -> bool:
    """Whether an edition of that slot was made."""
    query = select(edition.c.id).where(edition.c.digest == digest, edition.c.slot == slot)
    return connection.execute(query).first() is not None


def issue(connection: Connection, this: Edition, inbox: str, block: bytes, letter: Content) -> bool:
    """Write an edition and its letter, whose chunks are stored already; False where its slot was served."""
    values = {
        "id": this.id,
        "digest": this.digest,
        "kind": this.kind.value,
        "slot": this.slot,
        "at": this.at,
        "made": this.made,
        "recipients": list(this.recipients),
        "items": [],
        "missed": this.missed,
    }
    connection.execute(pick(_ADD_EDITION, connection), values)
    stands = select(edition.c.id).where(edition.c.digest == this.digest, edition.c.slot == this.slot)
    if connection.execute(stands).scalar() != this.id:
        return False
    connection.execute(pick(ADD_RAW.sql, connection), raw_row(letter, this.made))
    check_whole(connection, letter.sha256)
    connection.execute(insert(outbox), _row(this, inbox, block, letter))
    return True


def _row(this: Edition, inbox: str, block: bytes, letter: Content) -> dict[str, Any]:
    return {
        "id": this.id,
        "message": this.id,
        "sighting": this.id,
        "sha256": letter.sha256,
        "inbox": inbox,
        "thread": this.id,  # it waits for nothing, and nothing for it
        "received": this.made,
        "state": State.PENDING.value,
        "attempts": 0,
        "created": this.made,
        "due": this.made,
        "block": block,
        "folder": None,
        "seen": False,
        "doubts": 0,
        "rules": [],
        "changed": [],
    }
