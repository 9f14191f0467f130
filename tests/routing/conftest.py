"""A router whose founders get their copies by mail."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from router.mail.mark import make
from router.routing.places import Inbox, Role
from router.routing.routed import Routed
from router.store import tables
from tests.store.desk import change, opened
from tests.store.driver import ADDRESSES, KEY, Router, letter, places_of

ADDRESS = "router@example.com"
BY_MAIL = (Inbox("mike", "mike@example.com", True, False), Inbox("helen", "helen@example.com", True, False))


def resolve(address: str) -> tuple[str | None, Role] | None:
    """What the listener takes, plus forms of our own address too."""
    own = address.startswith("router+") or address.endswith("@bounces.example.com")
    return (None, Role.OWN) if own else ADDRESSES.get(address)


@dataclass
class Sent:
    """A mail whose copies were delivered by mail."""

    router: Router
    message: str
    raw: bytes

    @property
    def address(self) -> str:
        """The envelope sender of its copies."""
        return f"router+{make(KEY, self.message)}@example.com"

    @property
    def copy(self) -> bytes:
        """What arrived."""
        block: bytes = self.row("mike")["block"]
        return block + self.raw

    def row(self, inbox: str) -> dict[str, Any]:
        """The outbox row of one copy."""
        rows = self.router.rows(tables.outbox)
        return next(row for row in rows if (row["message"], row["inbox"]) == (self.message, inbox))

    def back(self, raw: bytes, *recipients: str, **parts: Any) -> Routed:
        """Something comes back, to the bounce address unless others are given."""
        return self.router.mail(raw, **{"sender": "", "recipients": recipients or (self.address,)} | parts)

    def news(self, inbox: str) -> list[tuple[str, str | None, str | None]]:
        """What is recorded at a copy: kind, status, what follows."""
        return [(one["kind"], one["status"], one["then"]) for one in self.row(inbox)["came_back"] or ()]

    def stands(self, inbox: str) -> tuple[str, Any]:
        """The state of a copy, and how the next attempt is to be made."""
        row = self.row(inbox)
        return row["state"], row["note"]


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """With the shipped rule."""
    with opened(tmp_path) as database:
        places = replace(places_of(inboxes=BY_MAIL), resolve=resolve, address=ADDRESS)
        yield Router(database, places)


@pytest.fixture
def sent(router: Router) -> Sent:
    """A customer's mail, delivered to both."""
    return deliver(router, letter())


def deliver(router: Router, raw: bytes) -> Sent:
    """Route a mail, and deliver its copies."""
    routed = router.mail(raw)
    for row in router.rows(tables.outbox):
        if row["message"] == routed.message:
            change(router.database, row["id"], state="delivered", receipt={"queue_id": "4F2B", "at": "2026-11-20"})
    return Sent(router, str(routed.message), raw)
