"""The year itself: who writes when, what becomes of it, and the facts that are planted for the weekly letters.

Everything follows from the seed and the span. A conversation is played to its end by one of the scenarios below; what
would happen after the last day is left out, as if the world ended there.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.bench.year.company import MAILBOXES, VIP_DOMAIN, ZONE, Mailbox
from tests.bench.year.facts import Event, Fact, Past, Planted, Story, What, Year
from tests.bench.year.tale import Draft, Scenario, Tale, is_vip
from tests.bench.year.writing import LANGUAGES, Mail

_DAY = timedelta(days=1)


def _soon(tale: Tale) -> None:
    tale.asks().after(0.5, 5).daytime().answers_by()


def _late(tale: Tale) -> None:
    tale.asks().after(30, 90).daytime().answers_by()


def _reminded(tale: Tale) -> None:
    tale.asks().after(20, 60).asks(tied=tale.chance.random() < 0.7).after(3, 30).daytime().answers_by()


def _complains(tale: Tale) -> None:
    tale.asks().after(2, 20).daytime().answers_by().after(5, 40).asks()
    if tale.chance.random() < 0.7:
        tale.after(3, 60).daytime().answers_by()


def _thanks(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by().after(2, 30).thanks()
    if tale.chance.random() < 0.7:
        tale.after(15, 60).daytime().word(What.CLOSED)


def _thanks_and_more(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by().after(2, 30).thanks().after(5, 30).asks()
    tale.after(5, 50).daytime().answers_by().after(3, 30).thanks().after(10, 60).word(What.CLOSED)


def _forgotten(tale: Tale) -> None:
    tale.asks()
    if tale.chance.random() < 0.6:
        tale.after(40, 120).asks(tied=tale.chance.random() < 0.5)
    tale.after(200, 900).daytime().word(What.CLOSED)


def _promise_kept(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by(promise=True, in_days=tale.chance.choice((None, 3, 5)))
    tale.after(20, 40).daytime().answers_by()


def _promise_broken(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by(promise=True, in_days=tale.chance.choice((None, 1, 2)))
    tale.after(100, 300).daytime().answers_by()


def _promise_thanked(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by(promise=True, in_days=tale.chance.choice((None, 1))).after(2, 8)
    tale.thanks().after(100, 300).daytime().answers_by()


def _founder(tale: Tale) -> None:
    tale.asks().at_night().answers_by(tale.chance.choice(("mike", "helen")))


def _bounced(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by().after(0, 3).bounce().after(10, 50).daytime().answers_by()


def _forwarded(tale: Tale) -> None:
    tale.asks().after(1, 5).forwards().after(5, 30).daytime().answers_by()


def _acknowledged(tale: Tale) -> None:
    tale.asks().after(0, 1).acknowledges().after(5, 60).daytime().answers_by()


def _phoned(tale: Tale) -> None:
    tale.asks().after(2, 30).daytime().word(What.PHONED)


def _phoned_in_vain(tale: Tale) -> None:
    tale.asks().after(2, 30).daytime().word(What.PHONED).after(10, 50).asks().after(3, 40).daytime().answers_by()


def _snoozed(tale: Tale) -> None:
    tale.asks().after(5, 20).daytime().word(What.SNOOZED, days=2.3).after(80, 140).daytime().answers_by()


def _snoozed_in_vain(tale: Tale) -> None:
    tale.asks().after(5, 20).word(What.SNOOZED, days=20).after(20, 50).asks().after(10, 60).daytime().answers_by()


def _closed_too_soon(tale: Tale) -> None:
    tale.asks().after(5, 20).daytime().word(What.CLOSED).after(20, 60).asks().after(5, 60).daytime().answers_by()


def _taken(tale: Tale) -> None:
    tale.asks().after(2, 10).daytime().word(What.TOOK).after(20, 60).daytime().answers_by()


def _away(tale: Tale) -> None:
    tale.asks().after(1, 10).daytime().answers_by().after(0, 1).away()


SCENARIOS: Sequence[tuple[Scenario, int]] = (
    *((_soon, 30), (_late, 14), (_reminded, 8), (_complains, 8), (_thanks, 8), (_thanks_and_more, 2), (_forgotten, 4)),
    *((_promise_kept, 4), (_promise_broken, 4), (_promise_thanked, 3), (_founder, 6), (_bounced, 3), (_forwarded, 4)),
    *((_acknowledged, 4), (_phoned, 3), (_phoned_in_vain, 2), (_snoozed, 2), (_snoozed_in_vain, 2)),
    *((_closed_too_soon, 2), (_taken, 3), (_away, 3)),
)


class _World:
    """All conversations that have been begun."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)
        self.stories: dict[int, Story] = {}
        self.drafts: list[Draft] = []
        self.silent: date | None = None
        self._customers: dict[str, list[tuple[str, str]]] = {}

    def begin(
        self, mailbox: Mailbox, at: datetime, customer: tuple[str, str] | None = None, language: str = ""
    ) -> Tale:
        """A customer sits down to write."""
        number = len(self.stories) + 1
        language = language or self.chance.choice(mailbox.languages)
        name, address = customer or self._customer(mailbox, language, number)
        subject = self.chance.choice(LANGUAGES[language].subjects).format(n=4000 + number)
        story = Story(number, mailbox.name, address, name, subject, is_vip(address))
        self.stories[number] = story
        # Each conversation has its own chance, so that a change of one leaves the others as they are.
        chance = random.Random(f"{number} of {self.chance.random()}")
        return Tale(story, mailbox, language, at, chance, self.drafts, self.silent)

    def _customer(self, mailbox: Mailbox, language: str, number: int) -> tuple[str, str]:
        known = self._customers.setdefault(f"{mailbox.name} {language}", [])
        if known and self.chance.random() < 0.15:
            return self.chance.choice(known[-40:])
        name = self.chance.choice(LANGUAGES[language].names)
        local = name.encode("ascii", "ignore").decode().lower().replace(" ", ".")
        domain = VIP_DOMAIN if self.chance.random() < 0.06 else f"{language}.customer.example"
        known.append((name, f"{local}{number}@{domain}"))
        return known[-1]

    def noise(self, mailbox: Mailbox, at: datetime) -> None:
        """A newsletter, or what a machine says to nobody in particular."""
        number = len(self.drafts)
        if self.chance.random() < 0.6:
            headers = (
                ("List-Unsubscribe", "<https://news.example/out>"),
                ("Precedence", "bulk"),
                ("List-Id", "<n.news.example>"),
            )
            writer, subject, text = (
                ("The News", "news@news.example"),
                f"This week's offers {number}",
                "Everything must go.",
            )
        else:
            headers = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"), ("Precedence", "junk"))
            writer = ("Nobody There", f"nobody{number}@away.example")
            subject, text = f"Out of office {number}", "I am away."
        mail = Mail(f"noise{number}@{writer[1].partition('@')[2]}", at, "UTC", writer, ("", mailbox.address), subject, text,
                    headers=headers)  # fmt: skip
        self.drafts.append(Draft(at, Fact(0, What.NOTHING), mailbox, sender=writer[1], content=mail.octets()))


