"""Claims: which copies go next from the database, and the lease that makes them ours.

What is due first goes first; at an inbox that wants it so, the conversation with the newest mail. A copy waits for an
earlier one of its conversation and inbox while that is `pending` or `sending`, so that nobody reads an answer before
its question, but no longer than `ORDERED`, and never for one that is deferred, unknown, held or failed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy import text as sql

from router.store.outbox import Claimed, State
from router.store.raw import Fetch, read_contents, within_bytes
from router.store.tables import WAITING, bundled, outbox, raw

ORDERED = timedelta(seconds=60)  # how long a copy waits for an earlier one of its conversation, from that one's making
CLAIM_BYTES = 16_000_000  # of mail in memory after one claim
_MINUTE = 60_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much an inbox takes now."""

    copies: int
    octets: int = 1 << 62  # reached by the last copy, or passed
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim got."""

    copies: list[Claimed]
    next_due: dict[str, datetime | None]  # of what still waits, by inbox


def claim(
    connection: Connection,
    wanted: Mapping[str, Wanted],
    holder: str,
    now: datetime,
    lease: timedelta,
    fetch: Fetch,
) -> Claim:
    """Take copies that are due under a lease, as many for each inbox as it wants."""
    due = next_due(connection, wanted)
    waiting = {inbox: most for inbox, most in wanted.items() if (at := due[inbox]) is not None and at <= now}
    found = [row for inbox, most in waiting.items() for row in _next(connection, inbox, most, now)]
    if gone := [row.id for row in found if row.size is None]:
        # Its raw mail was erased: nothing can be delivered any more, and it must not stand in the way of others.
        values = {"state": State.FAILED, "due": None, "last_error": "the raw mail is no longer stored", "ended": now}
        connection.execute(update(outbox).where(outbox.c.id.in_(gone)).values(values))
    rows = within_bytes([row for row in found if row.size is not None], CLAIM_BYTES)
    if rows:
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in rows]))
            .values(
                state=State.SENDING,
                holder=holder,
                lease=now + lease,
                attempts=outbox.c.attempts + 1,
                doubts=outbox.c.doubts + case((outbox.c.state == State.UNKNOWN, 1), else_=0),
            )
        )
    contents = read_contents(connection, {row.sha256: row.size for row in rows}, fetch)
    copies = [
        Claimed(
            id=row.id,
            message=row.message,
            inbox=row.inbox,
            thread=row.thread,
            content=contents[row.sha256],
            block=row.block,
            received=row.received,
            folder=row.folder,
            seen=row.seen,
            attempts=row.attempts + 1,
            created=row.created,
            lease=now + lease,
            note=row.note or {},
            doubts=row.doubts + (row.state == State.UNKNOWN),
        )
        for row in rows
    ]
    return Claim(copies, due | next_due(connection, waiting))


def _earlier(*states: State) -> tuple[ColumnElement[bool], ...]:
    """A copy of the same conversation and inbox, made before; no open copy has `ended`, which leads to the index."""
    return (
        _mate.c.state.in_(states),
        _mate.c.inbox == outbox.c.inbox,
        _mate.c.ended.is_(None),
        _mate.c.thread == outbox.c.thread,
        tuple_(_mate.c.created, _mate.c.id) < tuple_(outbox.c.created, outbox.c.id),
    )


# The statements are made once: that takes longer than to carry them out.
_mate = outbox.alias("mate")
_inbox = outbox.c.inbox == bindparam("inbox")
_since = bindparam("since", type_=outbox.c.created.type)
_waiting = sql(f"outbox.{WAITING}")
_blocking = select(_mate.c.id).where(*_earlier(State.PENDING, State.SENDING), _mate.c.created > _since).exists()
_older = select(_mate.c.id).where(*_earlier(State.PENDING)).exists()
# PostgreSQL: what another router is just claiming is passed over. SQLite, with its one writer, leaves this out.
_COPIES = (
    select(outbox, raw.c.size)
    .join(raw, raw.c.sha256 == outbox.c.sha256, isouter=True)
    .where(_inbox, outbox.c.due <= bindparam("now"), or_(outbox.c.created <= _since, ~_blocking))
    .with_for_update(of=outbox, skip_locked=True)
    .limit(bindparam("most", type_=Integer))
)
_OLDEST = _COPIES.where(_waiting).order_by(outbox.c.due, outbox.c.id)
_NEWEST = _COPIES.where(_waiting).order_by(outbox.c.due.desc(), outbox.c.id.desc()).add_columns(_older.label("older"))
_OF_THREAD = _COPIES.where(
    outbox.c.state == State.PENDING, outbox.c.ended.is_(None), outbox.c.thread == bindparam("thread")
).order_by(outbox.c.created, outbox.c.id)
_NEXT_DUE = select(func.min(outbox.c.due)).where(_waiting, _inbox)


def _next(connection: Connection, inbox: str, most: Wanted, now: datetime) -> list[Row[Any]]:
    """The copies whose turn it is."""
    values = {"inbox": inbox, "now": now, "since": now - ORDERED, "most": most.copies}
    newest = most.newest_first
    found = _newest(connection, values) if newest else connection.execute(_OLDEST, values).all()
    rows: list[Row[Any]] = []
    octets = 0
    for row in found:
        if octets >= most.octets:
            break
        octets += row.size or 0
        rows.append(row)
    return rows


def _newest(connection: Connection, values: Mapping[str, Any]) -> list[Row[Any]]:
    """By conversations, the one with the newest mail first; inside each the oldest first."""
    rows: dict[str, Row[Any]] = {}
    threads: set[str] = set()
    for row in connection.execute(_NEWEST, values).all():
        if len(rows) >= values["most"]:
            break
        if not row.older or row.state != State.PENDING:
            rows.setdefault(row.id, row)
        elif row.thread not in threads:
            threads.add(row.thread)
            mine = {**values, "thread": row.thread, "most": values["most"] - len(rows)}
            rows |= {mate.id: mate for mate in connection.execute(_OF_THREAD, mine)}
    return list(rows.values())


def next_due(connection: Connection, inboxes: Collection[str]) -> dict[str, datetime | None]:
    """When the next copy for each inbox is due; None where none waits."""
    return {inbox: connection.execute(_NEXT_DUE, {"inbox": inbox}).scalar() for inbox in inboxes}


def delivered(connection: Connection, inboxes: Collection[str], since: datetime) -> list[tuple[datetime, int, int]]:
    """What arrived since: the beginning of a minute, and the copies and octets of that minute; oldest first."""
    minute = (type_coerce(outbox.c.ended, BigInteger) // _MINUTE * _MINUTE).label("minute")
    query = select(type_coerce(minute, outbox.c.ended.type), func.count(), func.sum(func.coalesce(raw.c.size, 0)))
    query = query.join_from(outbox, raw, raw.c.sha256 == outbox.c.sha256, isouter=True)
    within = select(bundled.c.copy).where(bundled.c.copy == outbox.c.id, bundled.c.attached).exists()
    arrived = and_(outbox.c.state == State.DELIVERED, outbox.c.inbox.in_(inboxes), outbox.c.ended > since, ~within)
    rows = connection.execute(query.where(arrived).group_by(minute).order_by(minute))
    return [(at, copies, int(octets)) for at, copies, octets in rows]
