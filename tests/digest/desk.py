"""A stage of digests over a database, with a composer of the tests, and a look at what it made."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from router.conversation.edition import Edition, Kind
from router.conversation.slots import Schedule
from router.digest.issue import DEADLINE, Issuer
from router.digest.letter import Composed, Letter
from router.digest.plain import Plain
from router.digest.plan import Compose
from router.digest.schedule import Plan
from router.digest.stage import DigestStage
from router.digest.urgent import Urgent
from router.mail import mark
from router.shipped import folder
from router.store import keeping
from router.store.database import Database
from router.store.handover import Handover
from router.store.raw import read_chunk
from router.store.tables import edition, outbox
from router.wording import Wording
from tests.store.desk import LEASE, NOON, StandingClock
from tests.store.driver import KEY

ANNA, TOM, MIKE = "anna@example.com", "tom@example.com", "mike@example.com"
LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
assert folder("templates")


def london(text: str) -> datetime:
    """An instant by the clock of London."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def simple(connection: Connection, made: Edition, before: Edition | None) -> Composed:
    """A composer that lists nothing, and tells what it was given."""
    token = mark.make(KEY, made.id)
    text = f"{made.kind} {made.slot} missed {made.missed} after {before.slot if before else 'nothing'}"
    body = f"From: router@example.com\r\nSubject: Digest\r\n\r\n{text}\r\n".encode()
    letters = [Letter(to, f"X-Router-Copy: {token}\r\nTo: {to}\r\n".encode(), body) for to in made.recipients]
    return Composed(made.items, tuple(letters))


def plan(name: str = "nightly", **parts: Any) -> Plan:
    """A digest of support at seven, every day."""
    values: dict[str, Any] = {
        "name": name,
        "kind": Kind.NIGHTLY,
        "schedule": Schedule(time(7), frozenset(range(7)), LONDON),
        "recipients": (ANNA,),
        "mailboxes": frozenset({"support"}),
        "at_once": True,
    }
    return Plan(**values | parts)


class MovedClock(StandingClock):
    """Stands, and says of itself that it is fast."""

    def __init__(self, now: datetime, rate: float) -> None:
        super().__init__(now)
        self._rate = rate


class Desk:
    """The stage, a clock that stands, and what came of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock: StandingClock = StandingClock()
        self.wording = Wording(None, LONDON)
        self.stage = self.made(plan())

    def made(self, *plans: Plan, composers: Sequence[Compose] = (simple,), **parts: Any) -> DigestStage:
        """A further stage: another router, or the same one after a restart."""
        plain = Plain(KEY, "router@example.com", "router.example.com", self._words)
        handover = Handover(self.database, self.clock, "me", LEASE)
        ways = {one: one for one in (ANNA, TOM, MIKE)}
        deadline = parts.pop("deadline", DEADLINE)
        issuer = Issuer(self.database, self.clock, handover.look, ways, composers, plain, deadline)
        return DigestStage(plans, issuer, Urgent(issuer, parts.pop("founders", ()), parts.pop("vip_late", None)))

    def _words(self, values: Any) -> str:
        return self.wording.surely("digest/plain.txt.j2", values)

    def begin(self, at: datetime = NOON) -> None:
        """The digest is known from an instant on."""
        self.tick(at)

    def tick(self, at: datetime | None = None, stage: DigestStage | None = None) -> None:
        """One tick, at an instant."""
        if at is not None:
            self.clock.at = at
        asyncio.run((stage or self.stage).tick())

    def editions(self, *kinds: Kind) -> list[dict[str, Any]]:
        """Those that were sent, in their order."""
        wanted = [kind.value for kind in kinds or (Kind.NIGHTLY, Kind.WEEKLY, Kind.AT_ONCE)]
        query = select(edition).where(edition.c.kind.in_(wanted)).order_by(edition.c.made, edition.c["at"])
        return self.database.read(lambda c: [dict(row) for row in c.execute(query).mappings()])

    def slots(self, *kinds: Kind) -> list[str]:
        """Their slots."""
        return [row["slot"] for row in self.editions(*kinds)]

    def copies(self) -> list[dict[str, Any]]:
        """The rows of the outbox."""
        query = select(outbox).order_by(outbox.c.created, outbox.c.inbox)
        return self.database.read(lambda c: [dict(row) for row in c.execute(query).mappings()])

    def mail(self, copy: dict[str, Any]) -> bytes:
        """A letter as it will go out."""
        content = self.database.read(lambda c: read_chunk(c, copy["sha256"], 0))
        assert content is not None
        return bytes(copy["block"]) + content

    def alarms(self) -> dict[str, Any]:
        """What is wrong, by key."""
        rows = self.database.read(lambda c: keeping.open_alarms(c, self.clock.now()))
        return {row["key"]: row["detail"] for row in rows}
