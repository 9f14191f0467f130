"""The record of what was done to personal data: it outlives the data, and names nobody."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from router.store import keeping
from router.store.tables import audit
from router.store.upsert import ignoring, pick

_ADD = ignoring(audit)


@dataclass(frozen=True, slots=True)
class Order:
    """Who asked for what, about whom."""

    id: str  # from `new_id`: what has a greater id came after the order, and is no part of it
    action: str
    address: str  # whose data; in lower case
    actor: str


def subject_hash(key: bytes, address: str) -> bytes:
    """What stands for an address: whoever has the key and the address can tell that it was meant, nobody else."""
    return hmac.digest(key, b"person\0" + address.encode("utf-8", "surrogateescape"), "sha256")


def add(connection: Connection, order: Order, counts: Mapping[str, int], now: datetime) -> None:
    """Count up what was done for `order`, in the same commit; nothing done leaves no line."""
    added = {name: count for name, count in counts.items() if count}
    if not added:
        return
    before = counts_of(connection, order.id)
    total = before | {name: before.get(name, 0) + count for name, count in added.items()}
    row = {"id": order.id, "at": now, "actor": order.actor, "action": order.action, "counts": total}
    subject = subject_hash(keeping.signing_key(connection), order.address)
    connection.execute(pick(_ADD, connection), row | {"subject_hash": subject})
    connection.execute(update(audit).where(audit.c.id == order.id).values(counts=total))


def counts_of(connection: Connection, order: str) -> dict[str, int]:
    """What was done for an order so far."""
    found: dict[str, int] | None = connection.execute(select(audit.c.counts).where(audit.c.id == order)).scalar()
    return dict(found or {})
