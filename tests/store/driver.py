"""Drives T2 over a real database as `routing/stage.py` does: look up, plan a batch, commit, one after the other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from router.conversation.hours import ServiceHours
from router.routing.analysis import analyse
from router.routing.copies import Copies
from router.routing.known import questions
from router.routing.places import Inbox, Places, Role
from router.routing.plan import Planner
from router.routing.reader import Reader
from router.routing.reports import is_report, open_all
from router.routing.routed import Routed
from router.routing.rules import Conditions, Rule
from router.store import tables
from router.store.content import Content
from router.store.database import Database
from router.store.messages import look_up
from router.store.spool import Sighting
from router.store.standings import restate
from router.store.writer import Unit
from tests.store.desk import LEASE, NOON, seen

KEY = b"k" * 32
ADDRESSES = {
    "support@example.com": ("support", Role.INBOUND),
    "shop@example.com": ("shop", Role.INBOUND),
    "support-sent@router.example.com": ("support", Role.OUTBOUND),
    "journal@router.example.com": (None, Role.JOURNAL),
    "router@example.com": (None, Role.OWN),
}
EVERYTHING = Rule("everything", "10.toml", copy_to=("*",))
INBOXES = (Inbox("mike", "mike@example.com", True), Inbox("helen", "helen@example.com", True))


def rule(name: str, *, when: dict[str, Any] | None = None, **parts: Any) -> Rule:
    """One `[[rule]]`."""
    return Rule(name, "20.toml", when=Conditions(**(when or {})), **parts)


def places_of(*rules: Rule, inboxes: Sequence[Inbox] = INBOXES) -> Places:
    """Two mailboxes, two inboxes, and the shipped rule unless others are given."""
    zone = ZoneInfo("Europe/London")
    return Places(
        resolve=ADDRESSES.get,
        mailbox_address={"support": "support@example.com", "shop": "shop@example.com"},
        inboxes=inboxes,
        rules=rules or (EVERYTHING,),
        hours={"office": ServiceHours("office", zone, dict.fromkeys(range(5), ((540, 1020),)))},
        zone=zone,
        ours=lambda address: address.endswith(("@example.com", "@router.example.com")),
    )


def letter(number: int = 1, text: str = "Where is my order?", **fields: str) -> bytes:
    """A customer's mail; each `number` is another one. A field that is empty is left out."""
    given = {
        "From": "Kim <kim@customer.example>",
        "To": "support@example.com",
        "Subject": "Order",
        "Date": "Fri, 20 Nov 2026 11:00:00 +0000",
        "Message-ID": f"<{number}@customer.example>",
    }
    named = given | {name.replace("_", "-"): value for name, value in fields.items()}
    return (
        "".join(f"{name}: {value}\r\n" for name, value in named.items() if value).encode() + f"\r\n{text}\r\n".encode()
    )


def sighting_row(one: Sighting) -> dict[str, Any]:
    """The row that T1 writes."""
    names = ("id", "source", "peer", "helo", "sender", "received", "history")
    mail = {"sha256": one.content.sha256, "size": one.content.size}
    return {name: getattr(one, name) for name in names} | mail | {"recipients": list(one.recipients)}


READER = Reader()


@dataclass
class Router:
    """T2 in one object."""

    database: Database
    places: Places = field(default_factory=places_of)
    now: datetime = NOON
    room: Callable[[str, Content], bool] = lambda inbox, content: False

    def route(self, *batch: Sighting) -> list[Routed]:
        """Route one batch; what T1 would have stored before is not asked for."""
        mails, damaged = self._opened(batch)
        analyses = [analyse(one, KEY, READER) for one in mails]
        copies = Copies(self.places, KEY, self.now, "me", LEASE, self.room)
        asked = questions(analyses, self.places)
        known = self.database.read(lambda c: look_up(c, asked.asked))
        planner = Planner(self.places, known, copies, self.now, asked.signs, asked.ties, damaged)
        planned = [planner.plan(this) for this in analyses]
        units = [
            Unit("route", list(routed.writes.values()), call=partial(restate, threads=routed.restate))
            for routed in planned
        ]
        self.database.writer.enqueue(units)
        for unit in units:
            unit.done.result(20)
        return planned

    def _opened(self, batch: Sequence[Sighting]) -> tuple[Sequence[Sighting], dict[str, str]]:
        """Mails in the place of journal reports."""
        if not any(is_report(one, self.places) for one in batch):
            return batch, {}
        return asyncio.run(open_all(batch, self.places, self.database))

    def mail(self, raw: bytes, **parts: Any) -> Routed:
        """Route one mail in a batch of its own."""
        return self.route(seen(raw, **parts))[0]

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows of a table, in the order of their keys."""
        order = list(table.primary_key)
        return self.database.read(lambda c: [dict(r) for r in c.execute(select(table).order_by(*order)).mappings()])

    @property
    def copies(self) -> list[tuple[str, str, str | None]]:
        """Inbox, state and reason of every row of the outbox, by sighting, Mike's first."""
        rows = sorted(self.rows(tables.outbox), key=lambda row: (row["id"][:9], row["inbox"] != "mike", row["inbox"]))
        return [(row["inbox"], row["state"], row["reason"]) for row in rows]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The stored messages, in the order in which they were routed."""
        first: dict[str, str] = {}
        for row in self.rows(tables.event):
            first.setdefault(row["message"], row["id"])
        return sorted(self.rows(tables.message), key=lambda row: first.get(row["id"], row["id"]))
