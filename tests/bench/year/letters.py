"""A year routed at once, each mail at its own instant and without a daemon; then the founders' letter of every Sunday."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from router.config import load
from router.config.digesting import office, plans
from router.config.joining import GoalsOf
from router.conversation.edition import Edition, Kind
from router.conversation.letter import Deed
from router.digest.weekly import compose as weekly
from router.digest.weekly.found import Found
from router.digest.weekly.read import read
from router.digest.weekly.view import WeekView
from router.store import deeds
from router.store.database import Database
from router.store.spool import Sighting
from router.wiring import places
from router.wording import Wording
from tests.bench.year.company import MAILBOXES, RULES, configuration
from tests.bench.year.facts import Event, What, Year
from tests.store.desk import opened, seen
from tests.store.driver import Router

_BATCH = 100
_DEEDS = {
    What.CLOSED: Deed.CLOSE,
    What.SNOOZED: Deed.SNOOZE,
    What.PHONED: Deed.PHONED,
    What.TOOK: Deed.TAKE,
}
_DIGEST = """
[[digest]]
name = "founders"
kind = "weekly"
to = ["mike@example.com", "helen@example.com"]
name_staff = true
at_once = false
"""


@dataclass(frozen=True, slots=True)
class Sunday:
    """One letter: what it was made of, what it shows, and its text."""

    monday: date
    at: datetime
    found: Found
    view: WeekView
    subject: str
    text: str


class Company:
    """The year in a database."""

    def __init__(self, year: Year, folder: Path, database: Database) -> None:
        self._database = database
        (folder / "rules").mkdir()
        (folder / "rules" / "rules.toml").write_text(RULES)
        config = folder / "router.toml"
        config.write_text(configuration(2525, 2526, 1) + _DIGEST)
        settings = load(config, {})
        self._router = Router(database, places(settings))
        self._plan, goals = plans(settings)["founders"], GoalsOf(settings)
        self._office = office(settings, goals.lines, goals.limits)
        self._wording = Wording(None, self._plan.zone)
        self._fill(year)

    def _fill(self, year: Year) -> None:
        by_name = {one.name: one for one in MAILBOXES}
        past = []
        for mail in year.past:
            mailbox = by_name[mail.mailbox]
            to = mailbox.outbound if mail.sent else mailbox.address
            past.append(seen(mail.content, sender="someone@customer.example", recipients=(to,), received=mail.at))
        held = sorted(past, key=lambda one: one.received)
        for event in year.events:
            if event.is_word or len(held) >= _BATCH:
                self._route(held)
                held = []
            if event.is_word:
                self._say(event)
            else:
                held.append(seen(event.content, sender=event.sender, recipients=event.recipients, received=event.at))
        self._route(held)

    def _route(self, held: Sequence[Sighting]) -> None:
        for at in range(0, len(held), _BATCH):
            self._router.route(*held[at : at + _BATCH])

    def _say(self, event: Event) -> None:
        fact = event.fact
        said = deeds.Said(_DEEDS[fact.what], fact.by, until=fact.until)
        self._database.write("test", lambda c: deeds.say(c, event.about, said, event.at))

    def letter(self, monday: date) -> Sunday:
        """The letter of the Sunday of a week, as of then."""
        at = datetime.combine(monday + timedelta(days=6), time(18), self._plan.zone).astimezone(UTC)
        edition = Edition("preview", "founders", Kind.ASKED, "", at, at, ())
        later = at + timedelta(days=400)
        found = self._database.read(lambda c: read(c, self._plan, self._office, edition, None, present=later))
        shown = weekly.view(self._plan, found, None)
        subject = weekly.subject(shown, self._wording).strip()
        return Sunday(monday, at, found, shown, subject, " ".join(weekly.text(shown, self._wording).split()))


@contextmanager
def routed(year: Year, folder: Path) -> Iterator[Company]:
    """All of a year, in a database of its own."""
    with opened(folder) as database:
        yield Company(year, folder, database)
