"""How watched accounts stand: for `status`, and for the process that goes on after a restart."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from router.store.rows import Row
from router.store.tables import alarm, cursor, fetched, watched
from router.store.upsert import updating
from router.store.writer import Statement

BROKEN, QUIET = "source-broken", "source-quiet"  # standing alarms
CHANGED, MISSED, QUARANTINED = "source-changed", "source-missed", "mail-quarantined"

SET_WATCHED = Statement(
    updating(
        watched,
        ["name"],
        lambda new: {name: new[name] for name in ("state", "since", "last_success", "last_mail", "last_error")},
    )
)


def watched_row(connection: Connection, name: str) -> Row | None:
    """How a source stood when it was last written down."""
    row = connection.execute(select(watched).where(watched.c.name == name)).mappings().first()
    return dict(row) if row is not None else None


def forget_unknown(connection: Connection, names: Collection[str], now: datetime) -> None:
    """What is no source any more stands nowhere; its cursors stay, should it come back."""
    connection.execute(delete(watched).where(watched.c.name.not_in(names)))
    known = [f"{code}:{name}" for code in (BROKEN, QUIET) for name in names]
    gone = (alarm.c.code.in_([BROKEN, QUIET]), alarm.c.key.not_in(known), alarm.c.cleared.is_(None))
    connection.execute(update(alarm).where(*gone).values(cleared=now))


def sources(connection: Connection) -> dict[str, dict[str, Any]]:
    """Each source as `status` shows it, by name."""
    held = fetched.c.outcome.in_(("stored", "salvaged", "known"))
    counts = select(fetched.c.source, func.count()).where(held).group_by(fetched.c.source)
    stored = {row[0]: row[1] for row in connection.execute(counts)}
    # What came since a folder was compared counts on both sides.
    here = (cursor.c.source == fetched.c.source) & (cursor.c.folder == fetched.c.folder)
    since = counts.join(cursor, here & (fetched.c.at > cursor.c.compared))
    new = {row[0]: row[1] for row in connection.execute(since)}
    sums = select(cursor.c.source, func.sum(cursor.c.server), func.sum(cursor.c.stored), func.min(cursor.c.compared))
    compared = {
        name: {"server": server + new.get(name, 0), "stored": accounted + new.get(name, 0), "compared": at}
        for name, server, accounted, at in connection.execute(sums.group_by(cursor.c.source))
        if server is not None
    }
    return {
        row["name"]: {
            "name": row["name"],
            "state": row["state"],
            "last_success": row["last_success"],
            "last_error": row["last_error"],
            "last_mail": row["last_mail"],
            **compared.get(row["name"], {"server": None, "stored": stored.get(row["name"], 0), "compared": None}),
        }
        for row in connection.execute(select(watched)).mappings()
    }
