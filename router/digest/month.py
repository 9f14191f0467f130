"""The letter "Your month", to everybody to whom a rule copied mail, once, when its last day is over.

Whoever gets it may let the rule go on for himself, or take another rhythm (`store.wishes`). What ended more than a month
ago is not told any more: the router was installed, or the rule was written, after its time.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from router.clock import Clock
from router.conversation.edition import Edition, Kind, months_of
from router.conversation.windows import opening
from router.digest.bundle import Inbox, Post, front
from router.digest.mime import alternatives
from router.mail import mark
from router.mail.words import shown
from router.store import issue, month
from router.store.content import InMemory
from router.store.database import Database
from router.store.ids import new_id
from router.store.month import Answered, Brought
from router.store.reading import Connection
from router.store.spool import add_chunks
from router.store.writer import Unit

log = logging.getLogger(__name__)

TOLD = timedelta(
    days=31
)  # after its last day the end of a rule is told no more, and so many days before it are looked at
AGAIN = timedelta(hours=1)  # a letter that was taken back, since it named somebody who is forgotten, is made anew
SHOWN = 10  # of those who were answered, by name
_DAY = timedelta(days=1)
_SUBJECT, _TEXT, _HTML = "digest/month-subject.txt.j2", "digest/month.txt.j2", "digest/month.html.j2"


@dataclass(frozen=True, slots=True)
class Term:
    """A rule with a last day."""

    rule: str
    first_day: date | None
    last_day: date


@dataclass(frozen=True, slots=True)
class Risen:
    """A word that more customers used than before."""

    word: str
    customers: int
    quote: str


Rose = Callable[[Connection, datetime, datetime], Sequence[Risen]]


def nothing_rose(connection: Connection, since: datetime, until: datetime) -> Sequence[Risen]:
    """Until somebody counts words."""
    return ()


@dataclass(frozen=True, slots=True)
class View:
    """What the owner of an inbox sees."""

    edition: str
    inbox: str
    rule: str
    first: date
    last: date
    letters: int
    customers: int
    answered: int  # customers
    answers: tuple[Answered, ...]  # the last of them
    rose: tuple[Risen, ...]
    rhythm: str
    reply_to: str | None


@dataclass(slots=True)
class Months:
    """Tells the ends of rules."""

    database: Database
    clock: Clock
    terms: Callable[[], Sequence[Term]]  # of the present rules
    inboxes: Callable[[], Sequence[Inbox]]
    post: Post
    zone: ZoneInfo  # in which a rule's days are meant
    look: Callable[[str], None]
    rose: Rose = nothing_rose
    _told: dict[Term, datetime] = field(default_factory=dict)  # when it was last looked at

    async def tick(self, check: Callable[[Connection], None] | None) -> None:
        """Tell what has ended; `check` refuses what another router does."""
        now = self.clock.now()
        for term in self.terms():
            over = opening(self.zone, term.last_day + _DAY, 0).astimezone(UTC)
            last = self._told.get(term, over - AGAIN)
            if over <= now < over + TOLD and now - last >= AGAIN:
                await self._tell(term, over, check)
                self._told[term] = now

    async def _tell(self, term: Term, over: datetime, check: Callable[[Connection], None] | None) -> None:
        first = term.last_day - TOLD + _DAY
        first = first if term.first_day is None else max(first, term.first_day)
        since = opening(self.zone, first, 0).astimezone(UTC)
        inboxes = {inbox.name: inbox for inbox in self.inboxes()}
        read = partial(month.brought, rule=term.rule, since=since, until=over, inboxes=list(inboxes))
        for name, brought in (await self.database.aread(read)).items():
            inbox, slot = inboxes[name], f"{term.rule}:{term.last_day}"
            if await self.database.aread(partial(issue.served, digest=months_of(name), slot=slot)):
                continue
            made = self.clock.now()
            this = Edition(new_id(), months_of(name), Kind.MONTH, slot, over, made, (inbox.address,))
            seen = await self.database.aread(partial(self._view, this, term, inbox, brought, since, over))
            block, letter = _letter(seen, this, self.post)
            await add_chunks(self.database, letter)
            call = partial(_issue, check, this, name, block, letter)
            if await self.database.writer.submit(Unit("month", call=call)):
                log.info("rule %r has ended: %s is told", term.rule, name)
                self.look(name)

    def _view(
        self,
        this: Edition,
        term: Term,
        inbox: Inbox,
        brought: Brought,
        since: datetime,
        until: datetime,
        connection: Connection,
    ) -> View:
        answered = month.answered(connection, inbox.address, since, until)
        return View(
            edition=this.id,
            inbox=inbox.name,
            rule=term.rule,
            first=since.astimezone(self.zone).date(),
            last=term.last_day,
            letters=brought.letters,
            customers=len(brought.customers),
            answered=len(answered),
            answers=tuple(map(_clean, answered[:SHOWN])),
            rose=tuple(self.rose(connection, since, until)),
            rhythm=inbox.rhythm.beat.value,
            reply_to=self.post.reply(mark.reply_name(this.id, 0)),
        )


def _clean(one: Answered) -> Answered:
    name = shown(one.name or one.customer, 80)
    return Answered(shown(one.customer, 120), name, shown(one.subject, 120), one.at, one.letters)


def _letter(seen: View, this: Edition, post: Post) -> tuple[bytes, InMemory]:
    values = {"view": seen}
    subject = post.wording.surely(_SUBJECT, values).strip()
    text, html = post.wording.surely(_TEXT, values), post.wording.surely(_HTML, values | {"subject": subject})
    block, rest = front(this.id, f"month-{seen.inbox}", this.recipients[0], subject, this.made, post)
    return block, InMemory(rest + alternatives(text, html, this.id))


def _issue(
    check: Callable[[Connection], None] | None,
    this: Edition,
    inbox: str,
    block: bytes,
    letter: InMemory,
    connection: Connection,
) -> bool:
    if check is not None:
        check(connection)
    return issue.issue(connection, this, inbox, block, letter)
