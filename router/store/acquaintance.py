"""Whom and what we know, asked for mail of which only the header was read: conversations by their links, and customers."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from router.store.slices import slices
from router.store.tables import message
from router.store.threads import lead_to


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of some links and addresses."""

    conversations: dict[bytes, tuple[str, ...]]  # by link (`conversation.links`): the mailboxes of what it leads to
    customers: dict[str, tuple[str, ...]]  # the mailboxes that each wrote to last


def acquaintance(connection: Connection, links: Collection[bytes], addresses: Collection[str]) -> Acquaintance:
    """What we know of these links and these addresses."""
    leads = {key: held.thread for key, held in lead_to(connection, links).items()}
    mailboxes: dict[str, tuple[str, ...]] = {}
    mails = select(message.c.thread, message.c.mailboxes).order_by(message.c.id)
    for some_threads in slices(set(leads.values())):
        for row in connection.execute(mails.where(message.c.thread.in_(some_threads))):
            mailboxes[row.thread] = tuple(dict.fromkeys((*mailboxes.get(row.thread, ()), *row.mailboxes)))
    customers: dict[str, tuple[str, ...]] = {}
    wrote = select(message.c.customer, message.c.mailboxes).where(message.c.direction == "in").order_by(message.c.id)
    for some in slices(addresses):
        for customer, names in connection.execute(wrote.where(message.c.customer.in_(some))):
            customers[customer] = tuple(names) or customers.get(customer, ())
    return Acquaintance({key: mailboxes[name] for key, name in leads.items() if name in mailboxes}, customers)
