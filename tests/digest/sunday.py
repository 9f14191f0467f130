"""A company's week, and the letter that its founders get on Sunday evening."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from router.conversation.edition import Edition, Kind
from router.conversation.goallines import GoalLine
from router.digest.letter import Composed
from router.digest.plan import Office, Plan
from router.digest.weekly.compose import composer
from router.store.database import Database
from router.store.wordweeks import Scope
from tests.digest.morning import CURE, GOAL, LONDON, OFFICE, POST, TOM, Morning, address_of, clocks

SIX = datetime(2026, 11, 22, 18, tzinfo=UTC)  # Sunday
MIKE, HELEN = "mike@example.com", "helen@example.com"
PLAN = Plan(
    "founders",
    "Support",
    ("support",),
    LONDON,
    listener=True,
    weekly=True,
    founders=frozenset({MIKE, HELEN}),
    shared=frozenset({"support@example.com"}),
    scope=Scope(LONDON),
)


def before(days: float = 0, hours: float = 0) -> datetime:
    """Before Sunday evening."""
    return SIX - timedelta(days=days, hours=hours)


class Sunday(Morning):
    """A database, and the letters of its Sundays."""

    def __init__(self, database: Database, **parts: Any) -> None:
        office = Office(clocks, {"support": CURE}, hours={"support": OFFICE}, goals=kept)
        super().__init__(database, plan=replace(PLAN, **parts), office=office)

    def letter(self, last: Edition | None = None, **parts: Any) -> tuple[Edition, Composed]:
        """The edition of a Sunday, with its letters."""
        given = {"id": f"week{self.number}", "recipients": (MIKE,), "kind": Kind.WEEKLY, "at": SIX, "made": SIX} | parts
        edition = Edition(digest=self.plan.name, slot="2026-11-22", **given)
        compose = composer({self.plan.name: self.plan}, self.office, POST)
        composed = self.database.read(lambda connection: compose(connection, edition, last))
        return replace(edition, items=composed.items), composed

    def talk(self, who: str, *told: tuple[str, datetime, str], **fields: str) -> list[str]:
        """A conversation: `c` is the customer, anything else the address of one of us. Returns the Message-IDs."""
        names: list[str] = []
        for by, at, text in told:
            if by == "c":
                about = f"Re: {fields.get('Subject', who)}"
                refer = {"In-Reply-To": f"<{names[-1]}>", "Subject": about} if names else {}
                names.append(self.write(who, at, text, **fields | refer))
            else:
                names.append(self.answer(names[-1], who, at, text, by=by))
        return names

    def route_to_shop(self, who: str, at: datetime) -> None:
        """A letter to another mailbox."""
        fields = {"From": f"{who} <{address_of(who)}>", "To": "shop@example.com", "Subject": "Shop"}
        self._route(address_of(who), ("shop@example.com",), at, "Where is it?", fields)


def kept(connection: Connection, mailboxes: Collection[str], now: datetime) -> Sequence[GoalLine]:
    """How the goal stands."""
    return [GoalLine("first reply", GOAL, "service", 0.931, 0.95, 6, 4, 2)]


def a_usual_week(s: Sunday) -> None:
    """A bit of everything."""
    s.sighted()
    s.lives(SIX)
    claire = "Claire Moss"
    s.talk(
        claire,
        ("c", datetime(2019, 6, 3, 9, tzinfo=UTC), "Do you deliver to Leeds?"),
        (TOM, datetime(2019, 6, 3, 12, tzinfo=UTC), "Yes, we do."),
        Subject="Leeds",
    )
    s.talk(
        claire,
        ("c", before(9), "The bouquet for our anniversary came brown. I had chosen it for weeks."),
        (TOM, before(8, 4), "I am sorry to hear that. We will send you a voucher for your next order."),
        (
            "c",
            before(7, 2),
            "A voucher does not help me. It was meant to be beautiful, and my wife was so disappointed.",
        ),
        ("c", before(6, 2), "Will anybody answer me? I am still waiting for a real apology."),
        (
            TOM,
            before(5, 3),
            "We can offer you £15 off your next order. That is all that I can do for you, I am afraid.",
        ),
        Subject="Brown flowers",
    )
    s.talk(
        "Pierre Lefèvre",
        ("c", before(12), "Bonjour, ma montre ne marche plus depuis hier et je suis très déçu."),
        (HELEN, before(11), "Cher Monsieur, nous l'avons réparée."),
        ("c", before(10), "Elle ne marche toujours pas. Je ne comprends pas comment c'est possible."),
        ("c", before(9, 2), "Je vous ai déjà écrit deux fois, et je trouve cela décevant."),
        (TOM, before(8, 5), "Nous vous envoyons une étiquette."),
        Subject="Montre",
    )
    for number, who in enumerate(("Ann Lee", "Bob Roe", "Cem Kaya", "Dora Fey", "Eve Ott", "Finn Ek", "Gus Hall")):
        s.talk(
            who,
            (
                "c",
                before(number / 2 + 1, 3),
                f"My strap broke after {number + 2} days of wear. I am really sad, since it was a gift."
                if number
                else "The strap broke on the first day, and I feel let down by a brand that I loved.",
            ),
            (
                "anna.lee@example.com" if number % 2 else TOM,
                before(number / 2 + 0.8, 2),
                "I am so sorry about that. A new strap is on its way to you, and the old one is yours to keep. "
                "We have changed the supplier since.",
            ),
            Subject=f"Strap of model {number}",
        )
    for back in range(1, 9):
        for number in range(6):
            s.talk(
                f"Past {back} {number}",
                ("c", before(7 * back + number / 3, 1), "Where is my order? I would like to know."),
                (TOM, before(7 * back + number / 3 - 0.2), "It left yesterday."),
                Subject="Order",
            )
    s.talk(
        "Rosa Blum",
        ("c", before(5), "I could not open the box at all, and I was quite upset."),
        (TOM, before(4, 20), "Please press both sides at once."),
        ("c", before(4, 2), "Thank you so much, Tom!"),
        Subject="Box",
    )
    s.talk(
        "Ole Lind",
        ("c", before(0, 4.2), "Is the shop open on Monday? We would love to come with the children."),
        (MIKE, before(0, 4), "It is, from nine. I will be there myself."),
        Subject="Monday",
    )
    s.talk(
        "Nora Bright",
        ("c", before(6), "Could you look into my invoice? I was charged twice."),
        ("anna.lee@example.com", before(5.9), "I will come back to you tomorrow."),
        Subject="Invoice 7781",
    )
    s.write("B. Vance", before(420), "You said that you would call me about my claim.", Subject="Claim")
    s.write("Jane Ferris", before(33), "Where are my flowers?", Subject="Wedding on Saturday")
    s.write("Kim Sato", before(8, 3), "The lamp flickers, and I cannot read in the evening.", Subject="Lamp")
