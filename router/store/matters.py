"""What does not wait for a digest: conversations in which a customer wrote again after our answer.

Asked every few seconds: the rows of conversations say where to look, by their index, and only the few that are new are
read as a whole.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, literal_column, select

from router.conversation.story import stand
from router.store.history import IMPORTED
from router.store.letters import told
from router.store.tables import LISTED, message, thread
from router.store.waiting import seen_mailboxes


@dataclass(frozen=True, slots=True)
class Matter:
    """Of what somebody is told at once."""

    word: str  # "again" | "vip"
    thread: str
    since: datetime

    @property
    def slot(self) -> str:
        """What its edition bears."""
        return f"{self.word} {self.thread} {self.since.isoformat(timespec='milliseconds')}"


_WAITS = select(thread.c.id, thread.c.since, thread.c.letter, message.c.mailboxes).join(
    message, message.c.id == thread.c.letter
)
_AWAKE = (
    literal_column(f"({LISTED})", Boolean),
    message.c.uncopied.is_distinct_from(IMPORTED),
    thread.c.merged_into.is_(None),
)


def again(
    connection: Connection, mailboxes: frozenset[str], after: datetime, now: datetime, known: Collection[str]
) -> list[Matter]:
    """Who wrote again to these mailboxes, and waits since a later instant than `after`; without what is `known`."""
    where = (*_awake(now), thread.c.since > after, thread.c.again > 0, thread.c.finished.is_(False))
    rows = [row for row in connection.execute(_WAITS.where(*where).order_by(thread.c.since)) if row.id not in known]
    seen = seen_mailboxes(connection) & mailboxes if rows else frozenset()
    rows = [row for row in rows if seen.intersection(row.mailboxes)]
    stories = told(connection, [row.id for row in rows])
    return [
        _matter("again", row)
        for row in rows
        if any(
            wait.again and wait.since == row.since and wait.courtesy is None
            for wait in stand(stories[row.id].letters, stories[row.id].words).open
        )
    ]


def late(
    connection: Connection,
    mailboxes: frozenset[str],
    found: Sequence[tuple[str, datetime]],
    after: datetime,
    now: datetime,
) -> list[Matter]:
    """Of these waits of VIPs, past their goal, those of these mailboxes that go on and began later than `after`."""
    since = {name: at for name, at in found if at > after}
    if not since:
        return []
    seen = seen_mailboxes(connection) & mailboxes
    rows = connection.execute(_WAITS.where(*_awake(now), thread.c.id.in_(list(since))).order_by(thread.c.since))
    return [_matter("vip", row) for row in rows if row.since == since[row.id] and seen.intersection(row.mailboxes)]


def _awake(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (*_AWAKE, thread.c.since.is_not(None), thread.c.snoozed_until.is_(None) | (thread.c.snoozed_until <= now))


def _matter(word: str, row: Any) -> Matter:
    return Matter(word, row.id, row.since)
