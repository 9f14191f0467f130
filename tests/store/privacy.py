"""What the tests of personal data share: mail that really came in and was routed, and a look into the files."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from router.routing.routed import Routed
from router.store import tables
from router.store.audit import Order
from router.store.database import Database
from router.store.forgetting import Forgetting
from router.store.ids import new_id
from router.store.spool import Spool
from tests.store.desk import NOON, StandingClock, seen
from tests.store.driver import Router

KIM = "kim@customer.example"
SENT = {"sender": "anna@example.com", "recipients": ("support-sent@router.example.com",)}


class Post(Router):
    """T1 and T2 over one database."""

    async def post(self, raw: bytes, **parts: Any) -> Routed:
        """A transmission comes in and is routed."""
        one = seen(raw, **parts)
        await Spool(self.database).accept(one)
        return self.route(one)[0]

    async def forget(self, address: str = KIM) -> dict[str, Any]:
        """Forget a person, as the command does."""
        order = Order(new_id(), "forget", address, "operator")
        forgetting = Forgetting(self.database, StandingClock())
        await forgetting.cancel(order)
        done = await forgetting.erase(order)
        while done["more"]:
            done = await forgetting.erase(order)
        return done | {"order": order.id}

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        return self.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())

    def counts(self, *names: str) -> dict[str, int]:
        """How many rows tables have."""
        return {name: self.count(tables.metadata.tables[name]) for name in names}

    def move(self, days: float) -> None:
        """Let time pass for the planner."""
        self.now = self.now + timedelta(days=days)


def later(days: float) -> dict[str, Any]:
    """When a transmission came."""
    return {"received": NOON + timedelta(days=days)}


def traces(database: Database, *words: str) -> list[str]:
    """Those of `words` that stand in any file of the database, in whatever case."""
    path = database.path
    if path is None:  # a server's files are its own affair: what its tables tell
        rows = database.read(
            lambda c: [tuple(r) for one in tables.metadata.sorted_tables for r in c.execute(select(one))]
        )
        told = repr(rows).lower()
        return [word for word in words if word.lower() in told]
    files: Sequence[Path] = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
    whole = b"".join(one.read_bytes() for one in files if one.is_file()).lower()
    return [word for word in words if word.lower().encode() in whole]
