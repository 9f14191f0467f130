"""Mike, who wants his mail in the evening, and helen, who wants it at once: T2 and the stage of rhythms over a database."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from router.conversation.rhythm import Beat, Rhythm
from router.digest.bundle import Inbox, Post
from router.digest.month import Months, Term
from router.digest.rhythm import RhythmStage
from router.routing.rules import Rule
from router.store import tables
from router.store.database import Database
from router.store.turn import Turn
from router.wording import Wording
from tests.store.desk import LEASE, StandingClock, change, put, raw_writes, seen
from tests.store.driver import EVERYTHING, KEY, Router, places_of

LONDON = ZoneInfo("Europe/London")
EVENING = datetime(2026, 11, 20, 18, tzinfo=UTC)


def post(reply: Callable[[str], str | None] = lambda name: f"router+{name}@example.com") -> Post:
    """In whose name bundles go out."""
    return Post(KEY, "router.example.com", "router@example.com", reply, Wording(None, LONDON))


@dataclass
class Bench:
    """The inboxes, the clock, and what waits."""

    database: Database
    rhythm: Rhythm = field(default_factory=lambda: Rhythm(Beat.EVENING, zone=LONDON))
    rules: tuple[Rule, ...] = (EVERYTHING,)
    mails: int = 50
    octets: int = 20_000_000
    terms: tuple[Term, ...] = ()
    clock: StandingClock = field(default_factory=StandingClock)
    looked: list[str] = field(default_factory=list)

    def stage(self) -> RhythmStage:
        """A router that has just started."""
        turn = Turn(self.database, self.clock, LEASE, "bundles")
        letters = post()
        months = Months(
            self.database, self.clock, lambda: self.terms, self.inboxes, letters, LONDON, self.looked.append
        )
        return RhythmStage(self.database, self.clock, turn, self.inboxes, letters, self.looked.append, months)

    def inboxes(self) -> list[Inbox]:
        """As the stage sees them."""
        return [
            Inbox("mike", "mike@example.com", self.rhythm, self.mails, self.octets),
            Inbox("helen", "helen@example.com", Rhythm(zone=LONDON)),
        ]

    def route(self, *mails: bytes, to: str = "support@example.com", **parts: Any) -> list[str]:
        """Mail comes in, and is routed now; the ids of the messages."""
        router = Router(self.database, now=self.clock.now())
        inboxes = [replace(one, rhythm=self.rhythm if one.name == "mike" else Rhythm()) for one in places_of().inboxes]
        router.places = places_of(*self.rules, inboxes=inboxes)
        batch = [seen(mail, recipients=(to,), received=self.clock.now(), **parts) for mail in mails]
        put(self.database, *raw_writes(*mails))
        return [str(one.message) for one in router.route(*batch)]

    async def tick(self) -> None:
        """The stage looks once."""
        await self.stage().tick()

    def mike(self) -> list[tuple[str, str | None]]:
        """State and reason of his copies, bundles aside, in the order of their making."""
        return [(row["state"], row["reason"]) for row in self.rows() if row["message"] != row["sighting"]]

    def rows(self, inbox: str = "mike") -> list[dict[str, Any]]:
        """The outbox of one inbox."""
        query = select(tables.outbox).where(tables.outbox.c.inbox == inbox).order_by(tables.outbox.c.message)
        return self.database.read(lambda c: [dict(row) for row in c.execute(query).mappings()])

    def bundles(self) -> list[dict[str, Any]]:
        """The outbox rows of his bundles, and of other letters of ours to him."""
        return [row for row in self.rows() if row["message"] == row["sighting"]]

    def deliver(self, bundle: dict[str, Any]) -> None:
        """What a courier would do."""
        change(self.database, bundle["id"], state="delivered", ended=self.clock.now(), due=None)


def days(first: str, last: str) -> tuple[date, date]:
    """Of an absence."""
    return date.fromisoformat(first), date.fromisoformat(last)


HOUR = timedelta(hours=1)
