"""Who waited at an instant of the past: read from the letters and words up to then, as if nothing had come since.

Only conversations in which something has come since are computed anew; of all others the row says how they stood. What
was erased since is not there, whose answers could be seen is told as of today, and what came late from the past counts
from its own date.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from router.conversation.agenda import Waiter
from router.conversation.standing import Standing
from router.conversation.story import stand
from router.store.letters import told
from router.store.slices import slices
from router.store.standings import columns
from router.store.tables import event, message, thread
from router.store.waiting import waiter, waiters

_MAIL = (
    *(message.c.id, message.c.customer, message.c.customer_name, message.c.subject, message.c.snippet),
    *(message.c.mailboxes, message.c.received, message.c.phrase, message.c.author, message.c.letter),
)


def waiters_at(connection: Connection, at: datetime, now: datetime) -> list[Waiter]:
    """Who waits at `at`; snoozes that end and promises that fall due until an instant of the future are over then."""
    if at >= now:
        return waiters(connection, at)
    changed = _changed(connection, at)
    same = [row for row in waiters(connection, at) if row.thread not in changed and row.listed_since <= at]
    return same + _anew(connection, sorted(changed), at)


def standings_at(connection: Connection, threads: Sequence[str], at: datetime) -> dict[str, Standing]:
    """Where these conversations stood at an instant; nothing of those that have not begun by then."""
    found = {}
    for name, conversation in told(connection, threads).items():
        letters = [letter for letter in conversation.letters if letter.at <= at]
        if letters:
            found[name] = stand(letters, [word for word in conversation.words if word.at <= at])
    return found


def _changed(connection: Connection, at: datetime) -> set[str]:
    """Conversations in which something has come, or somebody has said a word, since."""
    came = select(message.c.thread).where(message.c.received > at).distinct()
    said = select(event.c.thread).where(event.c.at > at).distinct()
    return {*connection.execute(came).scalars(), *connection.execute(said).scalars()}


def _anew(connection: Connection, threads: Sequence[str], at: datetime) -> list[Waiter]:
    rows: dict[str, dict[str, Any]] = {}
    there = select(thread.c.id).where(thread.c.merged_into.is_(None))
    for some in slices(threads):
        names = list(connection.execute(there.where(thread.c.id.in_(some))).scalars())
        for name, standing in standings_at(connection, names, at).items():
            row = columns(standing)
            asleep = row["snoozed_until"] is not None and row["snoozed_until"] > at
            due = row["promise_due"] is not None and row["promise_due"] <= at
            if due and row["finished"]:  # thanks do not keep a promise (see `store.waiting`)
                row |= {"since": None, "letter": None, "finished": False}
            if (row["since"] is not None and not asleep) or (row["since"] is None and due):
                rows[name] = row
    wanted = {row[key] for row in rows.values() for key in ("letter", "promise", "answer") if row[key]}
    mails = {
        row["id"]: row
        for some in slices(wanted)
        for row in connection.execute(select(*_MAIL).where(message.c.id.in_(some))).mappings()
    }
    return [_waiter(name, row, mails) for name, row in rows.items()]


def _waiter(name: str, row: dict[str, Any], mails: dict[str, Any]) -> Waiter:
    promise, answer = mails.get(row["promise"]), mails.get(row["answer"])
    return waiter(
        dict(mails[row["letter"] or row["promise"]])
        | row
        | {
            "id": name,
            "answer_id": row["answer"],
            "answer": answer["letter"] if answer else None,
            "promise": promise["phrase"] if promise else None,
            "promised_by": promise["author"] if promise else None,
        }
    )
