"""Leased roles: what only one router does at a time, though several share a database.

A role belongs to its holder until its lease ends; whoever finds it ended may take it. The work of a role is fenced: the
transaction that writes it checks the lease, so that a router which slept through its lease cannot write as if it held it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from router.store.errors import RoleLost
from router.store.tables import role
from router.store.upsert import ignoring, pick, updating

ROUTING = "routing"
_ADD = ignoring(role)
_SET = updating(role, ["name"], lambda new: {"holder": new.holder, "until": new.until})


def take(connection: Connection, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take a free role for `span`; false while somebody holds it. `holder` is a name that was never used before."""
    connection.execute(pick(_ADD, connection), {"name": name, "holder": holder, "until": now + span})
    mine = (role.c.name == name, (role.c.until < now) | (role.c.holder == holder))
    return connection.execute(update(role).where(*mine).values(holder=holder, until=now + span)).rowcount == 1


def renew(connection: Connection, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Keep a role that is still held; false where its lease has ended, even if nobody else has taken it yet."""
    held = (role.c.name == name, role.c.holder == holder, role.c.until >= now)
    return connection.execute(update(role).where(*held).values(until=now + span)).rowcount == 1


def check(connection: Connection, name: str, holder: str) -> None:
    """Raise `RoleLost` unless `holder` has the role, and keep it so until this transaction ends."""
    held = select(role.c.name).where(role.c.name == name, role.c.holder == holder)
    if connection.execute(held.with_for_update(read=True)).first() is None:
        raise RoleLost(f"the role {name} is somebody else's by now")


def give_back(connection: Connection, holder: str, now: datetime) -> None:
    """At a clean stop: everything that `holder` holds is free at once."""
    connection.execute(update(role).where(role.c.holder == holder).values(until=now - timedelta(seconds=1)))


def alive(connection: Connection, now: datetime) -> list[str]:
    """The routers that have shown life lately, by their name."""
    rows = connection.execute(select(role.c.name).where(role.c.name.like("router:%"), role.c.until > now))
    return [name.removeprefix("router:") for name in rows.scalars()]


def show_life(connection: Connection, router: str, now: datetime, span: timedelta) -> None:
    """Say that this router lives."""
    row = {"name": f"router:{router}", "holder": router, "until": now + span}
    connection.execute(pick(_SET, connection), row)
