"""Editions of digests: the row that claims a slot, the letters frozen beside it, and what people ask of them.

Whoever writes the row of a slot sends its letters: they are in the outbox in the same transaction, or the slot is still
free. An edition has no row in `message`; its id stands there in `outbox.message`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select

from router.conversation.edition import Edition, Item, Kind, Section
from router.conversation.slots import Schedule, Slot, slots_between
from router.store.ids import new_id
from router.store.raw import check_whole
from router.store.rows import Row
from router.store.slices import SLICE
from router.store.tables import edition, outbox
from router.store.upsert import ignoring, pick, updating
from router.store.writer import Statement

SLOTTED = (Kind.NIGHTLY, Kind.WEEKLY)
AT_ONCE_AGAIN = timedelta(days=7)  # nobody is told of one conversation more often

_ADD = ignoring(edition)
_BEGIN = updating(edition, ["digest", "slot"], lambda new: {"at": new["at"], "made": new.made})

Writes = Sequence[tuple[Statement, Sequence[Row]]]


def issue(connection: Connection, new: Edition, writes: Writes, hashes: Collection[bytes]) -> bool:
    """Claim the slot of an edition and freeze its letters; false, and nothing is written, where somebody has it."""
    claim = select(edition.c.id).where(edition.c.digest == new.digest, edition.c.slot == new.slot)
    connection.execute(pick(_ADD, connection), _row(new))
    if connection.execute(claim).scalar() != new.id:  # not every driver counts the rows of such an insert
        return False
    for statement, rows in writes:
        if rows:
            connection.execute(pick(statement.sql, connection), rows)
    for sha256 in hashes:
        check_whole(connection, sha256)
    return True


def begin(connection: Connection, digest: str, schedule: str, now: datetime) -> bool:
    """Note that a digest is known from now on, by this schedule; false where that is known already.

    One whose schedule has changed begins anew: it must not fire for what would have been due before.
    """
    slot = f"{Kind.BEGUN} {schedule}"
    begun = select(edition.c.slot).where(edition.c.digest == digest, edition.c.kind == Kind.BEGUN)
    if connection.execute(begun.order_by(edition.c.made.desc()).limit(1)).scalar() == slot:
        return False
    row = _row(Edition(new_id(), digest, Kind.BEGUN, slot, now, now, ()))
    connection.execute(pick(_BEGIN, connection), row)
    return True


def begun(connection: Connection, digest: str) -> datetime | None:
    """Since when a digest goes by its present schedule; None where it is not known yet."""
    found = select(edition.c.at).where(edition.c.digest == digest, edition.c.kind == Kind.BEGUN)
    at: datetime | None = connection.execute(found.order_by(edition.c.made.desc()).limit(1)).scalar()
    return at


def reached(connection: Connection, digest: str, now: datetime) -> datetime | None:
    """The instant up to which the slots of a digest are settled; None where it is not known yet.

    What was made while a clock was wrong and ahead does not count: its slots would all be passed over.
    """
    start = begun(connection, digest)
    last = select(edition.c.at).where(
        edition.c.digest == digest, edition.c.kind.in_(SLOTTED), edition.c.made <= now, edition.c["at"] <= now
    )
    slot: datetime | None = connection.execute(last.order_by(edition.c.made.desc()).limit(1)).scalar()
    return start if slot is None or start is None else max(start, slot)


def due(connection: Connection, digest: str, schedule: Schedule, now: datetime) -> list[Slot]:
    """The slots of a digest that nobody has served.

    A slot that is later than what is settled may have been: the hour of the digest was changed since, on the same day.
    """
    settled = reached(connection, digest, now)
    found = [] if settled is None else slots_between(schedule, settled, now)
    if not found:
        return []
    taken = select(edition.c.slot).where(edition.c.digest == digest, edition.c.slot.in_([one.name for one in found]))
    served = set(connection.execute(taken).scalars()) if len(found) <= SLICE else set()
    return [one for one in found if one.name not in served]


def last(connection: Connection, digest: str, before: datetime) -> Edition | None:
    """The last edition of a slot that was sent."""
    query = select(edition).where(
        edition.c.digest == digest, edition.c.kind.in_(SLOTTED), edition.c.made <= before, edition.c["at"] <= before
    )
    row = connection.execute(query.order_by(edition.c.made.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else _edition(row)


def by_id(connection: Connection, name: str) -> Edition | None:
    """One edition."""
    row = connection.execute(select(edition).where(edition.c.id == name)).mappings().one_or_none()
    return None if row is None else _edition(row)


def told_at_once(connection: Connection, digests: Collection[str], now: datetime) -> set[str]:
    """The conversations of which somebody was told at once lately."""
    which = (edition.c.digest.in_(digests), edition.c.made > now - AT_ONCE_AGAIN, edition.c.kind == Kind.AT_ONCE)
    return {slot.split(" ")[1] for slot in connection.execute(select(edition.c.slot).where(*which)).scalars()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edition."""

    slot: str
    at: datetime
    made: datetime
    missed: int
    states: dict[str, int]  # how many of its letters stand where


def outcome(connection: Connection, digest: str, now: datetime) -> Outcome | None:
    """What became of the last edition of a slot."""
    columns = select(*(edition.c[name] for name in ("id", "slot", "at", "made", "missed")))
    which = (edition.c.digest == digest, edition.c.kind.in_(SLOTTED), edition.c["at"] <= now)
    row = connection.execute(columns.where(*which).order_by(edition.c.made.desc()).limit(1)).mappings().one_or_none()
    if row is None:
        return None
    states = (
        select(outbox.c.state, func.count().label("number"))
        .where(outbox.c.message == row["id"])
        .group_by(outbox.c.state)
    )
    counted = {one.state: one.number for one in connection.execute(states)}
    return Outcome(row["slot"], row["at"], row["made"], row["missed"], counted)


def take_back(connection: Connection, names: Collection[str]) -> None:
    """Delete editions with their letters, of which none has gone: their slots are free again."""
    connection.execute(delete(outbox).where(outbox.c.message.in_(names)))
    connection.execute(delete(edition).where(edition.c.id.in_(names)))


def _row(one: Edition) -> Row:
    return {
        "id": one.id,
        "digest": one.digest,
        "kind": one.kind.value,
        "slot": one.slot,
        "at": one.at,
        "made": one.made,
        "recipients": list(one.recipients),
        "items": [_stored(item) for item in one.items],
        "missed": one.missed,
    }


def _stored(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "thread": item.thread,
        "section": item.section.value,
        "since": item.since.isoformat(),
        "nights": item.nights,
    }


def _edition(row: RowMapping) -> Edition:
    return Edition(
        id=row["id"],
        digest=row["digest"],
        kind=Kind(row["kind"]),
        slot=row["slot"],
        at=row["at"],
        made=row["made"],
        recipients=tuple(row["recipients"]),
        items=tuple(_item(one) for one in row["items"]),
        missed=row["missed"],
    )


def _item(one: dict[str, Any]) -> Item:
    since = datetime.fromisoformat(one["since"])
    return Item(one["number"], one["thread"], Section(one["section"]), since, one["nights"])
