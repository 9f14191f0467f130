"""Whom and what we know, asked for mail of which only the header was read: conversations by Message-ID, and customers."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from router.store.slices import slices
from router.store.tables import message


@dataclass(slots=True)
class Conversation:
    """What a header is compared with."""

    mailboxes: tuple[str, ...] = ()
    customers: set[str] = field(default_factory=set)  # and other addresses at which an answer reaches them


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of some Message-IDs and addresses."""

    conversations: dict[str, Conversation]  # by Message-ID
    customers: dict[str, tuple[str, ...]]  # the mailboxes that each wrote to last


def acquaintance(connection: Connection, ids: Collection[str], addresses: Collection[str]) -> Acquaintance:
    """What we know of these Message-IDs and these addresses."""
    thread_of: dict[str, str] = {}
    for some in slices(ids):
        query = select(message.c.message_id, message.c.thread).where(message.c.message_id.in_(some))
        thread_of.update((row.message_id, row.thread) for row in connection.execute(query))
    conversations: dict[str, Conversation] = {}
    columns = select(message.c.thread, message.c.mailboxes, message.c.customer, message.c.letter).order_by(message.c.id)
    for some_threads in slices(set(thread_of.values())):
        for row in connection.execute(columns.where(message.c.thread.in_(some_threads))):
            known = conversations.setdefault(row.thread, Conversation())
            known.mailboxes = tuple(dict.fromkeys((*known.mailboxes, *row.mailboxes)))
            if row.customer:
                known.customers.add(row.customer)
            known.customers.update((row.letter or {}).get("answer_to", ()))
    customers: dict[str, tuple[str, ...]] = {}
    wrote = select(message.c.customer, message.c.mailboxes).where(message.c.direction == "in").order_by(message.c.id)
    for some in slices(addresses):
        for customer, mailboxes in connection.execute(wrote.where(message.c.customer.in_(some))):
            customers[customer] = tuple(mailboxes) or customers.get(customer, ())
    return Acquaintance({name: conversations[at] for name, at in thread_of.items()}, customers)
