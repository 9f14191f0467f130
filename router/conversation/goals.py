"""What goals have come to: of each goal and period how many letters fell due, how many we answered in time.

- A wait is of the period in which its limit falls due, wherever its letter and its answer lie. One that was answered in
  time counts at once, also where its limit is still ahead: nothing can change it.
- Who waits is missed from the instant at which the limit falls due, and stays missed in that period for good. Before, it
  is at risk, and neither kept nor missed.
- Thanks that are probably all, and what a person settled without an answer, are counted apart and are in no figure.
- Median, 95th percentile and longest are of all that fell due, on both clocks; who waits has waited until now. Nothing is
  left out for being long. An answer of a Sunday to a letter of that Sunday took no service time; `outside` tells how many
  such there are, and the customer's clock how long they took.

Pure: it is handed waits and hours. Nothing of this is stored anywhere, so that a change of goals or hours changes the past
with the present. What is asked for an earlier instant is told by the answers that had been given until then.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from router.conversation.clocks import ServiceClock
from router.conversation.goal import Goal, Goals
from router.conversation.hours import reach
from router.conversation.lookback import Waited
from router.conversation.periods import Period, periods_to
from router.conversation.shares import Figures, Share, percentile
from router.conversation.standing import How

LISTED = 10  # waits by name

_ANSWERS = (How.ANSWER, How.PHONE)


class Unseen(NamedTuple):
    """Why nothing can be said of a mailbox: its answers cannot be seen, or its mail does not come in."""

    reason: str
    since: datetime | None = None  # what ended before is sound; None: nothing is

    def touches(self, period: Period) -> bool:
        """Whether it makes what is known of a period unsound."""
        return self.since is None or period.end > self.since


class One(NamedTuple):
    """A wait by name."""

    due: datetime
    customer_seconds: float
    service_seconds: float
    waited: Waited


@dataclass(frozen=True, slots=True)
class Result:
    """What a goal has come to in a period."""

    goal: Goal
    period: Period
    unseen: Mapping[str, Unseen]  # its mailboxes that are not in the figures
    share: Share  # how many were kept, of those that fell due
    waiting: int  # of the missed ones, those that still wait
    settled: int  # by a person's word, without an answer
    thanks: int
    outside: int  # answered before any service time had passed
    customer: Figures
    service: Figures
    at_risk: tuple[One, ...]  # due next first
    missed: tuple[One, ...]  # on the goal's clock the longest first; of all misses so many

    @property
    def known(self) -> bool:
        """Whether anything can be said."""
        return bool(self.goal.mailboxes - self.unseen.keys())

    @property
    def allowed(self) -> int:
        """How many of those that fell due may be missed."""
        return int(
            (1 - Decimal(repr(self.goal.share))) * self.share.known
        )  # 0.9 of ten is nine, and no float a little off

    @property
    def used(self) -> int:
        """How many were."""
        return self.share.known - self.share.kept

    @property
    def figures(self) -> Figures:
        """On the clock of the goal."""
        return self.service if self.goal.service else self.customer


@dataclass(slots=True)
class _Tally:
    """Of one goal and period."""

    kept: int = 0
    waiting: int = 0
    settled: int = 0
    thanks: int = 0
    outside: int = 0
    missed: list[One] = field(default_factory=list)
    at_risk: list[One] = field(default_factory=list)
    customer: list[float] = field(default_factory=list)
    service: list[float] = field(default_factory=list)

    def add(self, one: Waited, due: datetime, clock: ServiceClock, now: datetime) -> None:
        """Count a wait, as it stood at `now`."""
        wait = one.wait
        end = wait.end if wait.end is not None and wait.end.at <= now else None
        if wait.courtesy is not None:
            self.thanks += 1
            return
        if end is not None and end.how not in _ANSWERS:
            self.settled += 1
            return
        until = end.at if end is not None else now
        as_of = one if end is wait.end else replace(one, wait=replace(wait, end=None))
        named = One(due, (until - wait.since).total_seconds(), clock.seconds(wait.since, until), as_of)
        if end is None and due > now:
            self.at_risk.append(named)
            return
        if end is not None and end.at <= due:
            self.kept += 1
        else:
            self.missed.append(named)
            self.waiting += end is None
        self.outside += end is not None and not named.service_seconds
        self.customer.append(named.customer_seconds)
        self.service.append(named.service_seconds)

    def result(self, goal: Goal, period: Period, unseen: Mapping[str, Unseen]) -> Result:
        """What they come to."""
        slowest = sorted(self.missed, key=_by_service if goal.service else _by_customer, reverse=True)
        return Result(
            goal=goal,
            period=period,
            unseen=unseen,
            share=Share(self.kept, self.kept + len(self.missed)),
            waiting=self.waiting,
            settled=self.settled,
            thanks=self.thanks,
            outside=self.outside,
            customer=_figures(self.customer),
            service=_figures(self.service),
            at_risk=tuple(sorted(self.at_risk, key=lambda one: one.due)),
            missed=tuple(slowest[:LISTED]),
        )


def _by_service(one: One) -> tuple[float, float]:
    return one.service_seconds, one.customer_seconds


def _by_customer(one: One) -> float:
    return one.customer_seconds


def _figures(seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return Figures(percentile(ordered, 50), percentile(ordered, 95), ordered[-1] if ordered else None)


def results(
    goals: Goals,
    waits_since: Callable[[datetime], Iterable[Waited]],
    now: datetime,
    last: int = 1,
    unseen: Mapping[str, Unseen] | None = None,
) -> list[Result]:
    """What each goal has come to in the period of `now` and those before it, `last` in all, oldest first.

    `waits_since` gives the waits that began since an instant; no more of the past is asked for than can have fallen due.
    """
    asked = [(goal, periods_to(goal.period, goal.zone, now, last)) for goal in goals.goals]
    if not asked:
        return []
    first = min(_first(goals, goal, periods[0]) for goal, periods in asked)
    horizon = max(now, *(periods[-1].end for _, periods in asked))
    clocks = {name: ServiceClock(hours, first, horizon) for name, hours in goals.hours.items()}
    counts = [_Count(goal, periods, unseen or {}) for goal, periods in asked]
    for one in waits_since(first):
        for count in counts:
            count.add(one, clocks, now)
    return [result for count in counts for result in count.results()]


def _first(goals: Goals, goal: Goal, period: Period) -> datetime:
    """The receipt before which no limit falls due in the period."""
    if not goal.service:
        return period.begin - goal.within
    return min((reach(goals.hours[name], period.begin, goal.within) for name in goal.mailboxes), default=period.begin)


class _Count:
    """Of one goal, over several periods."""

    def __init__(self, goal: Goal, periods: Sequence[Period], unseen: Mapping[str, Unseen]) -> None:
        self._goal, self._periods = goal, periods
        self._begins = [period.begin for period in periods]
        self._unseen = [
            {name: unseen[name] for name in sorted(goal.mailboxes & unseen.keys()) if unseen[name].touches(period)}
            for period in periods
        ]
        self._tallies = [_Tally() for _ in periods]

    def add(self, one: Waited, clocks: Mapping[str, ServiceClock], now: datetime) -> None:
        """Count a wait, if it is one of them."""
        goal, since = self._goal, one.wait.since
        if not goal.counts(one.mailbox, again=one.wait.again, vip=one.vip):
            return
        clock = clocks[one.mailbox]
        due = clock.due(since, goal.within) if goal.service else since + goal.within
        if due is None:
            return
        at = bisect_right(self._begins, due) - 1
        if at >= 0 and self._periods[at].holds(due) and one.mailbox not in self._unseen[at]:
            self._tallies[at].add(one, due, clock, now)

    def results(self) -> Iterable[Result]:
        """What it comes to in each period."""
        for tally, period, unseen in zip(self._tallies, self._periods, self._unseen, strict=True):
            yield tally.result(self._goal, period, unseen)
