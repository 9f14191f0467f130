"""Who waits: the list for people, from the rows of conversations and the letters that they name.

Where no way has ever shown an answer of a mailbox, whoever would wait there is `unknown`: such a conversation may have
been answered long ago.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, false, func, select, text, type_coerce

from router.conversation.agenda import Waiter
from router.conversation.standing import State
from router.store.tables import LISTED, blind, message, outbound, thread
from router.store.upsert import updating
from router.store.writer import Statement

View = dict[str, Any]

# Answers of a mailbox have come by a source. To be written with every one of them, and by an import that found none.
ANSWERS_SEEN = Statement(updating(outbound, ["mailbox", "source"], lambda new: {"last": new.last}))

_promise = message.alias("promise")
_answer = message.alias("answer_")


def seen_mailboxes(connection: Connection) -> frozenset[str]:
    """The mailboxes whose answers can be seen."""
    shown = set(connection.execute(select(outbound.c.mailbox)).scalars())
    return frozenset(shown.difference(connection.execute(select(blind.c.mailbox)).scalars()))


def waiting(connection: Connection, now: datetime, *, unknown: bool = False) -> list[View]:
    """Who waits and whom we have promised a word, longest first, probably finished ones last.

    With `unknown` those instead of whom nobody can say it.
    """
    seen = seen_mailboxes(connection)
    rows = connection.execute(_listed(now)).mappings()
    found = (_view(row) for row in rows if (_mailbox(row) in seen) != unknown)
    return sorted(found, key=lambda view: (view["probably_finished"], view["waiting_since"], view["thread"]))


def waiters(connection: Connection, now: datetime) -> list[Waiter]:
    """The same rows for a digest, in no order, also those of mailboxes whose answers cannot be seen."""
    return [waiter(row) for row in connection.execute(_listed(now)).mappings()]


def vips(connection: Connection, now: datetime) -> list[Waiter]:
    """Those of them that are VIPs and wait for an answer."""
    theirs = (thread.c.vip, thread.c.since.is_not(None), thread.c.finished.is_(False))
    return [waiter(row) for row in connection.execute(_listed(now).where(*theirs)).mappings()]


def unknown(connection: Connection, now: datetime) -> dict[str, int]:
    """How many conversations of each mailbox would wait, could its answers be seen."""
    seen, counts = seen_mailboxes(connection), dict[str, int]()
    for row in connection.execute(_listed(now)).mappings():
        if (mailbox := _mailbox(row)) not in seen:
            counts[mailbox or "?"] = counts.get(mailbox or "?", 0) + 1
    return counts


def _listed(now: datetime) -> Select[Any]:
    """Conversations in which a customer waits, or a promise of ours has fallen due.

    Who has only thanked for a promise still waits for it: once it has fallen due, it is a promise that is listed.
    """
    broken = thread.c.finished & (thread.c.promise_due <= now)
    columns = (
        *(thread.c.id, thread.c.letters, thread.c.again, thread.c.answered),
        type_coerce(case((broken, None), else_=thread.c.since), thread.c.since.type).label("since"),
        case((broken, false()), else_=thread.c.finished).label("finished"),
        *(thread.c.answered_by, thread.c.promise_due, thread.c.taken_by, thread.c.vip, thread.c.snoozed_until),
        *(message.c.customer, message.c.customer_name, message.c.subject, message.c.snippet, message.c.mailboxes),
        message.c.received,
        _promise.c.phrase.label("promise"),
        _promise.c.author.label("promised_by"),
        *(thread.c.answer.label("answer_id"), _answer.c.letter.label("answer")),
    )
    letter = func.coalesce(thread.c.letter, thread.c.promise)
    awake = thread.c.since.is_not(None) & (thread.c.snoozed_until.is_(None) | (thread.c.snoozed_until <= now))
    return (
        select(*columns)
        .join(message, message.c.id == case((broken, thread.c.promise), else_=letter))
        .join(_promise, _promise.c.id == thread.c.promise, isouter=True)
        .join(_answer, _answer.c.id == thread.c.answer, isouter=True)
        .where(text(f"({LISTED})"), awake | (thread.c.since.is_(None) & (thread.c.promise_due <= now)))
    )


def _mailbox(row: RowMapping) -> str | None:
    return next(iter(row["mailboxes"]), None)


def _view(row: RowMapping) -> View:
    return {
        "thread": row["id"],
        "mailbox": _mailbox(row),
        "customer": row["customer"],
        "customer_name": row["customer_name"],
        "subject": row["subject"],
        "snippet": row["snippet"],
        "waiting_since": row["since"] or row["promise_due"],
        "letters": row["letters"],
        "again": row["again"],
        "last_answer": row["answered"],
        "last_answer_by": row["answered_by"],
        "founder": (row["answer"] or {}).get("founder"),
        "vip": row["vip"],
        "taken_by": row["taken_by"],
        "promise": row["promise"],
        "promised_by": row["promised_by"],
        "promise_due": row["promise_due"],
        "probably_finished": row["finished"],
    }


def waiter(row: RowMapping | View) -> Waiter:
    """A row as a digest takes it."""
    return Waiter(
        thread=row["id"],
        mailboxes=tuple(row["mailboxes"]),
        customer=row["customer"],
        customer_name=row["customer_name"],
        subject=row["subject"],
        snippet=row["snippet"],
        since=row["since"],
        wrote=row["received"],
        letters=row["letters"],
        again=row["again"],
        finished=row["finished"],
        vip=row["vip"],
        taken_by=row["taken_by"],
        answered=row["answered"],
        answered_by=row["answered_by"],
        phoned=row["answered"] is not None and row["answer_id"] is None,
        founder=(row["answer"] or {}).get("founder"),
        promise=row["promise"],
        promised_by=row["promised_by"],
        promise_due=row["promise_due"],
    )


def effective(state: str, snoozed_until: datetime | None, now: datetime, *, seen: bool) -> State:
    """The state as it is to be told: who is snoozed wakes up, and where answers cannot be seen nobody can say it."""
    stored = State(state or State.NONE)
    if stored is State.SNOOZED and snoozed_until is not None and snoozed_until <= now:
        stored = State.WAITING
    return State.UNKNOWN if stored in (State.WAITING, State.SNOOZED) and not seen else stored
