"""A person's word on a conversation: one write transaction each, with who and why in the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from router.conversation.letter import Deed
from router.mail.kind import Kind
from router.store.ids import new_id
from router.store.slices import slices
from router.store.standings import restate
from router.store.tables import event, message, never, thread
from router.store.upsert import pick, updating
from router.store.views import resolve_thread

_NEVER = updating(never, ["address"], lambda new: {"at": new.at, "by": new.by, "why": new.why})


@dataclass(frozen=True, slots=True)
class Said:
    """Who says what, and why."""

    deed: Deed
    by: str
    why: str | None = None
    until: datetime | None = None  # of a snooze


def say(connection: Connection, name: str, said: Said, now: datetime) -> list[str]:
    """Carry a word out; returns the conversations that it is about, none where `name` leads to none."""
    if (found := resolve_thread(connection, name)) is None:
        return []
    return say_of(connection, [found], said, now)


def say_of(connection: Connection, found: Sequence[str], said: Said, now: datetime) -> list[str]:
    """The same of several conversations, by their present names."""
    if said.deed in (Deed.NEVER, Deed.NEVER_MIND):
        told = [_of_sender(connection, one, said, now) for one in found]
        return list(dict.fromkeys(name for names in told for name in names))
    return _tell(connection, found, said, now)


def _of_sender(connection: Connection, name: str, said: Said, now: datetime) -> list[str]:
    """A word on whoever wrote a conversation: it is told in each conversation in which he waits, or waited."""
    if (customer := _customer(connection, name)) is None:
        return []
    waits: ColumnElement[bool] = thread.c.since.is_not(None)
    asked: list[str] = []
    if said.deed is Deed.NEVER:
        row = {"address": customer, "at": now, "by": said.by, "why": said.why}
        connection.execute(pick(_NEVER, connection), row)
    else:
        connection.execute(delete(never).where(never.c.address == customer))
        told = select(event.c.thread).where(event.c.thread == thread.c.id, event.c.name == Deed.NEVER)
        waits = told.exists()
        asked = _ask_after_all(connection, customer)
    theirs = select(message.c.thread).where(message.c.customer == customer, message.c.direction == "in")
    others = connection.execute(select(thread.c.id).where(thread.c.id.in_(theirs), waits)).scalars()
    return _tell(connection, dict.fromkeys([name, *others, *asked]), said, now, customer)


def _ask_after_all(connection: Connection, customer: str) -> list[str]:
    """Letters that came in while he never needed an answer need one; returns their conversations.

    Those that a person wrote: of the others nobody has kept what they would have needed.
    """
    columns = select(message.c.id, message.c.thread, message.c.needs_reasons)
    excused = columns.where(
        *(message.c.customer == customer, message.c.direction == "in", message.c.kind == Kind.PERSON),
        message.c.needs_answer.is_(False),
    )
    found = [row for row in connection.execute(excused) if row.needs_reasons == [Deed.NEVER]]
    values = {"needs_answer": True, "needs_reasons": [Deed.NEVER_MIND]}
    for some in slices([row.id for row in found]):
        connection.execute(update(message).where(message.c.id.in_(some)).values(values))
    names = dict.fromkeys(row.thread for row in found)
    known = (select(thread.c.id).where(thread.c.id.in_(some)) for some in slices(names))
    return [name for query in known for name in connection.execute(query).scalars()]


def _customer(connection: Connection, name: str) -> str | None:
    """Whose conversation it is: of whoever waits, else of whoever wrote last."""
    waits = select(message.c.customer).join(thread, thread.c.letter == message.c.id).where(thread.c.id == name)
    wrote = select(message.c.customer).where(message.c.thread == name, message.c.direction == "in")
    last = wrote.where(message.c.customer.is_not(None)).order_by(message.c.received.desc(), message.c.id.desc())
    found: str | None = connection.execute(waits).scalar() or connection.execute(last.limit(1)).scalar()
    return found


def _tell(
    connection: Connection, threads: Iterable[str], said: Said, now: datetime, customer: str | None = None
) -> list[str]:
    until = said.until.isoformat() if said.until else None
    values: dict[str, Any] = {"by": said.by, "why": said.why, "until": until, "customer": customer}
    detail = {key: value for key, value in values.items() if value is not None}
    names = list(threads)
    rows = [
        {"id": new_id(), "thread": name, "message": None, "name": said.deed.value, "at": now, "detail": detail}
        for name in names
    ]
    connection.execute(insert(event), rows)
    restate(connection, names)
    return names
