"""The conversations that a weekly letter tells of: read in slices, each whole up to the end of the week.

A letter tells of what was written in the week, of silence that began up to two weeks before its end, and of promises
that fell due. Older conversations are read only for these.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, func, select, text

from router.conversation.letter import Word
from router.conversation.story import stand
from router.conversation.weekly.tale import Span, Tale
from router.store.letters import COLUMNS, letter, words
from router.store.slices import SLICE, slices
from router.store.tables import LISTED, message, thread

SETTLING = timedelta(days=7)  # before the week: what came to an end in it by silence
RINGING = timedelta(days=14)  # before its end: whom to ring
PROMISING = timedelta(days=28)  # before its end: a promise that was kept since; one that was not is found at any age

_THREADS: BindParameter[Collection[str]] = bindparam("threads", expanding=True)
_LETTERS = (
    select(*COLUMNS, message.c.mailboxes, message.c.subject, message.c.customer_name)
    .where(message.c.thread.in_(_THREADS), message.c.forgotten.is_(None), message.c.received < bindparam("end"))
    .order_by(message.c.received, message.c.id)
)


def tales(connection: Connection, week: Span, mailboxes: Collection[str] | None = None) -> Iterator[Tale]:
    """Every conversation that concerns the week, as it stood at its end; `mailboxes`: of these alone."""
    written = message.c.received >= min(week.begin - SETTLING, week.end - RINGING)
    promised = (message.c.direction == "out") & message.c.phrase.is_not(None)
    known = (message.c.received >= week.end - PROMISING) & (message.c.received < week.end)
    recent = select(message.c.thread).where(known, written | promised)
    names = set(connection.execute(recent.distinct()).scalars())
    due = (thread.c.promise_due >= week.begin) & (thread.c.promise_due < week.end)
    names.update(connection.execute(select(thread.c.id).where(text(f"({LISTED})"), due)).scalars())
    ordered = sorted(names)
    for at in range(0, len(ordered), SLICE):
        some = ordered[at : at + SLICE]
        rows: dict[str, list[RowMapping]] = {}
        for row in connection.execute(_LETTERS, {"threads": some, "end": week.end}).mappings():
            rows.setdefault(row["thread"], []).append(row)
        said = words(connection, some)
        for name, told in rows.items():
            one = _tale(name, told, [word for word in said.get(name, ()) if word.at < week.end], mailboxes)
            if one is not None:
                yield one


def _tale(name: str, rows: list[RowMapping], said: list[Word], wanted: Collection[str] | None) -> Tale | None:
    theirs = next((row for row in rows if row["direction"] == "in" and row["customer"] is not None), rows[0])
    mailbox = next((one for one in theirs["mailboxes"] if wanted is None or one in wanted), None if wanted else "?")
    if mailbox is None:
        return None
    letters = tuple(map(letter, rows))
    return Tale(
        thread=name,
        mailbox=mailbox,
        subject=theirs["subject"],
        customer=theirs["customer"],
        name=theirs["customer_name"],
        letters=letters,
        words=tuple(said),
        standing=stand(letters, said),
    )


def earlier(connection: Connection, customers: Collection[str], before: datetime) -> dict[str, tuple[int, datetime]]:
    """By customer: how many conversations began before an instant, and when the first letter came."""
    found: dict[str, tuple[int, datetime]] = {}
    for some in slices(customers):
        theirs = (message.c.customer.in_(some), message.c.direction == "in", message.c.received < before)
        counted = select(message.c.customer, func.count(message.c.thread.distinct()), func.min(message.c.received))
        for customer, count, first in connection.execute(counted.where(*theirs).group_by(message.c.customer)):
            found[customer] = count, first
    return found


def authors(connection: Connection, span: Span) -> frozenset[str]:
    """Who of us wrote to customers in that time."""
    ours = (message.c.direction == "out", message.c.received >= span.begin, message.c.received < span.end)
    found = connection.execute(select(message.c.author).where(*ours).distinct()).scalars()
    return frozenset(author for author in found if author is not None)


def signed(connection: Connection, messages: Collection[str]) -> dict[str, str | None]:
    """What the writers of these letters call themselves, by message."""
    found: dict[str, str | None] = {}
    for some in slices(messages):
        query = select(message.c.id, message.c.customer_name).where(message.c.id.in_(some))
        found.update((row.id, row.customer_name) for row in connection.execute(query))
    return found
