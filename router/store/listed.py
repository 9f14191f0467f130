"""What became of what the last edition listed: today's names of its conversations, and the evidence for each that is gone."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from router.conversation.cleared import Cleared, cleared
from router.conversation.edition import Item
from router.conversation.story import stand
from router.mail.kind import MACHINE, Kind
from router.store.asof import standings_at
from router.store.letters import words
from router.store.slices import slices
from router.store.tables import message, thread


@dataclass(frozen=True, slots=True)
class Gone:
    """A conversation that is listed no more."""

    cleared: Cleared
    customer: str | None
    customer_name: str | None
    subject: str


def moved(connection: Connection, threads: Collection[str]) -> dict[str, str]:
    """Today's names of those of these conversations that have been merged into others since."""
    found: dict[str, str] = {}
    for begun in _chains(connection, threads):
        found |= begun
    return found


def _chains(connection: Connection, threads: Collection[str]) -> Iterator[dict[str, str]]:
    """One step of every merger after the other: the first name, and where it leads to by then."""
    leads = {name: {name} for name in threads}  # where the search stands, and the names that it began with
    while leads:
        into: dict[str, set[str]] = {}
        for some in slices(leads):
            query = select(thread.c.id, thread.c.merged_into).where(thread.c.id.in_(some))
            for row in connection.execute(query.where(thread.c.merged_into.is_not(None))):
                into.setdefault(row.merged_into, set()).update(leads[row.id])
        yield {name: target for target, names in into.items() for name in names}
        leads = into


def gone(connection: Connection, items: Sequence[Item], at: datetime) -> list[Gone]:
    """The evidence for each of these items, as of an instant, in their order."""
    threads = list(dict.fromkeys(item.thread for item in items))
    standings = standings_at(connection, threads, at)
    said = words(connection, threads)
    people = _people(connection, threads)
    nothing = stand(())
    return [
        Gone(
            cleared(
                item,
                standings.get(item.thread, nothing),
                [word for word in said.get(item.thread, ()) if word.at <= at],
                known=item.thread in standings,
            ),
            *people.get(item.thread, (None, None, "")),
        )
        for item in items
    ]


def names(connection: Connection, threads: Sequence[str]) -> dict[str, str]:
    """What the customers of these conversations call themselves, where they do."""
    return {thread: name for thread, (_, name, _) in _people(connection, threads).items() if name}


def returned(connection: Connection, threads: Sequence[str], at: datetime) -> dict[str, datetime]:
    """When a mail of ours last came back, in each of these conversations in which one did."""
    found: dict[str, datetime] = {}
    for some in slices(threads):
        which = (message.c.thread.in_(some), message.c.kind == Kind.BOUNCE, message.c.received <= at)
        query = select(message.c.thread, func.max(message.c.received)).where(*which).group_by(message.c.thread)
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def _people(connection: Connection, threads: Sequence[str]) -> dict[str, tuple[str | None, str | None, str]]:
    """Who wrote each of these conversations, and about what: by the last letter that came in, machines' only if alone."""
    columns = select(message.c.thread, message.c.kind, message.c.customer, message.c.customer_name, message.c.subject)
    found: dict[str, tuple[str | None, str | None, str]] = {}
    for some in slices(threads):
        rows = columns.where(message.c.thread.in_(some), message.c.direction == "in").order_by(message.c.received)
        for row in connection.execute(rows):
            told = (row.customer, row.customer_name, row.subject)
            if row.kind in MACHINE:
                found.setdefault(row.thread, told)
            else:
                found[row.thread] = told
    return found
