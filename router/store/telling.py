"""What the operator is to be told of the alarms, and what was told, by which channel.

The column `told` of an alarm holds, for each channel, whether it was last told to stand or to have ended, and when.
Channels are independent: a webhook that fails makes no command run twice. An alarm that is raised again and again is
told once an hour; its end is told where its beginning was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from router.store.keeping import SHOWN, open_alarms
from router.store.tables import alarm

AGAIN = timedelta(hours=1)  # the pause after which an alarm that was raised again is told again


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


def news(connection: Connection, channel: str, now: datetime) -> list[News]:
    """What `channel` is to be told, oldest first."""
    ended = select(alarm).where(alarm.c.cleared > now - SHOWN, alarm.c.told.is_not(None))
    raised = [row for row in open_alarms(connection, now) if _raised(row, channel, now)]
    over = [row for row in connection.execute(ended).mappings() if _standing(row, channel)]
    rows = sorted([*raised, *over], key=lambda row: row["last"])
    return [
        News(row["key"], row["code"], row["cleared"] is None, row["detail"], row["first"], row["last"], row["count"])
        for row in rows
    ]


def _raised(row: RowMapping, channel: str, now: datetime) -> bool:
    """Whether an open alarm is news: never told, or raised since and long enough ago."""
    before = (row["told"] or {}).get(channel)
    if before is None:
        return True
    at = datetime.fromisoformat(before["at"])
    return bool(row["last"] > at) and now - at >= AGAIN


def _standing(row: RowMapping, channel: str) -> bool:
    """Whether a channel believes that an alarm stands."""
    return bool(((row["told"] or {}).get(channel) or {}).get("standing"))


def told(connection: Connection, channel: str, told: Sequence[News], now: datetime) -> None:
    """Note what `channel` knows now."""
    for one in told:
        before = connection.execute(select(alarm.c.told).where(alarm.c.key == one.key)).scalar() or {}
        value = {**before, channel: {"standing": one.standing, "at": now.isoformat()}}
        connection.execute(update(alarm).where(alarm.c.key == one.key).values(told=value))
