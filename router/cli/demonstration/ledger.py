"""What the daemon has on record: read from its database, beside it, read-only. Must only be asked while the daemon runs."""

import time
from dataclasses import dataclass
from datetime import datetime

from router.cli.common import reading
from router.clock import Clock
from router.config import Settings
from router.store import views
from router.store.health import summary

_UNSETTLED = ("pending", "sending", "unknown", "deferred")


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a mail."""

    who: str
    subject: str
    kind: str
    needs_answer: bool
    thread: str
    received: datetime


def record(settings: Settings, message: str) -> Record:
    """The record of a message, by its id in the router; a copy in a folder always has one."""
    with reading(settings.router) as database:
        row = database.read(lambda connection: views.find_messages(connection, message, 1))[0]
    who = row["customer_name"] or row["customer"] or "Somebody"
    subject = row["subject"] or "(no subject)"
    return Record(who, subject, row["kind"], row["needs_answer"], row["thread"], row["received"])


def settled(settings: Settings, seconds: float) -> bool:
    """Wait until nothing is left to be routed or delivered; False once `seconds` have passed."""
    deadline = time.monotonic() + seconds
    with reading(settings.router) as database:
        while time.monotonic() < deadline:
            now = database.read(lambda connection: summary(connection, Clock().now()))
            if not now["spool"]["unrouted"] and not any(now["outbox"][state] for state in _UNSETTLED):
                return True
            time.sleep(0.02)
    return False
