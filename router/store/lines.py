"""How the conversations that an edition listed stand now: what has become of them since."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from router.conversation.carrying import Line
from router.conversation.edition import Edition, Item
from router.conversation.standing import State
from router.store.slices import slices
from router.store.tables import message, never, thread

_COLUMNS = tuple(
    thread.c[name]
    for name in (
        *("id", "merged_into", "state", "since", "letter", "promise", "snoozed_until", "taken_by"),
        *("answered", "answered_by"),
    )
)
_MERGERS = 20  # that are followed from one name


def lines(connection: Connection, edition: Edition, items: Sequence[Item]) -> dict[int, Line]:
    """The lines of these items by their numbers; of a conversation that is gone there is none."""
    present = _present(connection, [item.thread for item in items])
    names = list(dict.fromkeys(row.id for row in present.values()))
    people, wrote = _customers(connection, names), _wrote(connection, names, edition)
    excused = _excused(connection, [address for address, _ in people.values() if address])
    found: dict[int, Line] = {}
    for item in items:
        if (row := present.get(item.thread)) is None:
            continue
        address, name = people.get(row.id, (None, None))
        later = [at for at, missed in wrote.get(row.id, ()) if at > edition.made or (missed and at > item.since)]
        found[item.number] = Line(
            thread=row.id,
            customer=address,
            name=name,
            state=State(row.state or State.NONE),
            since=row.since,
            promise=row.promise is not None,
            snoozed_until=row.snoozed_until,
            taken_by=row.taken_by,
            answered=row.answered,
            answered_by=row.answered_by,
            wrote=max(later, default=None),
            excused=address in excused,
        )
    return found


def again(connection: Connection, edition: Edition, items: Sequence[Item], before: dict[int, Line]) -> dict[int, Line]:
    """The same once more, after words were said of them; whoever has just been excused is still the customer."""
    after = lines(connection, edition, items)
    return {
        number: replace(line, customer=line.customer or before[number].customer, name=line.name or before[number].name)
        for number, line in after.items()
        if number in before
    }


def _present(connection: Connection, names: Sequence[str]) -> dict[str, Any]:
    """The conversation that each name leads to today."""
    known: dict[str, Any] = {}
    wanted = set(names)
    for _ in range(_MERGERS):
        for some in slices(wanted):
            known.update((row.id, row) for row in connection.execute(select(*_COLUMNS).where(thread.c.id.in_(some))))
        wanted = {row.merged_into for row in known.values() if row.merged_into} - known.keys()
        if not wanted:
            break
    found = {}
    for name in names:
        row = known.get(name)
        for _ in range(_MERGERS):
            if row is None or row.merged_into is None:
                break
            row = known.get(row.merged_into)
        if row is not None and row.merged_into is None:
            found[name] = row
    return found


def _customers(connection: Connection, names: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Address and name of whoever waits, else of whoever wrote last."""
    found: dict[str, tuple[str | None, str | None]] = {}
    columns = (message.c.thread, message.c.customer, message.c.customer_name)
    for some in slices(names):
        wrote = select(*columns).where(message.c.thread.in_(some), message.c.direction == "in")
        order = (message.c.received, message.c.id)
        waits = select(*columns).join(thread, thread.c.letter == message.c.id).where(thread.c.id.in_(some))
        for query in (wrote.where(message.c.customer.is_not(None)).order_by(*order), waits):
            found.update((row.thread, (row.customer, row.customer_name)) for row in connection.execute(query))
    return found


def _wrote(connection: Connection, names: Sequence[str], edition: Edition) -> dict[str, list[tuple[datetime, bool]]]:
    """When customers wrote what the edition could not list, and whether it came to us only after it was made."""
    found: dict[str, list[tuple[datetime, bool]]] = {}
    # Ids are made in the order of time: what was fetched late bears an early time of receipt and a late id.
    late = or_(message.c.received > edition.made, message.c.id > edition.id)
    query = select(message.c.thread, message.c.received, message.c.id)
    for some in slices(names):
        theirs = (message.c.thread.in_(some), message.c.direction == "in", message.c.needs_answer, late)
        for row in connection.execute(query.where(*theirs)):
            found.setdefault(row.thread, []).append((row.received, row.id > edition.id))
    return found


def _excused(connection: Connection, addresses: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in slices(addresses):
        found.update(connection.execute(select(never.c.address).where(never.c.address.in_(some))).scalars())
    return found
