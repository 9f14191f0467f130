"""A letter of ours to the owner of an inbox: its edition, whose row is the claim on a slot, and its place in the outbox."""

from sqlalchemy import Connection, select

from router.conversation.edition import Edition
from router.store import editions
from router.store.content import Content
from router.store.outbox import ADD_COPY
from router.store.posting import letter_copy
from router.store.raw import ADD_RAW, raw_row
from router.store.tables import edition


def served(connection: Connection, digest: str, slot: str) -> bool:
    """Whether an edition of that slot was made."""
    query = select(edition.c.id).where(edition.c.digest == digest, edition.c.slot == slot)
    return connection.execute(query).first() is not None


def issue(connection: Connection, this: Edition, inbox: str, block: bytes, letter: Content) -> bool:
    """Write an edition and its letter, whose chunks are stored already; False where its slot was served."""
    copy = letter_copy(this.id, inbox, letter.sha256, block, this.made) | {"id": this.id}  # by which people name it
    writes = [(ADD_RAW, [raw_row(letter, this.made)]), (ADD_COPY, [copy])]
    return editions.issue(connection, this, writes, (letter.sha256,))
