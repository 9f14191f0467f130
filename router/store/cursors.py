"""How far watched folders have been read, and what became of each of their mails.

The rows are written in the transaction that stores the mail: after a kill the next process goes on behind the last
mail that is durable. Every UID that was looked at has a row, so that a comparison with the server finds what is missing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, select

from router.store.rows import Row
from router.store.slices import slices
from router.store.tables import cursor, fetched, message, meta, sighting
from router.store.upsert import ignoring, pick, updating
from router.store.writer import Statement


class Outcome(StrEnum):
    """What became of a mail of a watched folder."""

    STORED = "stored"
    SALVAGED = "salvaged"  # stored, though the server would not give it as a whole
    KNOWN = "known"  # it stood in the folder before its UIDs changed, and is stored
    PASSED = "passed"  # by its header it is none of our business
    OUR_COPY = "our-copy"  # a copy of ours, in the inbox that it was put into
    BEFORE = "before"  # it was there before us
    VANISHED = "vanished"  # gone before it could be fetched
    QUARANTINED = "quarantined"  # the server cannot give it; tried again by every comparison


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one folder was read."""

    source: str
    folder: str
    uidvalidity: int
    first_uid: int
    last_uid: int
    first: datetime
    compared: datetime | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a folder had, and how much of that is accounted for."""

    at: datetime
    server: int
    stored: int


_MOVED = ("uidvalidity", "first_uid", "last_uid")
_BEGIN = ignoring(cursor)

SET_CURSOR = Statement(
    updating(cursor, ["source", "folder"], lambda new: {name: getattr(new, name) for name in _MOVED})
)
SET_COMPARED = Statement(
    updating(
        cursor,
        ["source", "folder"],
        lambda new: {"compared": new.compared, "server": new.server, "stored": new.stored},
    ),
    rank=1,
)
ADD_FETCHED = Statement(
    updating(
        fetched,
        ["source", "folder", "uidvalidity", "uid"],
        lambda new: {"outcome": new.outcome, "sighting": new.sighting, "at": new.at},
    )
)


def cursor_row(at: Cursor) -> Row:
    """To be written with `SET_CURSOR`."""
    return {
        "source": at.source,
        "folder": at.folder,
        "uidvalidity": at.uidvalidity,
        "first_uid": at.first_uid,
        "last_uid": at.last_uid,
        "first": at.first,
    }


def compared_row(at: Cursor, found: Comparison) -> Row:
    """To be written with `SET_COMPARED`."""
    return cursor_row(at) | {"compared": found.at, "server": found.server, "stored": found.stored}


def fetched_row(at: Cursor, uid: int, outcome: Outcome, seen: str | None, now: datetime) -> Row:
    """To be written with `ADD_FETCHED`."""
    return {
        "source": at.source,
        "folder": at.folder,
        "uidvalidity": at.uidvalidity,
        "uid": uid,
        "outcome": outcome.value,
        "sighting": seen,
        "at": now,
    }


def cursors(connection: Connection, source: str) -> dict[str, Cursor]:
    """How far each folder of a source was read, by the folder's name."""
    columns = (cursor.c[name] for name in ("source", "folder", *_MOVED, "first", "compared"))
    rows = connection.execute(select(*columns).where(cursor.c.source == source)).mappings()
    return {row["folder"]: Cursor(**row) for row in rows}


def begin(connection: Connection, at: Cursor) -> Cursor:
    """A folder is seen for the first time, if nobody has seen it before; returns the cursor that stands."""
    connection.execute(pick(_BEGIN, connection), cursor_row(at))
    return cursors(connection, at.source)[at.folder]


_RESTORED = "restored "  # begins the name of what is noted of a source
_NOTE = updating(meta, ["name"], lambda new: {"value": new.value})


def look_back(connection: Connection, now: datetime) -> None:
    """The cursors stand where a backup was made: what came until now may have been taken, and copied, before."""
    for source in connection.execute(select(cursor.c.source).distinct()).scalars():
        value = now.isoformat().encode("ascii")
        connection.execute(pick(_NOTE, connection), {"name": _RESTORED + source, "value": value})


def restored(connection: Connection, source: str) -> datetime | None:
    """Until when what a source brings may have been taken before; None where nobody said so."""
    found = connection.execute(select(meta.c.value).where(meta.c.name == _RESTORED + source)).scalar()
    return datetime.fromisoformat(found.decode("ascii")) if found is not None else None


def caught_up(connection: Connection, source: str) -> None:
    """Every folder was read to its end since."""
    connection.execute(delete(meta).where(meta.c.name == _RESTORED + source))


def taken_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these ids that sightings have."""
    found: set[str] = set()
    for some in slices(ids):
        found.update(connection.execute(select(sighting.c.id).where(sighting.c.id.in_(some))).scalars())
    return found


def outcomes(connection: Connection, at: Cursor) -> dict[int, Outcome]:
    """What is on record of a folder, by UID."""
    mine = (fetched.c.source == at.source, fetched.c.folder == at.folder, fetched.c.uidvalidity == at.uidvalidity)
    rows = connection.execute(select(fetched.c.uid, fetched.c.outcome).where(*mine))
    return {row.uid: Outcome(row.outcome) for row in rows}


def passed(connection: Connection, at: Cursor, since: datetime) -> list[int]:
    """The UIDs of a folder that were none of our business when they were last looked at, since then."""
    mine = (fetched.c.source == at.source, fetched.c.folder == at.folder, fetched.c.uidvalidity == at.uidvalidity)
    theirs = (fetched.c.outcome == Outcome.PASSED.value, fetched.c.at >= since)
    return list(connection.execute(select(fetched.c.uid).where(*mine, *theirs).order_by(fetched.c.uid)).scalars())


def forget_others(connection: Connection, at: Cursor) -> None:
    """Drop what is on record under UIDs that do not hold any more."""
    mine = (fetched.c.source == at.source, fetched.c.folder == at.folder, fetched.c.uidvalidity != at.uidvalidity)
    connection.execute(delete(fetched).where(*mine))


def forget_uids(connection: Connection, at: Cursor, uids: Collection[int]) -> None:
    """Drop the rows of mails that the server does not have any more."""
    mine = (fetched.c.source == at.source, fetched.c.folder == at.folder, fetched.c.uidvalidity == at.uidvalidity)
    for some in slices(uids):
        connection.execute(delete(fetched).where(*mine, fetched.c.uid.in_(some)))


def stored_like(connection: Connection, source: str, mails: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """How often a source has brought each of these mails, by Message-ID and octets."""
    wanted, found = set(mails), dict[tuple[str, int], int]()
    for ids in slices({name for name, _ in wanted}):
        query = (
            select(message.c.message_id, sighting.c.size, func.count())
            .join(sighting, sighting.c.message == message.c.id)
            .where(message.c.message_id.in_(ids), sighting.c.source == source)
            .group_by(message.c.message_id, sighting.c.size)
        )
        for name, size, count in connection.execute(query):
            if (name, size) in wanted:
                found[name, size] = count
    return found


def writes(at: Cursor, rows: Sequence[Row]) -> list[tuple[Statement, list[Row]]]:
    """A step forward, with what became of the mails on its way."""
    return [(ADD_FETCHED, list(rows)), (SET_CURSOR, [cursor_row(at)])]
