"""The outcome of routing one sighting: what to write, what to hand on, what to log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.routing.analysis import Analysis
from router.routing.identify import Found
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.outbox import Claimed, State
from router.store.rows import Row
from router.store.writer import Statement


@dataclass(slots=True)
class Routed:
    """Grows while a sighting is planned; then its rows are committed as one unit."""

    analysis: Analysis
    found: Found
    message: str | None = None
    thread: str | None = None
    rules: tuple[str, ...] = ()
    uncopied: str | None = None
    reply: str | None = None  # to a digest: that its orders are due, or why it is refused
    writes: dict[int, tuple[Statement, list[Row]]] = field(default_factory=dict)
    claimed: list[Claimed] = field(default_factory=list)  # leased to us in the same commit
    waiting: list[str] = field(default_factory=list)  # inboxes with copies to claim from the database
    kept: list[tuple[str, State, str | None]] = field(default_factory=list)  # inbox, held/withheld/skipped, why
    alarms: list[tuple[str, str]] = field(default_factory=list)
    whole: list[bytes] = field(default_factory=list)  # large mails of which no piece may be missing
    restate: set[str] = field(default_factory=set)  # conversations that stand elsewhere now

    def write(self, statement: Statement, *rows: Row) -> None:
        """Add rows of a statement."""
        self.writes.setdefault(id(statement), (statement, []))[1].extend(rows)

    def alarm(self, code: str, about: str, detail: Mapping[str, Any], now: datetime) -> None:
        """Raise an alarm in the same commit."""
        self.alarms.append((code, about))
        self.write(RAISE_ALARM, alarm_row(code, about, detail, now))
