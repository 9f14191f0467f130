"""One conversation under way: each call writes its next mail or word, with the fact that it makes true."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.bench.year.company import FOUNDERS, VIP_DOMAIN, ZONE, Mailbox
from tests.bench.year.facts import Fact, Story, What
from tests.bench.year.writing import LANGUAGES, Mail, failure, in_words, quote, staff

LEAST = timedelta(hours=2)  # between two events of a conversation: their order is never in doubt


@dataclass(slots=True)
class Draft:
    """An event that has no number yet."""

    at: datetime
    fact: Fact
    mailbox: Mailbox
    sent: bool = False  # by us: a copy of it goes to the mailbox's outbound address
    sender: str = ""
    to: str = ""  # the recipient outside, of ours
    content: bytes = b""
    about: str = ""
    lost: "Draft | None" = None


@dataclass(slots=True)
class Tale:
    """A conversation, told from one end to the other; `at` is the instant of its last event."""

    story: Story
    mailbox: Mailbox
    language: str
    at: datetime
    chance: random.Random
    drafts: list[Draft]
    silent: date | None = None  # no answer leaves on this day
    ids: list[str] = field(default_factory=list)
    last: str = ""
    answers: list[Draft] = field(default_factory=list)

    # When.

    def after(self, least: float, most: float) -> "Tale":
        """Let so many hours pass, a random number between."""
        self.at += max(LEAST, timedelta(hours=self.chance.uniform(least, most)))
        return self

    def daytime(self) -> "Tale":
        """Go on to when people of the mailbox work."""
        local = self.at.astimezone(ZoneInfo(self.mailbox.zone))
        if self.mailbox.name == "care":
            return self
        if local.hour >= 18:
            local += timedelta(days=1)
        if not 8 <= local.hour < 18:
            local = local.replace(hour=8, minute=self.chance.randrange(60))
        while local.weekday() > 4:
            local += timedelta(days=1)
        self.at = max(self.at, local.astimezone(UTC))
        return self

    def at_night(self) -> "Tale":
        """Go on to a Sunday afternoon or a night, as founders do."""
        local = self.at.astimezone(ZoneInfo(ZONE)) + timedelta(days=1)
        if self.chance.random() < 0.5:
            local += timedelta(days=6 - local.weekday())
        local = local.replace(hour=self.chance.choice((15, 22, 23)), minute=self.chance.randrange(60))
        self.at = local.astimezone(UTC)
        return self

    # The customer.

    def asks(self, text: str = "", *, tied: bool = True) -> "Tale":
        """A letter that wants an answer."""
        spoken = LANGUAGES[self.language]
        kinds = spoken.asks if not self.ids else spoken.again if self.answers else spoken.reminds
        return self._customer(text or self.chance.choice(kinds), What.ASKS, tied=tied)

    def thanks(self, text: str = "") -> "Tale":
        """Nothing but thanks."""
        return self._customer(text or self.chance.choice(LANGUAGES[self.language].thanks), What.THANKS)

    def away(self) -> "Tale":
        """The customer's program says that he is out of the office."""
        headers = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
        text = "I am out of the office until Monday."
        return self._customer(text, What.NOTHING, headers=headers, prefix="Automatic reply: ", told=False)

    def bounce(self) -> "Tale":
        """A mail server says that our last answer has not arrived."""
        answer, boundary = self.answers.pop(), f"b{len(self.drafts)}"
        kind = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
        mail = Mail(
            self._id("mx.example.net"),
            self.at,
            "UTC",
            ("Mail Delivery System", "mailer-daemon@mx.example.net"),
            staff(answer.fact.by.partition("@")[0]),
            "Undelivered Mail Returned to Sender",
            failure(self.ids[-1], self.story.customer, boundary),
            headers=(("Auto-Submitted", "auto-replied"), ("Content-Type", kind)),
        )
        fact = Fact(self.story.number, What.LOST)
        self.drafts.append(Draft(self.at, fact, self.mailbox, content=mail.octets(), lost=answer))
        return self

    def _customer(
        self,
        text: str,
        what: What,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        prefix: str = "Re: ",
        tied: bool = True,
        told: bool = True,
    ) -> "Tale":
        story, first = self.story, not self.ids
        mail = Mail(
            self._id(story.customer.partition("@")[2]),
            self.at,
            self.mailbox.zone,
            (story.name, story.customer),
            ("", self.mailbox.address),
            story.subject if first else prefix + story.subject,
            f"{text}\n\n{story.name}",
            before=tuple(self.ids) if tied else (),
            headers=headers,
            quoted=self.last if tied and told else "",
        )
        self._note(mail, Fact(story.number, what, story.customer), story.customer, sent=False, told=told)
        return self

    # Our side.

    def answers_by(self, who: str = "", text: str = "", *, promise: bool = False, in_days: int | None = None) -> "Tale":
        """One of us writes to the customer; with `promise` that he will come back, by a day if `in_days` says so."""
        while self.silent is not None and self.at.astimezone(ZoneInfo(ZONE)).date() == self.silent:
            self.at += timedelta(days=1)
        due = None
        spoken = LANGUAGES[self.language]
        if promise and in_days is not None:
            day = self.at.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=in_days)
            midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(ZONE))  # a day ends at its midnight
            due, text = (
                midnight.astimezone(UTC),
                self.chance.choice(spoken.dated).format(day=in_words(day, self.language)),
            )
        elif promise:
            text = self.chance.choice(spoken.promises)
        who = who or self.chance.choice(self.mailbox.staff)
        fact = Fact(self.story.number, What.ANSWERS, f"{who}@example.com", promise, due, founder=who in FOUNDERS)
        self._ours(who, text or self.chance.choice(spoken.answers), fact)
        self.answers.append(self.drafts[-1])
        return self

    def acknowledges(self) -> "Tale":
        """A machine of ours says that the letter has come: no answer."""
        headers = (("Auto-Submitted", "auto-replied"),)
        fact = Fact(self.story.number, What.NOTHING, self.mailbox.address)
        self._ours("", "We have received your letter.", fact, headers, told=False)
        return self

    def forwards(self) -> "Tale":
        """One of us asks a colleague: no answer."""
        one, other = self.mailbox.staff[0], self.mailbox.staff[-1]
        mail = Mail(
            self._id("example.com"),
            self.at,
            self.mailbox.zone,
            staff(one),
            staff(other if other != one else "anna"),
            f"Fwd: {self.story.subject}",
            "Do you know anything about this?",
            before=tuple(self.ids),
            quoted=self.last,
        )
        fact = Fact(self.story.number, What.NOTHING, f"{one}@example.com")
        self._note(mail, fact, f"{one}@example.com", sent=True, told=False)
        return self

    def word(self, what: What, *, days: float | None = None) -> "Tale":
        """One of us says a word on it with a command."""
        by = f"{self.mailbox.staff[0]}@example.com"
        until = None if days is None else (self.at + timedelta(days=days)).replace(microsecond=0)
        fact = Fact(self.story.number, what, by, until=until)
        self.drafts.append(Draft(self.at, fact, self.mailbox, about=self.ids[0]))
        return self

    def _ours(
        self,
        who: str,
        text: str,
        fact: Fact,
        headers: tuple[tuple[str, str], ...] = (),
        told: bool = True,
    ) -> None:
        writer = staff(who) if who else ("Customer service", self.mailbox.address)
        mail = Mail(
            self._id("example.com"),
            self.at,
            self.mailbox.zone,
            writer,
            (self.story.name, self.story.customer),
            f"Re: {self.story.subject}",
            text + (f"\n\n{writer[0].partition(' ')[0]}" if who else ""),
            before=tuple(self.ids),
            headers=headers,
            quoted=self.last,
        )
        self._note(mail, fact, writer[1], sent=True, told=told, to=self.story.customer)

    def _note(self, mail: Mail, fact: Fact, sender: str, *, sent: bool, told: bool, to: str = "") -> None:
        self.drafts.append(Draft(self.at, fact, self.mailbox, sent, sender, to, mail.octets()))
        if told:
            self.ids.append(mail.message_id)
            self.last = quote(mail.text, mail.writer[0], mail.at)

    def _id(self, domain: str) -> str:
        return f"{self.story.number}.{len(self.drafts)}.{self.chance.randrange(1 << 32):08x}@{domain}"


Scenario = Callable[[Tale], object]


def is_vip(address: str) -> bool:
    """Whether a customer is one of those who come first."""
    return address.endswith(f"@{VIP_DOMAIN}")
