"""The waits of a period, each with its mailbox: conversations are read in slices, so that few are in memory at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select

from router.conversation.letter import Word
from router.conversation.lookback import Waited
from router.conversation.story import stand
from router.store.letters import COLUMNS, letter, words
from router.store.slices import SLICE
from router.store.tables import message

_THREADS: BindParameter[Sequence[str]] = bindparam("threads", expanding=True)
_LETTERS = select(*COLUMNS, message.c.mailboxes, message.c.subject).where(
    message.c.thread.in_(_THREADS), message.c.forgotten.is_(None)
)


def waits(connection: Connection, since: datetime, now: datetime) -> Iterator[Waited]:
    """Every wait that began by a letter received from `since` to `now`."""
    received = (message.c.received >= since) & (message.c.received <= now)
    threads = select(message.c.thread).where(received, message.c.direction == "in").distinct()
    with connection.execute(threads.execution_options(yield_per=SLICE)) as names:
        for some in names.scalars().partitions(SLICE):
            rows: dict[str, list[RowMapping]] = {}
            for row in connection.execute(_LETTERS, {"threads": some}).mappings():
                rows.setdefault(row["thread"], []).append(row)
            said = words(connection, some)
            for name, told in rows.items():
                yield from _waits(told, said.get(name, []), since, now)


def _waits(rows: Sequence[RowMapping], said: Sequence[Word], since: datetime, now: datetime) -> Iterator[Waited]:
    """Those of one conversation, from its whole story: who was answered before the period writes again in it."""
    by_id = {row["id"]: row for row in rows}
    standing = stand(map(letter, rows), said)
    for wait in standing.waits:
        if since <= wait.since <= now:
            first = by_id[wait.letters[0]]
            yield Waited(first["thread"], next(iter(first["mailboxes"]), "?"), first["subject"], wait, standing.vip)
