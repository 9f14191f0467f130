"""How fast we were: what the waits of a period come to, on the customer's clock and on the service clock.

- What is counted is the wait of a letter that needed an answer, from its receipt; a reminder belongs to the wait that
  it reminds of. The receipt decides whether it is of the period.
- An answer by mail or by telephone ends it. What a person closed, or settled by saying that the sender never needs an
  answer, was not answered; and thanks after an answer asked for none. Both are counted apart, and are in no figure.
- Who waits still has waited until now, and is in every figure with that (`shares`). Whoever has waited for two weeks was
  never answered.

Pure: it is handed waits and clocks. Of most waits it keeps two numbers, so that a long past fits into the memory.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappush, heapreplace
from typing import NamedTuple

from router.conversation.blindness import of_history
from router.conversation.clocks import ServiceClock
from router.conversation.goal import Goal
from router.conversation.shares import LIMITS, Figures, Share, Times
from router.conversation.standing import How, Wait

NEVER_ANSWERED = timedelta(days=14)  # after which nobody expects an answer any more
USUAL_SHARE = 0.9  # that a limit should be kept for, where no goal says so
LISTED = 10  # of the longest waits, by name

# Fewer answers than this are hardly the truth: most of them cannot be seen, and all figures would be wrong.
_FRESH = timedelta(days=3).total_seconds()  # nobody wonders that there is no answer yet

_ANSWERS = (How.ANSWER, How.PHONE)


@dataclass(frozen=True, slots=True)
class Waited:
    """A wait of the period, and where it was."""

    thread: str
    mailbox: str  # "?" where it came to none that is known
    subject: str
    wait: Wait
    vip: bool = False  # a rule calls its conversation so


class Within(NamedTuple):
    """The share that was answered within a limit, on each clock."""

    limit: timedelta
    customer: Share
    service: Share


class Kept(NamedTuple):
    """What a goal would have come to."""

    goal: Goal
    share: Share


class Attainable(NamedTuple):
    """The shortest of the round limits of service time that would have been kept."""

    within: timedelta
    share: Share


class Long(NamedTuple):
    """A wait by name."""

    customer_seconds: float
    service_seconds: float
    waited: Waited


@dataclass(frozen=True, slots=True)
class Report:
    """What a period comes to."""

    answered: int
    waiting: int  # not answered yet
    never_answered: int
    again: int  # of all these, those that came after an answer of ours
    reminders: int  # further letters before the answer
    settled: int  # ended by a person's word, without an answer: in none of the above
    thanks: int  # the same
    customer: Figures
    service: Figures
    within: tuple[Within, ...]
    target: float  # the share that `attainable` looks for
    attainable: Attainable | None
    goals: tuple[Kept, ...]
    unanswered: tuple[Long, ...]  # of those who were never answered the longest, longest first
    slowest: tuple[Long, ...]  # the same of those who were
    longest: tuple[Long, ...]  # the same of all

    @property
    def letters(self) -> int:
        """How many needed an answer."""
        return self.answered + self.waiting + self.never_answered


@dataclass(slots=True)
class _Longest:
    """The longest of many waits."""

    heap: list[tuple[float, int, Long]] = field(default_factory=list)
    count: int = 0

    def put(self, one: Long) -> None:
        self.count += 1
        entry = (one.customer_seconds, -self.count, one)  # of equal ones the first stays
        if len(self.heap) < LISTED:
            heappush(self.heap, entry)
        elif entry > self.heap[0]:
            heapreplace(self.heap, entry)

    def listed(self) -> tuple[Long, ...]:
        return tuple(one for _, _, one in sorted(self.heap, reverse=True))


class Tally:
    """The waits of one mailbox, as they are read, up to `now`."""

    def __init__(self, now: datetime, goals: Iterable[Goal] = ()) -> None:
        self._now = now
        self._goals = {goal: Share() for goal in goals}
        self._customer, self._service = Times(), Times()
        self._still, self._slowest = _Longest(), _Longest()
        self._again = self._reminders = self._settled = self._thanks = 0

    def add(self, one: Waited, clock: ServiceClock) -> None:
        """Count a wait; `clock` is that of its mailbox."""
        wait, end = one.wait, one.wait.end
        if wait.courtesy is not None:
            self._thanks += 1
            return
        if end is not None and end.how not in _ANSWERS:
            self._settled += 1
            return
        self._again += wait.again
        self._reminders += len(wait.letters) - 1
        answered, until = end is not None, end.at if end is not None else self._now
        customer = (until - wait.since).total_seconds()
        service = clock.seconds(wait.since, until)
        self._customer.put(customer, answered=answered)
        self._service.put(service, answered=answered)
        (self._slowest if answered else self._still).put(Long(customer, service, one))
        for goal, share in self._goals.items():
            if goal.counts(one.mailbox, again=wait.again, vip=one.vip):
                waited = service if goal.service else customer
                self._goals[goal] = share.counting(waited, goal.within, answered=answered)

    def unseen(self) -> bool:
        """Whether so few letters show an answer that most answers can hardly have been seen."""
        answered = len(self._customer.answered)
        letters = answered + sum(seconds > _FRESH for seconds in self._customer.open)
        return of_history(letters, answered) is not None

    def include(self, other: "Tally") -> None:
        """Count the waits of another mailbox too."""
        self._customer.include(other._customer)
        self._service.include(other._service)
        for longest, others in ((self._still, other._still), (self._slowest, other._slowest)):
            for one in others.listed():
                longest.put(one)
        for goal, share in other._goals.items():
            self._goals[goal] = self._goals.get(goal, Share()).plus(share)
        self._again += other._again
        self._reminders += other._reminders
        self._settled += other._settled
        self._thanks += other._thanks

    def report(self) -> Report:
        """What they come to."""
        still, too_long = self._customer.open, NEVER_ANSWERED.total_seconds()
        never = sum(seconds > too_long for seconds in still)
        within = tuple(map(Within, LIMITS, self._customer.shares(), self._service.shares()))
        target = next((goal.share for goal in self._goals if not goal.vip), USUAL_SHARE)
        return Report(
            answered=len(self._customer.answered),
            waiting=len(still) - never,
            never_answered=never,
            again=self._again,
            reminders=self._reminders,
            settled=self._settled,
            thanks=self._thanks,
            customer=self._customer.figures(),
            service=self._service.figures(),
            within=within,
            target=target,
            attainable=next(
                (Attainable(one.limit, one.service) for one in within if one.service.reaches(target)), None
            ),
            goals=tuple(Kept(goal, share) for goal, share in self._goals.items()),
            unanswered=tuple(one for one in self._still.listed() if one.customer_seconds > too_long),
            slowest=self._slowest.listed(),
            longest=self._longest(),
        )

    def _longest(self) -> tuple[Long, ...]:
        every = [*self._still.listed(), *self._slowest.listed()]
        return tuple(sorted(every, key=lambda one: one.customer_seconds, reverse=True)[:LISTED])


def together(all_of: Iterable[Tally], now: datetime) -> Tally:
    """The waits of several mailboxes."""
    found = Tally(now)
    for one in all_of:
        found.include(one)
    return found


def tallies(
    waits: Iterable[Waited],
    mailboxes: Iterable[str],
    now: datetime,
    clock_of: Callable[[str], ServiceClock],
    goals: Sequence[Goal],
) -> dict[str, Tally]:
    """The waits of each mailbox, in one pass; of these mailboxes also where there are none."""
    found = {name: _begun(name, now, goals) for name in mailboxes}
    for one in waits:
        tally = found.get(one.mailbox)
        if tally is None:
            tally = found[one.mailbox] = _begun(one.mailbox, now, goals)
        tally.add(one, clock_of(one.mailbox))
    return found


def _begun(mailbox: str, now: datetime, goals: Sequence[Goal]) -> Tally:
    return Tally(now, [goal for goal in goals if mailbox in goal.mailboxes])
