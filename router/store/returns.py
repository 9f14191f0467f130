"""What comes back to copies that were sent: the question for them, and the writes that record it.

A report may be here before the courier's own word is: it says more, and whatever the courier still wants to record is
then for an attempt that it no longer holds.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from router.store.outbox import State
from router.store.slices import slices
from router.store.tables import edition, message, outbox
from router.store.writer import Statement

SENT = (State.DELIVERED, State.SENDING, State.UNKNOWN)  # a copy that may have been refused after all

_THAT = outbox.c.id == bindparam("b_id")
_FREE: dict[str, Any] = {"holder": None, "lease": None}

NOTE_RETURN = Statement(update(outbox).where(_THAT).values(came_back=bindparam("came_back")), rank=1)


def _again(form: str) -> Statement:
    """It goes once more, in another form (`router.delivery.retry`).

    `attempts` goes on: the courier that still has the copy in hand must not settle the next attempt.
    """
    values: dict[str, Any] = {
        "state": State.DEFERRED.value,
        "due": bindparam("now"),
        "created": bindparam("now"),
        "last_error": bindparam("last_error"),
        "note": {form: True},
        "ended": None,
    }
    return Statement(update(outbox).where(_THAT, outbox.c.state.in_(SENT)).values(**values, **_FREE), rank=2)


SEND_WRAPPED, SEND_SHORTENED = _again("wrapped"), _again("shortened")
GIVE_UP = Statement(
    update(outbox)
    .where(_THAT, outbox.c.state.in_(SENT))
    .values(state=State.FAILED.value, due=None, last_error=bindparam("last_error"), ended=bindparam("now"), **_FREE),
    rank=2,
)


@dataclass(slots=True)
class Sent:
    """One copy of a message."""

    id: str
    inbox: str
    state: str
    changed: tuple[str, ...]  # what was sent otherwise than received
    came_back: list[dict[str, Any]]


@dataclass(slots=True)
class Original:
    """A message whose copies were sent; or an edition of a digest, with its letters."""

    thread: str | None  # None: a digest belongs to no conversation
    customer: str | None
    forgotten: bool
    copies: list[Sent] = field(default_factory=list)
    digest: str | None = None  # its name, where it is one


def originals(connection: Connection, messages: Collection[str]) -> dict[str, Original]:
    """These messages with their copies; those that are no longer stored are left out."""
    found: dict[str, Original] = {}
    for some in slices(messages):
        columns = select(message.c.id, message.c.thread, message.c.customer, message.c.forgotten)
        for one in connection.execute(columns.where(message.c.id.in_(some))):
            found[one.id] = Original(one.thread, one.customer, one.forgotten is not None)
        if others := [one for one in some if one not in found]:
            for row in connection.execute(select(edition.c.id, edition.c.digest).where(edition.c.id.in_(others))):
                found[row.id] = Original(None, None, forgotten=False, digest=row.digest)
        copies = select(outbox).where(outbox.c.message.in_(some)).order_by(outbox.c.id)
        for row in connection.execute(copies):
            if row.message not in found:
                continue
            sent = Sent(row.id, row.inbox, row.state, tuple(row.changed), list(row.came_back or ()))
            found[row.message].copies.append(sent)
    return found
