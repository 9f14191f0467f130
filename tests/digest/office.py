"""A morning in an office: customers who wait, an edition that lists them, and a lead who replies to it."""

import asyncio
import email
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from router.conversation.mornings import Mornings
from router.conversation.slots import Schedule
from router.delivery.bounces import Bounces
from router.digest.answer import Answers
from router.digest.replies import ReplyStage
from router.mail import mark
from router.mail.kind import Company
from router.routing.places import Role
from router.routing.routed import Routed
from router.store import tables
from router.store.database import Database
from router.store.settling import Desk, Settling
from router.wording import Wording
from tests.store.desk import NOON, StandingClock
from tests.store.driver import ADDRESSES, KEY, Router, letter, places_of

ANNA, BEN = "anna@example.com", "ben@example.com"
ADDRESS = "router@example.com"
ZONE = ZoneInfo("Europe/London")
SERVER = "mx.example.com"
PROVEN = f"Authentication-Results: {SERVER}; dmarc=pass header.from=example.com\r\n"
MADE = NOON - timedelta(hours=5)  # Friday 07:00
CUSTOMERS = ("Jane Ferris", "Kim Brook", "Lee Stone", "Max Field", "Nia Wood")


def resolve(address: str) -> tuple[str | None, Role] | None:
    """What the listener takes, plus forms of our own address too."""
    own = address.startswith("router+") or address.endswith("@bounces.example.com")
    return (None, Role.OWN) if own else ADDRESSES.get(address)


@dataclass
class Office:
    """The router of a company, and Anna's reply to the digest of this morning."""

    database: Database
    clock: StandingClock = field(default_factory=StandingClock)
    edition: str = "0edition0edition"
    recipients: Sequence[str] = (ANNA, BEN)

    def __post_init__(self) -> None:
        company = Company(frozenset({"example.com"}), frozenset({SERVER}), ZONE)
        places = replace(places_of(), resolve=resolve, address=ADDRESS, company=company, tenant=frozenset({"own-imap"}))
        self.router = Router(self.database, places)
        mornings = Mornings(Schedule(time(7), frozenset(range(5)), ZONE))
        answers = Answers(
            key=KEY,
            address=ADDRESS,
            hostname="router.example.com",
            reply_to=Bounces(KEY, ADDRESS, None),
            wording=partial(Wording(None, ZONE).render, "digest/reply.txt.j2"),
            days=90,
        )
        self.looked: list[str] = []
        desks = {"support": Desk(frozenset({ANNA, BEN}), mornings)}
        settling = Settling(desks, answers, lambda address: address)
        self.stage = ReplyStage(self.database, self.clock, settling, self.looked.append)

    def open(self) -> "Office":
        """Five customers wrote last night, and are listed."""
        threads = [
            self.write(number, f"{name} <{name.split()[0].lower()}@customer.example>", NOON - timedelta(hours=20))
            for number, name in enumerate(CUSTOMERS, 1)
        ]
        self.publish(self.edition, threads)
        return self

    def write(self, number: int, who: str, at: datetime = NOON, **fields: str) -> str:
        """A customer writes; the conversation that it is in."""
        raw = letter(number, From=who, Subject=f"Order {number}", **fields)
        return str(self.router.mail(raw, received=at, sender=who.rpartition("<")[2].rstrip(">")).thread)

    def publish(self, name: str, threads: Sequence[str], made: datetime = MADE, **parts: Any) -> None:
        """An edition that lists these conversations."""
        since = {row["id"]: row["since"] for row in self.router.rows(tables.thread)}
        items = [
            {
                "number": number,
                "thread": thread,
                "section": "new",
                "since": (since[thread] or MADE).isoformat(),
                "nights": 1,
            }
            for number, thread in enumerate(threads, 1)
        ]
        row = {
            "id": name,
            "digest": "support",
            "kind": "nightly",
            "slot": date(2026, 11, 20).isoformat() + name,
            "at": made,
            "made": made,
            "recipients": list(self.recipients),
            "items": items,
        }
        self.database.write("test", lambda c: c.execute(insert(tables.edition).values(**row | parts)))

    def address(self, place: int = 0, edition: str | None = None) -> str:
        """The reply address of somebody."""
        return f"router+{mark.make(KEY, mark.reply_name(edition or self.edition, place))}@example.com"

    def reply(self, text: str = "", raw: bytes | None = None, **parts: Any) -> Routed:
        """A mail to the reply address; `head` are lines above it, as its mail server writes them."""
        head: str = parts.pop("head", PROVEN)
        to, who = parts.pop("to", self.address()), parts.pop("who", ANNA)
        fields = {"From": f"Anna Hill <{who}>", "To": to, "Subject": "Re: Support: 5 waiting", "_id": f"{hash(text)}"}
        fields |= parts.pop("fields", {})
        number = abs(hash((text, to, who, tuple(fields.items()))))
        del fields["_id"]
        raw = raw or letter(number, text, **fields)
        self.router.now = self.clock.now()
        sent = {"sender": who, "recipients": (to,), "received": self.clock.now()} | parts
        return self.router.mail(head.encode() + raw, **sent)

    def work(self) -> int:
        """The stage carries out what is due."""
        return asyncio.run(self.stage.carry_out_all())

    def say(self, text: str, **parts: Any) -> str:
        """Reply, have it carried out, and read the mail back."""
        self.reply(text, **parts)
        self.work()
        mails = self.mails
        return mails[-1].get_content() if mails else ""

    @property
    def mails(self) -> list[EmailMessage]:
        """What went back to leads, oldest first."""
        rows = [row for row in self.router.rows(tables.outbox) if row["inbox"] in (ANNA, BEN)]
        chunks = {row["sha256"]: row["data"] for row in self.router.rows(tables.chunk)}
        raw = [row["block"] + chunks[row["sha256"]] for row in sorted(rows, key=lambda row: row["message"])]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]  # type: ignore[misc]

    @property
    def states(self) -> list[str]:
        """Where the listed conversations stand, by number."""
        rows = {row["id"]: row for row in self.router.rows(tables.thread)}
        return [str(rows[one["thread"]]["state"]) for one in self._items()]

    def row(self, number: int) -> dict[str, Any]:
        """One of these conversations."""
        name = self._items()[number - 1]["thread"]
        return next(row for row in self.router.rows(tables.thread) if row["id"] == name)

    @property
    def replies(self) -> list[tuple[str, str | None]]:
        """State and code of every reply."""
        return [(row["state"], row["why"]) for row in self.router.rows(tables.reply)]

    def _items(self) -> list[dict[str, Any]]:
        query = select(tables.edition.c["items"]).where(tables.edition.c.id == self.edition)
        return self.database.read(lambda c: c.execute(query).scalar_one())


WAITING = ["waiting"] * len(CUSTOMERS)


def london(*parts: int) -> datetime:
    """An instant by the clock of the office."""
    return datetime(*parts, tzinfo=ZONE).astimezone(UTC)  # type: ignore[arg-type, misc]
