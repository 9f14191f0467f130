"""A goal, and one wait: whether it counts for the goal, when its limit falls due, and whether that is past.

The limit falls due at the first instant at which so much time has passed on the goal's clock. An answer until then keeps
it, later ones miss it: a limit that is used up when the house closes is due then, and an answer of that evening is late.

- A goal for VIPs counts conversations of VIPs only; every other goal counts them too.
- `first_only` leaves out letters that came after an answer of ours.
- Thanks that are probably all, and what a person settled without an answer, count for no goal (`lookback`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours, due
from router.conversation.periods import Length

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be kept."""

    name: str
    mailboxes: frozenset[str]
    within: timedelta
    service: bool  # on the service clock, else on the customer's
    first_only: bool  # letters after an answer of ours do not count
    share: float
    vip: bool = False  # of VIPs only
    period: Length = Length.WEEK
    zone: ZoneInfo = _UTC  # by whose midnight a period begins

    def counts(self, mailbox: str | None, *, again: bool, vip: bool) -> bool:
        """Whether a wait is one of those that the goal speaks of."""
        return mailbox in self.mailboxes and not (self.first_only and again) and (vip or not self.vip)


@dataclass(frozen=True, slots=True)
class Due:
    """Which goal a wait falls under, and until when we have to answer to keep it."""

    goal: str
    within: timedelta
    service: bool  # working hours, else the customer's time
    at: datetime
    missed: bool


@dataclass(frozen=True, slots=True)
class Goals:
    """All goals of a company, and the hours by which it counts."""

    goals: tuple[Goal, ...]
    hours: Mapping[str, ServiceHours]  # by mailbox; every mailbox of a goal has some

    def of(self, mailboxes: Sequence[str]) -> "Goals":
        """Those that speak of any of these mailboxes."""
        return Goals(tuple(goal for goal in self.goals if goal.mailboxes & {*mailboxes}), self.hours)

    def due_of(self, mailbox: str | None, since: datetime, now: datetime, *, again: bool, vip: bool) -> Due | None:
        """What holds for whoever has waited since then, for an answer to a first letter or `again` after one of ours.

        None where no goal counts it, or its limit never falls due.

        A VIP falls under the goals for VIPs where there are any for his letter, and under the others where not. Of
        several the one that falls due first is told, which is also the first that is missed.
        """
        found = [goal for goal in self.goals if goal.counts(mailbox, again=again, vip=vip)]
        named = [goal for goal in found if goal.vip] or found
        dues = [(at, goal) for goal in named if (at := self._at(goal, mailbox or "", since)) is not None]
        if not dues:
            return None
        at, goal = min(dues, key=lambda pair: pair[0])  # of equal ones the first of the configuration
        return Due(goal.name, goal.within, goal.service, at, missed=at <= now)

    def _at(self, goal: Goal, mailbox: str, since: datetime) -> datetime | None:
        if not goal.service:
            return since + goal.within
        try:
            return due(self.hours[mailbox], since, goal.within)
        except ValueError:  # nobody is ever there for so long
            return None