def generate(first: date, days: int, seed: str = "a year") -> Year:
    """The company's life from the first day on, midnight of its zone; its past is always the fourteen months before."""
    world = _World(f"{seed} {first} {days}")
    begin = _midnight(first)
    end = _midnight(first + days * _DAY)
    broken = _past(world, begin)
    planted = _plant(world, first, days, broken)
    for count in range(days):
        for mailbox in MAILBOXES:
            _day(world, mailbox, first + count * _DAY)
    drafts = sorted((one for one in world.drafts if one.at < end), key=lambda one: (one.at, one.fact.story))
    past = [one for one in drafts if one.at < begin]
    events = [one for one in drafts if one.at >= begin]
    numbers = {id(one): number for number, one in enumerate(events, start=1)}
    return Year(
        world.stories,
        tuple(_event(one, numbers) for one in events),
        tuple(Past(one.at, one.mailbox.name, one.sent, _received(one), one.fact) for one in past),
        planted,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)


def _event(draft: Draft, numbers: dict[int, int]) -> Event:
    fact = draft.fact
    if draft.lost is not None:
        fact = replace(fact, lost=numbers[id(draft.lost)])
    to = draft.mailbox.outbound if draft.sent else draft.mailbox.address
    return Event(numbers[id(draft)], draft.at, fact, draft.sender, (to,), draft.content, draft.about)


def _received(draft: Draft) -> bytes:
    """As it lies in a folder: the last hop wrote when it came; what we sent has no hop."""
    if draft.sent:
        return draft.content
    stamp = f"{draft.at:%a, %d %b %Y %H:%M:%S} +0000"
    return f"Received: from mx.customer.example by mx.example.com; {stamp}\r\n".encode() + draft.content


def _day(world: _World, mailbox: Mailbox, day: date) -> None:
    weekend = day.weekday() > 4 and mailbox.name != "care"
    expected = mailbox.a_day * (0.3 if weekend else 1.0)
    for _ in range(int(expected) + (world.chance.random() < expected % 1)):
        tale = world.begin(mailbox, _instant(world, mailbox, day))
        scenario = world.chance.choices([one for one, _ in SCENARIOS], [weight for _, weight in SCENARIOS])[0]
        scenario(tale)
    for _ in range(world.chance.randrange(3)):
        world.noise(mailbox, _instant(world, mailbox, day))


