"""Small things that are kept: the signing key, the counts of what was refused, the alarms."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, or_, select, update

from router.store.rows import Row
from router.store.tables import alarm, meta, refusal
from router.store.upsert import ignoring, pick, updating
from router.store.writer import Statement

_SIGNING_KEY = "signing-key"
STANDING = (  # alarms that end with their cause
    "configuration-fault",
    "restart-needed",
    "copy-failed",
    "inbox-refuses",
    "inbox-unreachable",
    "bundle-fails",
    "disk-low",
    "database-damaged",
    "routing-stuck",
    "source-broken",
    "source-quiet",
    "answers-unseen",
    "oauth-fails",
    "secret-expires",
    "digest-fails",
)
SHOWN = timedelta(days=1)  # how long another alarm stays open after it was last raised

RAISE_ALARM = Statement(
    updating(
        alarm,
        ["key"],
        lambda new: {"detail": new.detail, "last": new.last, "count": alarm.c["count"] + 1, "cleared": None},
    )
)

CLEAR_ALARM = Statement(
    update(alarm)
    .where(alarm.c.key == bindparam("b_key"), alarm.c.cleared.is_(None))
    .values(cleared=bindparam("cleared")),
    rank=1,
)

_COUNT_REFUSALS = updating(refusal, ["day", "reason"], lambda new: {"count": refusal.c["count"] + new["count"]})
_ADD_META = ignoring(meta)
_SET_META = updating(meta, ["name"], lambda new: {"value": new.value})


def signing_key(connection: Connection) -> bytes:
    """The secret that keys our marks; made once, kept in the database so that a backup holds it."""
    connection.execute(pick(_ADD_META, connection), {"name": _SIGNING_KEY, "value": secrets.token_bytes(32)})
    key: bytes = connection.execute(select(meta.c.value).where(meta.c.name == _SIGNING_KEY)).scalar_one()
    return key


def known_signing_key(connection: Connection) -> bytes:
    """The same, where a router has run before."""
    key: bytes = connection.execute(select(meta.c.value).where(meta.c.name == _SIGNING_KEY)).scalar_one()
    return key


def any_signing_key(connection: Connection) -> bytes | None:
    """The same, or None where none has."""
    key: bytes | None = connection.execute(select(meta.c.value).where(meta.c.name == _SIGNING_KEY)).scalar()
    return key


def alarm_row(code: str, about: str, detail: Mapping[str, Any], now: datetime) -> Row:
    """An alarm of kind `code` about one thing; raised again, it counts up instead of growing a second row."""
    return {
        "key": f"{code}:{about}",
        "code": code,
        "detail": dict(detail),
        "first": now,
        "last": now,
        "count": 1,
        "cleared": None,
    }


def clear_row(code: str, about: str, now: datetime) -> Row:
    """The cause is gone; to be written with `CLEAR_ALARM`."""
    return {"b_key": f"{code}:{about}", "cleared": now}


def open_alarms(connection: Connection, now: datetime) -> list[RowMapping]:
    """What a person should look at, newest first: standing alarms until their cause is gone, others for a day."""
    recent = or_(alarm.c.code.in_(STANDING), alarm.c.last > now - SHOWN)
    wanted = select(alarm).where(alarm.c.cleared.is_(None), recent).order_by(alarm.c.last.desc())
    return list(connection.execute(wanted).mappings())


def count_refusals(connection: Connection, day: str, counted: Mapping[str, int]) -> None:
    """Add to the day's counts."""
    if counted:
        rows = [{"day": day, "reason": reason, "count": count} for reason, count in counted.items()]
        connection.execute(pick(_COUNT_REFUSALS, connection), rows)


def refusals(connection: Connection, since_day: str) -> dict[str, int]:
    """Counts by reason since a day, it included."""
    total: dict[str, int] = {}
    for reason, count in connection.execute(
        select(refusal.c.reason, refusal.c["count"]).where(refusal.c.day >= since_day)
    ):
        total[reason] = total.get(reason, 0) + count
    return total


def touch(connection: Connection, now: datetime) -> None:
    """Write something, to see that writing works."""
    row = {"name": "alive", "value": now.isoformat().encode("ascii")}
    connection.execute(pick(_SET_META, connection), row)
