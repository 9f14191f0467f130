"""What every section of a weekly letter is read from: the time it tells of, its conversations, and who waits.

the span    from the last letter to this one, so that nothing falls between two; seven days where there was none
            lately, and where somebody asks
unseen      of a mailbox whose answers cannot be seen only letters are counted and quoted; no figure hangs on answers
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from router.conversation.agenda import Waiter
from router.conversation.edition import Edition, Kind
from router.conversation.hours import ServiceHours, always
from router.conversation.weekly.tale import Span, Tale
from router.digest.gather import mailbox_of
from router.digest.plan import Office, Plan
from router.store import week
from router.store.asof import waiters_at
from router.store.reading import Connection
from router.store.waiting import seen_mailboxes

LONGEST = timedelta(days=28)  # that one letter tells of
_WEEK = timedelta(days=7)
_NIGHT = timedelta(hours=12)  # what begins in the evening is called by the next day


@dataclass(frozen=True, slots=True)
class Scene:
    """One instant, and what had happened by then."""

    plan: Plan
    office: Office
    edition: Edition
    span: Span
    days: Sequence[date]  # by which the span is called
    every: Sequence[Tale]  # of all mailboxes
    tales: Sequence[Tale]  # of those whose answers can be seen
    seen: frozenset[str]  # these mailboxes
    waiters: Sequence[Waiter]

    @property
    def now(self) -> datetime:
        """When the letter is made."""
        return self.edition.made

    def waits(self) -> list[tuple[str, datetime]]:
        """Who waits still, by mailbox and since when: also those whose conversations are too old to be read."""
        rows = ((mailbox_of(row, self.plan), row) for row in self.waiters)
        return [
            (mailbox, row.since)
            for mailbox, row in rows
            if mailbox in self.seen and row.since is not None and not row.finished
        ]

    def hours(self) -> dict[str, ServiceHours]:
        """Of every mailbox whose answers can be seen."""
        known, zone = self.office.hours, self.plan.zone
        return {name: known.get(name) or always(zone) for name in self.plan.mailboxes if name in self.seen}


def scene(
    connection: Connection, plan: Plan, office: Office, edition: Edition, last: Edition | None, present: datetime | None
) -> Scene:
    """As it was when the letter was made; `present` is the instant of who asks, where that is another."""
    span, seen = span_of(plan, edition, last), seen_mailboxes(connection)
    every = list(week.tales(connection, span, plan.mailboxes))
    rows = waiters_at(connection, edition.made, present or edition.made)
    return Scene(
        plan=plan,
        office=office,
        edition=edition,
        span=span,
        days=days_of(plan, span),
        every=every,
        tales=[tale for tale in every if tale.mailbox in seen],
        seen=seen,
        waiters=[row for row in rows if mailbox_of(row, plan) is not None],
    )


def span_of(plan: Plan, edition: Edition, last: Edition | None) -> Span:
    """From the last letter to this one."""
    end = edition.made
    begin = (end.astimezone(plan.zone).replace(tzinfo=None) - _WEEK).replace(tzinfo=plan.zone).astimezone(end.tzinfo)
    follows = edition.kind is Kind.WEEKLY and last is not None and last.kind is Kind.WEEKLY
    if follows and last is not None and end - LONGEST <= last.made < end:
        begin = last.made
    return Span(begin, end)


def days_of(plan: Plan, span: Span) -> list[date]:
    """The days by which it is called: "16–22 Nov" is from Sunday evening to Sunday evening."""
    first = (span.begin + _NIGHT).astimezone(plan.zone).date()
    last = max(first, (span.end - _NIGHT).astimezone(plan.zone).date())
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
