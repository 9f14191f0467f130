"""A company on a Monday morning: letters of invented people, routed as the router does, and the digest made of them."""

import email
import email.header
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from router.conversation.agenda import Waiter
from router.conversation.clocks import ServiceClock
from router.conversation.edition import Edition, Item, Kind
from router.conversation.goallines import GoalLine, Limit
from router.conversation.hours import ServiceHours, due
from router.conversation.letter import Deed
from router.delivery.bounces import Bounces
from router.digest.letter import Composed, Letter
from router.digest.nightly import composer
from router.digest.plan import Office, Plan, Post
from router.mail import mark
from router.store import deeds, keeping
from router.store.database import Database
from router.store.spool import Sighting
from router.store.tables import cursor, outbound, watched
from tests.store.desk import seen
from tests.store.driver import KEY, Router, letter

LONDON = ZoneInfo("Europe/London")
SEVEN = datetime(2026, 11, 23, 7, tzinfo=UTC)  # Monday
OFFICE = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((540, 1020),)))
ANNA, TOM, MIKE = "anna@example.com", "tom.hill@example.com", "mike@example.com"
SENT = ("support-sent@router.example.com",)
PLAN = Plan("support-nightly", "Support", ("support",), LONDON, listener=True)
POST = Post(
    "router@example.com",
    "router.example.com",
    lambda name: mark.make(KEY, name),
    Bounces(KEY, "router@example.com", None).of_token,
)
CURE = {"address": "support@example.com", "outbound": list(SENT), "exchange": False, "watched": False}
GOAL = timedelta(hours=4)


def ago(days: float = 0, hours: float = 0) -> datetime:
    """Before Monday seven o'clock."""
    return SEVEN - timedelta(days=days, hours=hours)


def address_of(who: str) -> str:
    """Of a customer by name."""
    return who if "@" in who else f"{who.lower().replace('.', '').replace(' ', '.')}@customer.example"


def clocks(first: datetime, now: datetime) -> Any:
    """Everybody's is the office's."""
    clock = ServiceClock(OFFICE, first, now)
    return lambda mailbox: clock


def four_hours(connection: Connection, rows: Sequence[Waiter], now: datetime) -> Mapping[str, Limit]:
    """A goal of four working hours for everybody."""
    return {row.thread: Limit(GOAL, due(OFFICE, row.listed_since, GOAL)) for row in rows}


def first_reply(connection: Connection, mailboxes: Collection[str], now: datetime) -> Sequence[GoalLine]:
    """How that goal stands."""
    return [GoalLine("first reply", GOAL, "service", 0.931, 0.95, 6, 4, 2)]


@dataclass
class Morning:
    """A database, and what happens in it."""

    database: Database
    plan: Plan = PLAN
    office: Office = field(default_factory=lambda: Office(clocks, {"support": CURE}))
    number: int = 0

    def __post_init__(self) -> None:
        self.router = Router(self.database)

    def write(self, who: str, at: datetime, text: str = "Where is my order?", **fields: str) -> str:
        """A customer's letter; `who` is a name or an address. Returns its Message-ID."""
        address = address_of(who)
        given = {"From": f"{who} <{address}>", "Subject": f"Order of {who}"} | fields
        return self._route(address, ("support@example.com",), at, text, given)

    def answer(self, to: str, whom: str, at: datetime, text: str = "It left yesterday.", by: str = ANNA) -> str:
        """An answer of ours to the letter `to`."""
        address = address_of(whom)
        return self._route(by, SENT, at, text, {"From": by, "To": address, "In-Reply-To": f"<{to}>"})

    def _route(self, sender: str, to: tuple[str, ...], at: datetime, text: str, fields: Mapping[str, str]) -> str:
        self.number += 1
        name = f"{self.number}@mail.example"
        raw = letter(self.number, text, **{"Message-ID": f"<{name}>"} | dict(fields))
        self.route(seen(raw, sender=sender, recipients=to, received=at))
        return name

    def route(self, *mails: Sighting) -> None:
        """Any mail."""
        self.router.route(*mails)

    def sighted(self, mailbox: str = "support") -> None:
        """Answers have been seen, and the router lives."""
        row = {"mailbox": mailbox, "source": "smtp", "first": ago(90), "last": ago(1)}
        self.database.write("test", lambda c: c.execute(insert(outbound), [row]))
        self.lives()

    def lives(self, at: datetime = SEVEN) -> None:
        """The router writes that it does."""
        self.database.write("test", lambda c: keeping.touch(c, at))

    def says(self, deed: Deed, thread: str, at: datetime, by: str = ANNA, **more: Any) -> None:
        """A person's word."""
        self.database.write("test", lambda c: deeds.say(c, thread, deeds.Said(deed, by, **more), at))

    def watches(self, name: str, **parts: Any) -> None:
        """A watched account."""
        row = {"state": "watching", "since": ago(30), "last_success": SEVEN, "last_mail": ago(0, 1), "last_error": None}
        self.plan = replace(self.plan, sources=self.plan.sources | {name}, listener=False)
        folder = parts.pop("folder", "INBOX")
        counts = {key: parts.pop(key, 3) for key in ("server", "stored")}
        at = {"source": name, "folder": folder, "uidvalidity": 1, "first_uid": 1, "last_uid": 9, "first": ago(30)}

        def call(connection: Connection) -> None:
            connection.execute(insert(watched), [row | {"name": name} | parts])
            connection.execute(insert(cursor), [at | counts | {"compared": ago(0, 4)}])

        self.database.write("test", call)

    def compose(self, last: Edition | None = None, **parts: Any) -> tuple[Edition, Composed]:
        """An edition of this morning, with its letters."""
        given = {"id": f"edition{self.number}", "recipients": (ANNA,), "kind": Kind.NIGHTLY} | parts
        made = given.pop("made", SEVEN)
        edition = Edition(digest=self.plan.name, slot="2026-11-23", at=given.pop("at", SEVEN), made=made, **given)
        compose = composer({self.plan.name: self.plan}, self.office, POST)
        composed = self.database.read(lambda connection: compose(connection, edition, last))
        return replace(edition, items=composed.items), composed


