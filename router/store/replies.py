"""Replies to digests: what T2 writes of them, which of them are due, and the one transaction that takes each of them.

A reply is a row by its message, from its receipt on: the same mail by another way finds the row there, and changes it only
where the first one was refused and this one is not.

    (routed) ──▶ due ──▶ done            carried out, and answered by one short mail in the same transaction
         │        ├────▶ fresh ──▶ done  the same, and a fresh edition is wanted, which the stage of digests makes
         ▼        ▼
        refused (why)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, func, select, text, update

from router.store.rows import Row
from router.store.tables import REPLY_DUE, edition, message, reply
from router.store.upsert import updating
from router.store.writer import Statement


class State(StrEnum):
    """Where a reply stands."""

    DUE = "due"  # its words wait to be carried out
    FRESH = "fresh"  # carried out; a fresh edition is still to be made for its writer
    DONE = "done"
    REFUSED = "refused"  # changes nothing, and never will


_COLUMNS = ("edition", "recipient", "state", "why", "words", "at")

# Ordered behind the message itself, whose row it names.
ADD_REPLY = Statement(
    updating(
        reply,
        ["message"],
        lambda new: {name: new[name] for name in _COLUMNS},
        lambda new: and_(reply.c.state == State.REFUSED.value, new.state == State.DUE.value),
    ),
    rank=1,
)


def reply_row(
    name: str, of: str, recipient: str, state: State, why: str | None, words: str | None, at: datetime
) -> Row:
    """The row of a reply, whose message is `name`, to the edition `of`."""
    return {
        "message": name,
        "edition": of,
        "recipient": recipient,
        "state": state.value,
        "why": why,
        "words": words,
        "at": at,
    }


def recipients_of(connection: Connection, editions: Sequence[str]) -> dict[str, list[str]]:
    """The recipients of these editions, in the order of their places."""
    query = select(edition.c.id, edition.c.recipients).where(edition.c.id.in_(editions))
    return {row.id: list(row.recipients) for row in connection.execute(query)}


def back_to(name: str) -> str:
    """What the mail back to the writer of a reply is called in the outbox: there is no such message."""
    return f"{name}-re"


@dataclass(frozen=True, slots=True)
class Due:
    """A reply that is to be carried out, or of which a fresh edition is still to be made."""

    message: str
    edition: str
    recipient: str
    words: str
    at: datetime  # of receipt
    message_id: str | None  # of the mail
    subject: str


def due(connection: Connection, most: int, state: State = State.DUE) -> list[Due]:
    """The oldest of them."""
    columns = (reply, message.c.message_id, message.c.subject)
    query = select(*columns).join(message, message.c.id == reply.c.message, isouter=True)
    query = query.where(text(f"reply.{REPLY_DUE}"), reply.c.state == state.value)
    return [
        Due(row.message, row.edition, row.recipient, row.words or "", row.at, row.message_id, row.subject or "")
        for row in connection.execute(query.order_by(reply.c.at, reply.c.message).limit(most))
    ]


def take(connection: Connection, name: str, into: State, why: str | None = None, before: State = State.DUE) -> bool:
    """Take a reply out of the queue; whoever is told True, and nobody else, does in this transaction what follows."""
    mine = (reply.c.message == name, reply.c.state == before.value)
    done = connection.execute(update(reply).where(*mine).values(state=into.value, why=why, words=None))
    return done.rowcount == 1


def answered_lately(connection: Connection, one: Due, within: timedelta) -> int:
    """How many replies of this person to this edition were carried out lately."""
    theirs = (reply.c.edition == one.edition, reply.c.recipient == one.recipient, reply.c.state != State.DUE.value)
    query = select(func.count()).where(*theirs, reply.c.why.is_(None), reply.c.at > one.at - within)
    return connection.execute(query).scalar_one()


def fresh(connection: Connection, most: int = 20) -> list[Due]:
    """The replies that want a fresh edition for their writers; `served` takes one of them off this list."""
    return due(connection, most, State.FRESH)


def served(connection: Connection, name: str) -> bool:
    """A fresh edition is made, in this transaction; False: somebody else has made it."""
    return take(connection, name, State.DONE, before=State.FRESH)
