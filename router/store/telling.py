"""What the operator is to be told of the alarms, and what was told, by which channel.

The column `told` of an alarm holds, for each channel, whether it was last told to stand or to have ended, and when.
Channels are independent: a webhook that fails makes no command run twice. An alarm that is raised again and again is
told once an hour; its end is told where its beginning was, or where telling that has failed: trouble that came and went
while the network was down is told too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from router.store.keeping import open_alarms
from router.store.tables import alarm

AGAIN = timedelta(hours=1)  # the pause after which an alarm that was raised again is told again
ENDED = timedelta(days=7)  # how long an end that could not be told is worth telling


@dataclass(frozen=True, slots=True)
class News:
    """One alarm as a channel has not been told it yet."""

    key: str
    code: str
    standing: bool  # raised; else ended
    detail: Any
    first: datetime
    last: datetime
    count: int
    ended: datetime | None = None
    owed: bool = False  # telling it has failed before


def news(connection: Connection, channel: str, now: datetime) -> list[News]:
    """What `channel` is to be told, oldest first."""
    ended = select(alarm).where(alarm.c.cleared > now - ENDED, alarm.c.told.is_not(None))
    raised = [row for row in open_alarms(connection, now) if _raised(row, channel, now)]
    over = [row for row in connection.execute(ended).mappings() if _standing(row, channel)]
    rows = sorted([*raised, *over], key=lambda row: row["last"])
    return [
        News(
            row["key"],
            row["code"],
            row["cleared"] is None,
            row["detail"],
            row["first"],
            row["last"],
            row["count"],
            row["cleared"],
            _owed(row, channel),
        )
        for row in rows
    ]


def _raised(row: RowMapping, channel: str, now: datetime) -> bool:
    """Whether an open alarm is news: never told, or raised since and long enough ago."""
    before = (row["told"] or {}).get(channel)
    if before is None or _owed(row, channel):
        return True
    at = datetime.fromisoformat(before["at"])
    return bool(row["last"] > at) and now - at >= AGAIN


def _standing(row: RowMapping, channel: str) -> bool:
    """Whether a channel believes that an alarm stands, or could not be told of it."""
    return bool(((row["told"] or {}).get(channel) or {}).get("standing")) or _owed(row, channel)


def _owed(row: RowMapping, channel: str) -> bool:
    return bool(((row["told"] or {}).get(channel) or {}).get("owed"))


def told(connection: Connection, channel: str, group: Sequence[News], now: datetime) -> None:
    """Note what `channel` knows now."""
    for one in group:
        _note(connection, one.key, channel, {"standing": one.standing, "at": now.isoformat()})


def owed(connection: Connection, channel: str, group: Sequence[News], now: datetime) -> None:
    """Note what `channel` could not be told."""
    for one in group:
        _note(connection, one.key, channel, {"owed": True, "at": now.isoformat()})


def _note(connection: Connection, key: str, channel: str, known: dict[str, Any]) -> None:
    before = connection.execute(select(alarm.c.told).where(alarm.c.key == key)).scalar() or {}
    value = {**before, channel: known}
    connection.execute(update(alarm).where(alarm.c.key == key).values(told=value))
