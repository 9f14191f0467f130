"""What goals have come to, from the rows of mails: no more of the past is read than can have fallen due."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from router.conversation import goals as policy
from router.conversation.blindness import NO_SOURCE
from router.conversation.goal import Goals
from router.conversation.goals import Result, Unseen
from router.store.blind import reasons
from router.store.lookback import waits
from router.store.tables import alarm, watched
from router.store.waiting import seen_mailboxes
from router.store.watched import BROKEN


def results(
    connection: Connection,
    goals: Goals,
    now: datetime,
    last: int = 1,
    sources: Mapping[str, Collection[str]] | None = None,
) -> list[Result]:
    """What each goal has come to in the period of `now` and those before it; `sources`: as for `unseen`."""
    mailboxes = {name for goal in goals.goals for name in goal.mailboxes}
    hidden = unseen(connection, mailboxes, sources or {})
    return policy.results(goals, lambda first: waits(connection, first, now), now, last, hidden)


def unseen(
    connection: Connection, mailboxes: Collection[str], sources: Mapping[str, Collection[str]]
) -> dict[str, Unseen]:
    """Of which mailboxes nothing can be said: no answer has been seen, or an account with its mail cannot be read.

    `sources`: by the name of a watched account the mailboxes whose letters and answers it holds.
    """
    found = {name: Unseen(BROKEN, since) for since, names in _broken(connection, sources) for name in names}
    seen, why = seen_mailboxes(connection), reasons(connection)
    found |= {name: Unseen(why.get(name, NO_SOURCE)) for name in mailboxes if name not in seen}
    return {name: found[name] for name in sorted(mailboxes) if name in found}


def _broken(
    connection: Connection, sources: Mapping[str, Collection[str]]
) -> list[tuple[datetime | None, Collection[str]]]:
    """The accounts that cannot be read, each with the last time that they could; the longest broken one last."""
    keys = {f"{BROKEN}:{name}": name for name in sources}
    alarms = select(alarm.c.key, alarm.c.first).where(alarm.c.key.in_(keys), alarm.c.cleared.is_(None))
    rows: list[RowMapping] = list(connection.execute(alarms).mappings())
    worked: dict[str, Any] = {
        row.name: row.last_success for row in connection.execute(select(watched.c.name, watched.c.last_success))
    }
    dated = [(worked.get(keys[row["key"]]) or row["first"], sources[keys[row["key"]]]) for row in rows]
    return sorted(dated, key=lambda one: one[0], reverse=True)