def _instant(world: _World, mailbox: Mailbox, day: date) -> datetime:
    """Of a letter: mostly by day, some at night."""
    hour = world.chance.choices(range(24), [1] * 6 + [4] * 16 + [2] * 2)[0]
    local = time(hour, world.chance.randrange(60), world.chance.randrange(60))
    return datetime.combine(day, local, ZoneInfo(mailbox.zone)).astimezone(UTC)


def _past(world: _World, begin: datetime) -> str:
    """Fourteen months of Inbox and Sent; returns the customer to whom we broke a promise when they began."""
    support = MAILBOXES[0]
    broken = world.begin(support, begin - timedelta(days=130), ("Walter Finch", "walter.finch@customer.example"), "en")
    broken.asks("My grandfather's clock came back without its pendulum.").after(20, 30).daytime()
    broken.answers_by("tom", promise=True, in_days=4)
    for mailbox in MAILBOXES:
        for days, scenario in ((120, _forgotten_for_good), (90, _promise_unkept), (40, _late), (21, _thanks_left), (9, _late),
                               (5, _complained), (3, _forgotten_for_good), (2, _soon), (1.2, _snag)):  # fmt: skip
            scenario(world.begin(mailbox, _whole(begin - timedelta(days=days))))
    for draft in world.drafts:
        draft.at = _whole(draft.at)
    return broken.story.customer


def _whole(at: datetime) -> datetime:
    """What stands in a header field has no parts of a second."""
    return at.replace(microsecond=0)


def _forgotten_for_good(tale: Tale) -> None:
    tale.asks()


def _promise_unkept(tale: Tale) -> None:
    tale.asks().after(5, 20).answers_by(promise=True, in_days=3)


def _thanks_left(tale: Tale) -> None:
    tale.asks().after(5, 20).answers_by().after(5, 20).thanks()


def _complained(tale: Tale) -> None:
    tale.asks().after(5, 20).answers_by().after(5, 20).asks()


def _snag(tale: Tale) -> None:
    """Begins before the year, and is answered in it."""
    tale.asks().after(40, 60).daytime().answers_by().after(10, 20).asks().after(5, 30).daytime().answers_by()


def _plant(world: _World, first: date, days: int, broken: str) -> Planted:
    """What the weekly letters have to find; weeks count from 1, as those of the calendar do."""
    weeks = [first + count * _DAY for count in range(days) if (first + count * _DAY).weekday() == 0]
    by_week = {monday.isocalendar().week: monday for monday in weeks}
    rising, gave_up, thanked = dict[str, str](), dict[str, tuple[str, ...]](), dict[str, str]()
    silent = ""
    if (monday := by_week.get(40)) is not None:
        world.silent = monday + 2 * _DAY
        silent = world.silent.isoformat()
    for week, monday in by_week.items():
        if week >= 31:
            _straps(world, monday, min(week - 26, 9))
    if 31 in by_week:
        rising[by_week[31].isoformat()] = "strap"
    if (monday := by_week.get(20)) is not None:
        gave_up[monday.isoformat()] = tuple(_gives_up(world, monday, count) for count in range(5))
    if (monday := by_week.get(12)) is not None:
        thanked[monday.isoformat()] = "Lena"
        for count in range(3):
            tale = world.begin(MAILBOXES[1], _instant(world, MAILBOXES[1], monday), language="en")
            tale.asks().after(2, 6).answers_by("lena").after(3, 20).thanks("Thank you, Lena! You were wonderful.")
            tale.after(24, 30 + count).word(What.CLOSED)
    return Planted(rising, gave_up, thanked, silent, broken)


def _straps(world: _World, monday: date, count: int) -> None:
    told = (
        "The strap of my watch broke after a week.",
        "My strap is torn. Is that normal?",
        "The strap came off today.",
    )
    for number in range(count):
        day = monday + (number % 6) * _DAY
        tale = world.begin(MAILBOXES[0], _instant(world, MAILBOXES[0], day), language="en")
        tale.asks(told[number % 3]).after(2, 20).daytime().answers_by()


def _gives_up(world: _World, monday: date, count: int) -> str:
    tale = world.begin(MAILBOXES[0], _instant(world, MAILBOXES[0], monday - 9 * _DAY), language="en")
    tale.asks().after(4, 20).answers_by().after(10, 30).asks("It was meant to be beautiful, and it is broken again.")
    tale.after(4, 20).answers_by().after(10, 30).asks("And once more it does not work.").at = datetime.combine(
        monday + (count % 2) * _DAY, time(15, 10 * count), ZoneInfo(ZONE)
    ).astimezone(UTC)
    tale.answers_by("tom", "We can offer you £15.")
    return tale.story.customer
