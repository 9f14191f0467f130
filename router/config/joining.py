"""What digests and letters ask of goals and of rising words, in their own terms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from router.config.service import company_goals, mailboxes_of_sources
from router.config.settings import Settings
from router.config.weekly import own_stop_words, rising_scope
from router.conversation.agenda import Waiter
from router.conversation.goal import Goal
from router.conversation.goallines import GoalLine, Limit, Measured
from router.conversation.rising import Rise
from router.conversation.weeks import Week
from router.digest.month import Risen
from router.store.goals import results
from router.store.rising import rises_in
from router.store.waiting import vips

ROSE = 5  # words that the end of a rule tells


@dataclass(frozen=True, slots=True)
class GoalsOf:
    """The goals of a company, as a digest shows them."""

    settings: Settings

    def lines(self, connection: Connection, mailboxes: Collection[str], now: datetime) -> Sequence[GoalLine]:
        """How the goals of these mailboxes stand in their present period."""
        goals = company_goals(self.settings).of([*mailboxes])
        found = results(connection, goals, now, 1, mailboxes_of_sources(self.settings))
        return [
            GoalLine(
                one.goal.name,
                one.goal.within,
                _measured(one.goal),
                one.share.kept / one.share.known if one.share.known else None,
                one.goal.share,
                one.allowed,
                one.used,
                len(one.at_risk),
            )
            for one in found
            if one.known
        ]

    def limits(self, connection: Connection, rows: Sequence[Waiter], now: datetime) -> Mapping[str, Limit]:
        """The limit of each who waits, by conversation."""
        goals, found = company_goals(self.settings), dict[str, Limit]()
        for row in rows:
            mailbox = next(iter(row.mailboxes), None)
            if row.since is None:
                continue
            due = goals.due_of(mailbox, row.since, now, again=row.again > 0, vip=row.vip)
            if due is not None:
                clock: Measured = "service" if due.service else "customer"
                found[row.thread] = Limit(due.within, due.at, clock)
        return found

    def vip_late(self, connection: Connection, now: datetime) -> Sequence[tuple[str, datetime]]:
        """The waits of VIPs that are past their goal: conversation, and since when."""
        rows = vips(connection, now)
        limits = self.limits(connection, rows, now) if rows else {}
        return [
            (row.thread, row.since)
            for row in rows
            if row.since is not None and row.thread in limits and limits[row.thread].due <= now
        ]


def _measured(goal: Goal) -> Measured:
    return "service" if goal.service else "customer"


@dataclass(frozen=True, slots=True)
class RoseOf:
    """What rose during a time, as the end of a rule tells it."""

    settings: Settings

    def __call__(self, connection: Connection, since: datetime, until: datetime) -> Sequence[Risen]:
        """The words of its weeks that chance does not explain, each once, those of most customers first."""
        scope, stop = rising_scope(self.settings), own_stop_words(self.settings)
        week, found = Week.of(since, scope.zone), dict[str, Rise]()
        while week.begin(scope.zone) < until:
            for rise in rises_in(connection, scope, week, stop, until).rises:
                if rise.sure and (rise.word not in found or found[rise.word].customers < rise.customers):
                    found[rise.word] = rise
            week = week.earlier(-1)
        most = sorted(found.values(), key=lambda one: (-one.customers, one.word))[:ROSE]
        return [Risen(one.word, one.customers, one.quotes[0].text if one.quotes else "") for one in most]