def whole(one: Letter) -> bytes:
    """The octets of a letter."""
    return one.block + one.body


def parsed(one: Letter) -> Message:
    """As a mail program reads it."""
    return email.message_from_bytes(whole(one))


def twin(one: Letter, kind: str) -> str:
    """One alternative: "plain" or "html"."""
    for part in parsed(one).walk():
        if part.get_content_type() == f"text/{kind}":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode("utf-8").replace("\r\n", "\n")
    raise AssertionError(f"no text/{kind}")


def subject(one: Letter) -> str:
    """Decoded."""
    return str(email.header.make_header(email.header.decode_header(str(parsed(one)["Subject"]))))


def listed(items: Sequence[Item]) -> list[tuple[int, str, int]]:
    """Number, section and nights of each."""
    return [(item.number, item.section.value, item.nights) for item in items]


def a_usual_monday(morning: Morning) -> Edition:
    """A bit of everything; returns Friday's edition."""
    m = morning
    m.sighted()
    m.office = Office(clocks, {"support": CURE}, goals=first_reply, limits=four_hours)
    jane = m.write("Jane Ferris", ago(9), "Where are my flowers?", Subject="Wedding on Saturday")
    sent = m.answer(jane, "Jane Ferris", ago(8), "They will be there.", by=TOM)
    again = m.write(
        "Jane Ferris",
        ago(3, 14),
        "They were not there. The wedding is over, and nobody has called me back. What are you going to do about it?",
        **{"Subject": "Re: Wedding on Saturday", "In-Reply-To": f"<{sent}>"},
    )
    m.write(
        "Jane Ferris", ago(1), "Hello? Is anybody reading this?", **{"Subject": "Wedding", "In-Reply-To": f"<{again}>"}
    )
    m.write(
        "Paul Otieno",
        ago(5, 1),
        "The invoice has the wrong address again; accounting cannot book it.",
        Subject="Invoice 2210",
    )
    m.write("Lucía Fernández", ago(4, 18), "¿Podrían decirme cuándo llega el pedido?", Subject="Pedido 88123")
    done = m.write("Kim Sato", ago(4, 2), "Can I change the colour?", Subject="Colour of order 1190")
    m.write("B. Vance", ago(4, 3), "The lid does not fit.", Subject="Lid")
    promised = m.write("Ole Lind", ago(12), "When do you have the blue one again?", Subject="The blue one")
    m.answer(promised, "Ole Lind", ago(11), "I will get back to you by tomorrow.", by=TOM)
    thanked = m.write("Rosa Blum", ago(6), "Is the shop open on Sunday?", Subject="Sunday")
    reply = m.answer(thanked, "Rosa Blum", ago(5), "It is, from ten to four.")
    friday, _ = m.compose(id="friday", at=ago(3), made=ago(3), recipients=(ANNA, TOM))
    m.answer(done, "Kim Sato", ago(2, 20), "Done.", by=MIKE)
    m.write("Rosa Blum", ago(2), "Thank you so much!", **{"Subject": "Re: Sunday", "In-Reply-To": f"<{reply}>"})
    m.write(
        "Dr. Ahmed Nasser",
        ago(0, 20),
        "Our delivery of 40 cartons stands in the rain. Please call me.",
        Subject="URGENT: cartons",
    )
    m.write("quiet@buyer.example", ago(0, 9), "Do you ship to Norway?", Subject="Norway", From="quiet@buyer.example")
    return friday
