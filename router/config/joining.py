"""How goals stand, in the words that a composer of digests asks for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from router.config.service import company_goals, mailboxes_of_sources
from router.config.settings import Settings
from router.conversation.agenda import Waiter
from router.conversation.goal import Goal
from router.conversation.goallines import GoalLine, Limit, Measured
from router.store.goals import results
from router.store.waiting import vips


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
