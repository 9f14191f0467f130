"""How the router stands: one object of plain values for `status`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from router.conversation.slots import Schedule, next_slot
from router.store import editions, keeping, outbox, watched, wishes
from router.store.outbox import State
from router.store.tables import message, raw, sighting, thread
from router.store.tables import outbox as outbox_table
from router.store.waiting import unknown

OVERDUE = timedelta(hours=1)  # the age from which a slot without its digest is a fault
_UNDER_WAY = (State.DELIVERED, State.SENDING, State.PENDING, State.DEFERRED, State.UNKNOWN)
STUCK = timedelta(minutes=5)  # the age from which unrouted mail or an untried copy is a fault


# A journal report is no mail; what it held was a transmission of its own.
_is_mail = or_(sighting.c.verdict.is_(None), sighting.c.verdict.not_in(("report", "foreign")))


def summary(connection: Connection, now: datetime) -> dict[str, Any]:
    """Counts of everything, and `wrong`: codes of what a person should look at."""
    unrouted = select(func.count(), func.min(sighting.c.received)).where(sighting.c.routed.is_(None))
    waiting, oldest = connection.execute(unrouted).one()
    states = outbox.counts(connection)
    alarms = keeping.open_alarms(connection, now)
    threads = select(func.count(message.c.thread.distinct())).where(message.c.thread.in_(select(thread.c.id)))
    last = connection.execute(select(func.max(sighting.c.received))).scalar()
    return {
        "spool": {"unrouted": waiting, "oldest": oldest},
        "outbox": states,
        "possibly_doubled": outbox.possibly_doubled(connection),
        "messages": connection.execute(select(func.count()).select_from(message)).scalar_one(),
        "threads": connection.execute(threads).scalar_one(),
        "sightings": _verdicts(connection),
        "last_received": last,
        "by_listener": connection.execute(
            select(func.count()).select_from(sighting).where(sighting.c.source.in_(("smtp", "journal")), _is_mail)
        ).scalar_one(),
        "watched": watched.sources(connection),
        "unseen": unknown(connection, now),
        "wishes": [asdict(one) for one in wishes.every(connection)],
        "refused": keeping.refusals(connection, (now - timedelta(days=1)).date().isoformat()),
        "alarms": [
            {key: alarm[key] for key in ("code", "key", "detail", "first", "last", "count")} for alarm in alarms
        ],
        "wrong": _wrong(connection, now, oldest, states, len(alarms)),
    }


def digests(
    connection: Connection, due: Sequence[tuple[str, Schedule]], now: datetime
) -> tuple[list[dict[str, Any]], list[str]]:
    """Each digest with its next slot and what became of its last; and codes of what is wrong with them."""
    told, wrong = [], set()
    for name, schedule in due:
        last = editions.outcome(connection, name, now)
        if any(slot.at <= now - OVERDUE for slot in editions.due(connection, name, schedule, now)):
            wrong.add("digest-missing")
        if last is not None and now - last.made > OVERDUE and set(last.states) - set(_UNDER_WAY):
            wrong.add("digest-undelivered")
        told.append(
            {
                "name": name,
                "next": next_slot(schedule, now).at,
                "last": last.made if last else None,
                "slot": last.slot if last else None,
                "missed": last.missed if last else None,
                "letters": last.states if last else {},
            }
        )
    return told, sorted(wrong)


def oldest_unrouted(connection: Connection) -> str | None:
    """The transmission that T2 has to take next; None where none waits, or only such whose mail was erased."""
    stored = select(raw.c.sha256).where(raw.c.sha256 == sighting.c.sha256).exists()
    head = select(sighting.c.id).where(sighting.c.routed.is_(None), stored).order_by(sighting.c.id).limit(1)
    found: str | None = connection.execute(head).scalar()
    return found


def _verdicts(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(sighting.c.verdict, func.count()).group_by(sighting.c.verdict))
    return {verdict or "unrouted": count for verdict, count in rows}


def _wrong(
    connection: Connection, now: datetime, oldest: datetime | None, states: dict[str, int], alarms: int
) -> list[str]:
    found = []
    if oldest is not None and now - oldest > STUCK:
        found.append("unrouted-mail")
    stuck = (
        outbox_table.c.state.in_([State.PENDING, State.DEFERRED, State.UNKNOWN]),
        outbox_table.c.created < now - STUCK,
    )
    if connection.execute(select(func.count()).where(*stuck)).scalar_one():
        found.append("copies-wait")
    if states[State.FAILED]:
        found.append("copies-failed")
    return found + (["alarms"] if alarms else [])
