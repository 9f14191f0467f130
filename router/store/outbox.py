"""The outbox: one row per message and inbox, claimed with a lease (in `claims`), settled by its holder.

                      release                 ┌──────────── lease ran out, process died ─────────┐
      held ─────────────────────┐             │                                                  ▼
                                ▼    claim    │   delivered (end)                             unknown
      (routed) ───────────▶ pending ───────▶ sending ──▶ deferred ──claim when due──▶ sending    │
                                ▲             │   failed (end, alarm; `retry` brings it back)    │
                                └── retry ────┘ ◀──────────── claim, look for the first copy ────┘
      withheld, skipped (end): a rule or the inbox's own setting keeps the copy back; the row says why

A lease is renewed while work goes on. An outcome counts only from the holder of the lease and the attempt it was given
for: an update that finds neither changes nothing. An expired lease becomes `unknown`, never `pending`, since the copy
may have arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, text, update

from router.store.content import Content
from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import DOUBTED, outbox
from router.store.writer import Statement


class State(StrEnum):
    """Where a copy stands."""

    PENDING = "pending"  # waits for its courier
    SENDING = "sending"  # a courier has it, under a lease
    DELIVERED = "delivered"  # arrived; the receipt is on record
    DEFERRED = "deferred"  # failed for now, due again
    UNKNOWN = "unknown"  # the connection or the process died at the wrong moment
    HELD = "held"  # waits for a person's word
    FAILED = "failed"  # given up
    WITHHELD = "withheld"  # a rule keeps it from this inbox
    SKIPPED = "skipped"  # the inbox's own setting keeps it out


CLAIMABLE = (State.PENDING, State.DEFERRED, State.UNKNOWN)
OPEN = (*CLAIMABLE, State.SENDING, State.HELD, State.FAILED)

# Somebody may still have to decide about it, and needs its mail. What a bundle has named and nobody has asked for is
# not waited for: it goes by its age.
LISTED = "listed"
STILL_OPEN = or_(*(outbox.c.state == state for state in OPEN)) & outbox.c.reason.is_distinct_from(LISTED)

ADD_COPY = Statement(insert(outbox))


def _settling(**values: Any) -> Statement:
    held = (
        outbox.c.id == bindparam("b_id"),
        outbox.c.holder == bindparam("b_holder"),
        outbox.c.attempts == bindparam("b_attempts"),
        outbox.c.state == State.SENDING,
    )
    return Statement(update(outbox).where(*held).values(holder=None, lease=None, **values), rank=1, by_key=True)


_SETTLE = _settling(
    state=bindparam("state"),
    due=bindparam("due"),
    last_error=bindparam("last_error"),
    note=bindparam("note"),
    receipt=bindparam("receipt"),
    changed=bindparam("changed"),
    ended=bindparam("ended"),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A copy in a courier's hand."""

    id: str
    message: str
    inbox: str
    thread: str
    content: Content
    block: bytes  # our header lines, to stand before `raw`
    received: datetime
    folder: str | None
    seen: bool  # to be filed as already read
    attempts: int  # this one included
    created: datetime
    lease: datetime  # until when the claim holds, unless it is renewed
    note: Mapping[str, Any]  # what the last attempt left for this one
    doubts: int  # earlier attempts of which nobody knows whether they arrived


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt."""

    copy: Claimed
    state: State
    due: datetime | None = None
    last_error: str | None = None
    note: Mapping[str, Any] | None = None
    receipt: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()


def settlement(settled: Sequence[Settled], holder: str, now: datetime) -> tuple[Statement, list[Row]]:
    """The write that records outcomes of `holder`'s attempts."""
    rows = [
        {
            "b_id": item.copy.id,
            "b_holder": holder,
            "b_attempts": item.copy.attempts,
            "state": item.state.value,
            "due": item.due,
            "last_error": item.last_error,
            "note": dict(item.note) if item.note else None,
            "receipt": item.receipt,
            "changed": list(item.changed),
            "ended": now if item.state in (State.DELIVERED, State.FAILED) else None,
        }
        for item in settled
    ]
    return _SETTLE, rows


def renew(connection: Connection, ids: Sequence[str], holder: str, until: datetime) -> set[str]:
    """Prolong the leases of copies still in hand; returns which of them still are."""
    mine = (outbox.c.holder == holder, outbox.c.state == State.SENDING)
    kept: set[str] = set()
    for some in slices(ids):
        connection.execute(update(outbox).where(outbox.c.id.in_(some), *mine).values(lease=until))
        kept.update(connection.execute(select(outbox.c.id).where(outbox.c.id.in_(some), *mine)).scalars())
    return kept


def expire(connection: Connection, now: datetime, everything: bool = False) -> list[tuple[str, str]]:
    """Turn expired leases into `unknown`, or all leases (whoever holds the lock of a SQLite database is alone).

    Returns id and inbox of each.
    """
    late = [outbox.c.state == State.SENDING] + ([] if everything else [outbox.c.lease < now])
    found = [(row.id, row.inbox) for row in connection.execute(select(outbox.c.id, outbox.c.inbox).where(*late))]
    for ids in slices([row_id for row_id, _ in found]):
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids), *late)  # again: another router may have renewed or settled it in between
            .values(state=State.UNKNOWN, due=now, holder=None, lease=None)
        )
    return found


def give_back(connection: Connection, ids: Sequence[str], holder: str) -> None:
    """Return leased copies that no courier has touched; each stands in the queue where it stood."""
    mine = (outbox.c.holder == holder, outbox.c.state == State.SENDING)
    values = {
        "state": State.PENDING,
        "due": outbox.c.created,
        "holder": None,
        "lease": None,
        "attempts": outbox.c.attempts - 1,
    }
    for some in slices(ids):
        connection.execute(update(outbox).where(outbox.c.id.in_(some), *mine).values(values))


def possibly_doubled(connection: Connection) -> int:
    """How many copies arrived after an attempt whose end nobody knows, where nobody can look: they may be there twice."""
    twice = outbox.c.receipt["possibly_doubled"].as_integer() > 0
    return connection.execute(select(func.count()).where(text(DOUBTED), twice)).scalar_one()


def counts(connection: Connection) -> dict[str, int]:
    """How many copies stand in each state."""
    found = dict.fromkeys((state.value for state in State), 0)
    for state, count in connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state)):
        found[state] = count
    return found
