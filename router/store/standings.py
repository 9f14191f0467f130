"""Keeps beside each conversation where it stands, so that lists need not read its messages.

Whatever writes messages or events of conversations restates these in the same transaction: it reads what the
transaction itself has written, and no word of a person can be lost between a look and a write.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from router.conversation.standing import Standing
from router.conversation.story import stand
from router.store.database import Database
from router.store.letters import told
from router.store.rows import Row
from router.store.slices import SLICE
from router.store.tables import thread
from router.store.writer import Unit

# What a conversation is before anything is known of it, by column of `thread`.
_STATE = (
    *("state", "since", "letter", "finished", "letters", "again", "answered", "answered_by", "answer"),
    *("promise", "promise_due", "snoozed_until", "taken_by", "vip"),
)
_SET = update(thread).where(thread.c.id == bindparam("b_id")).values({name: bindparam(name) for name in _STATE})


def restate(connection: Connection, threads: Collection[str]) -> dict[str, Standing]:
    """Compute anew where these conversations stand, and store it."""
    found = {
        name: stand(conversation.letters, conversation.words)
        for name, conversation in told(connection, threads).items()
    }
    if found:
        connection.execute(_SET, [{"b_id": name, **columns(standing)} for name, standing in found.items()])
    return found


def restate_after(check: Callable[[Connection], None] | None, threads: Collection[str], connection: Connection) -> None:
    """The same at the end of a transaction that first has to `check` whether it may."""
    if check is not None:
        check(connection)
    restate(connection, threads)


async def restate_stale(database: Database) -> int:
    """Compute where conversations stand that an upgrade has left without a state; returns how many."""
    count, after = 0, ""
    while names := await database.aread(partial(_stale, after=after)):
        await database.writer.insist(partial(Unit, "restate", call=partial(restate, threads=names)))
        count, after = count + len(names), names[-1]
    return count


def _stale(connection: Connection, after: str) -> list[str]:
    query = select(thread.c.id).where(thread.c.state == "", thread.c.merged_into.is_(None), thread.c.id > after)
    return list(connection.execute(query.order_by(thread.c.id).limit(SLICE)).scalars())


def columns(standing: Standing) -> Row:
    """The columns of `thread` that say where a conversation stands."""
    waiting: Any = standing.open[0] if standing.open else None
    answered, pledge = standing.answered, standing.pledge
    return {
        "state": standing.state.value,
        "since": waiting.since if waiting else None,
        "letter": waiting.letters[0] if waiting else None,
        "finished": waiting is not None and waiting.courtesy is not None,
        "letters": standing.letters,
        "again": standing.again,
        "answered": answered.at if answered else None,
        "answered_by": answered.by if answered else None,
        "answer": answered.message if answered else None,
        "promise": pledge.message if pledge else None,
        "promise_due": pledge.due if pledge else None,
        "snoozed_until": standing.snoozed_until,
        "taken_by": standing.taken_by,
        "vip": standing.vip,
    }
