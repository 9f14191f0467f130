"""What a rule that has ended brought, by inbox, and whom the owner of one answered meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from router.store.outbox import State
from router.store.tables import message, outbox


@dataclass(slots=True)
class Brought:
    """What a rule copied to an inbox."""

    letters: int = 0  # of customers
    customers: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Answered:
    """A customer whom the owner of an inbox answered."""

    customer: str
    name: str | None
    subject: str
    at: datetime  # last
    letters: int  # of his to this customer


def brought(
    connection: Connection, rule: str, since: datetime, until: datetime, inboxes: Collection[str]
) -> dict[str, Brought]:
    """By inbox what the rule asked for; an inbox that it copied nothing to is left out."""
    query = (
        select(outbox.c.inbox, outbox.c.rules, message.c.customer)
        .join(message, message.c.id == outbox.c.message)
        .where(message.c.received >= since, message.c.received < until, message.c.direction == "in")
        .where(outbox.c.inbox.in_(inboxes), outbox.c.state.not_in((State.WITHHELD, State.SKIPPED)))
    )
    found: dict[str, Brought] = {}
    for row in connection.execution_options(yield_per=1000).execute(query):
        if rule in row.rules:  # a list in JSON, which the two systems search in different words
            one = found.setdefault(row.inbox, Brought())
            one.letters += 1
            if row.customer:
                one.customers.add(row.customer)
    return found


def answered(connection: Connection, address: str, since: datetime, until: datetime) -> list[Answered]:
    """Whom an address of ours wrote to, the last first."""
    query = (
        select(message.c.customer, message.c.customer_name, message.c.subject, message.c.received)
        .where(message.c.received >= since, message.c.received < until)
        .where(message.c.direction == "out", message.c.author == address, message.c.customer.is_not(None))
        .order_by(message.c.received.desc(), message.c.id.desc())
    )
    found: dict[str, Answered] = {}
    for row in connection.execute(query):
        last = found.get(row.customer)
        if last is None:
            found[row.customer] = Answered(row.customer, row.customer_name, row.subject, row.received, 1)
        else:
            found[row.customer] = Answered(last.customer, last.name, last.subject, last.at, last.letters + 1)
    return list(found.values())
