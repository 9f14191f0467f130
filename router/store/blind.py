"""Mailboxes whose answers we cannot see, though some way should show them: whoever waits there is `unknown`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from router.conversation.blindness import FEW_ANSWERS, Day, of_history
from router.store import keeping
from router.store.history import IMPORTED
from router.store.tables import blind, message, outbound, thread
from router.store.upsert import pick, updating

UNSEEN = "answers-unseen"  # a standing alarm

_SET = updating(blind, ["mailbox"], lambda new: {"reason": new.reason})


def day(connection: Connection, mailbox: str, start: datetime, end: datetime) -> Day:
    """What came to a mailbox between two instants, and whether anything went out since the first."""
    columns = select(message.c.customer, message.c.mailboxes, message.c.direction, message.c.received)
    rows = connection.execute(
        columns.where(message.c.received >= start, (message.c.direction == "out") | message.c.needs_answer)
    )
    people, answers = set(), 0
    for customer, mailboxes, direction, received in rows:
        if mailbox not in mailboxes:
            continue
        if direction == "out":
            answers += 1
        elif received < end and customer:
            people.add(customer)
    return Day(len(people), answers)


def has_source(connection: Connection, mailbox: str) -> bool:
    """Whether a way of its answers has worked."""
    return connection.execute(select(outbound.c.mailbox).where(outbound.c.mailbox == mailbox)).first() is not None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the imported history of a mailbox shows."""

    mailbox: str
    letters: int  # conversations in it that needed an answer
    answered: int
    reason: str | None = None
    cure: Mapping[str, Any] = field(default_factory=dict)


def of_past(connection: Connection, mailbox: str, cure: Mapping[str, Any]) -> Judged | None:
    """Judge a mailbox by its history; None where nothing is known of its answers, and so nothing said, or nothing changes."""
    if not has_source(connection, mailbox):
        return None
    rows = connection.execute(
        select(message.c.thread, message.c.mailboxes, thread.c.answered)
        .join(thread, thread.c.id == message.c.thread)
        .where(message.c.uncopied == IMPORTED, message.c.direction == "in", message.c.needs_answer)
    )
    letters = {row.thread: row.answered is not None for row in rows if mailbox in row.mailboxes}
    answered = sum(letters.values())
    reason, stands = of_history(len(letters), answered), reasons(connection).get(mailbox)
    if reason == stands or (reason is None and stands != FEW_ANSWERS):
        return None
    return Judged(mailbox, len(letters), answered, reason, cure)


def judge(connection: Connection, judged: Judged, now: datetime) -> None:
    """Note it."""
    if judged.reason is None:
        set_seen(connection, judged.mailbox, now)
        return
    told = {"mailbox": judged.mailbox, "reason": judged.reason, "people": judged.letters, "answered": judged.answered}
    set_blind(connection, judged.mailbox, judged.reason, told | dict(judged.cure), now)


def reasons(connection: Connection) -> dict[str, str]:
    """Why answers cannot be seen, by mailbox."""
    return {row.mailbox: row.reason for row in connection.execute(select(blind.c.mailbox, blind.c.reason))}


def set_blind(connection: Connection, mailbox: str, reason: str, detail: dict[str, Any], now: datetime) -> bool:
    """Note that its answers cannot be seen, and raise the alarm; false where that stands already."""
    if reasons(connection).get(mailbox) == reason:
        return False
    connection.execute(pick(_SET, connection), {"mailbox": mailbox, "reason": reason, "since": now})
    connection.execute(pick(keeping.RAISE_ALARM.sql, connection), keeping.alarm_row(UNSEEN, mailbox, detail, now))
    return True


def set_seen(connection: Connection, mailbox: str, now: datetime) -> bool:
    """Its answers are seen again; false where nothing said otherwise."""
    gone = connection.execute(delete(blind).where(blind.c.mailbox == mailbox)).rowcount
    connection.execute(pick(keeping.CLEAR_ALARM.sql, connection), keeping.clear_row(UNSEEN, mailbox, now))
    return bool(gone)
