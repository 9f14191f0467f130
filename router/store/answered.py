"""Which copies are to be marked as answered where they lie, and which are.

`open` is written with the row of a copy whose inbox can be marked; `note` turns it into `due` in the transaction in
which the answer is known, and back where a bounce or a person takes the answer away before anybody marked it. Once a
copy is marked nothing changes any more: what its owner does with the mark is his.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, select, text, update

from router.conversation.standing import How, Standing
from router.store.outbox import State
from router.store.slices import slices
from router.store.tables import ANSWERED_DUE, outbox
from router.store.writer import Statement


class Mark(StrEnum):
    """Of a copy, in `outbox.answered`."""

    OPEN = "open"  # its mail is not answered
    DUE = "due"  # it is, and the copy is to be marked
    SET = "set"  # the copy is marked
    ABSENT = "absent"  # it is not where its receipt says: moved, deleted, or the folder has been made anew
    UNABLE = "unable"  # its folder keeps no such mark


@dataclass(frozen=True, slots=True)
class Due:
    """A copy that is to be marked."""

    id: str
    message: str
    block: bytes  # our header lines
    receipt: Mapping[str, Any]  # where it lies


_ANSWERS = (How.ANSWER, How.PHONE)
_MESSAGES: BindParameter[Sequence[str]] = bindparam("messages", expanding=True)
_UNMARKED = select(outbox.c.id, outbox.c.message, outbox.c.answered).where(
    outbox.c.message.in_(_MESSAGES), outbox.c.answered.in_([Mark.OPEN, Mark.DUE])
)
_SET = update(outbox).where(outbox.c.id == bindparam("b_id")).values(answered=bindparam("answered"))
_DUE = (
    select(outbox.c.id, outbox.c.message, outbox.c.block, outbox.c.receipt)
    .where(text(ANSWERED_DUE), outbox.c.inbox == bindparam("inbox"), outbox.c.state == State.DELIVERED)
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
SETTLE = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("b_id"), outbox.c.answered == Mark.DUE)
    .values(answered=bindparam("answered")),
    rank=1,
)


def note(connection: Connection, standings: Iterable[Standing]) -> None:
    """Conversations stand where they did not: the copies of what is answered now are due."""
    letters = {
        letter: wait.end is not None and wait.end.how in _ANSWERS
        for standing in standings
        for wait in standing.waits
        for letter in wait.letters
    }
    changed = [
        {"b_id": row.id, "answered": wanted.value}
        for some in slices(letters)
        for row in connection.execute(_UNMARKED, {"messages": some})
        if row.answered != (wanted := Mark.DUE if letters[row.message] else Mark.OPEN)
    ]
    if changed:
        connection.execute(_SET, changed)


def due(connection: Connection, inbox: str, most: int) -> list[Due]:
    """Copies that have arrived there and are to be marked."""
    rows = connection.execute(_DUE, {"inbox": inbox, "most": most})
    return [Due(row.id, row.message, row.block, row.receipt or {}) for row in rows]
