"""What a digest must say at an instant, counted plainly from the facts alone: slow, and easy to see to be right.

Nothing of the router is used here, and nothing that it computed. The service clock is a table of every minute, open or
not, each looked up on the wall clock of its zone. When a mail was posted is known as a span, from the first octet that
was sent to the answer; on a fast clock that is some minutes, and so whatever is counted from it is a span too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tests.bench.year.company import HOURS, MAILBOXES, Goal, Hours
from tests.bench.year.facts import Fact, Story, What

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_WITHOUT_A_DAY = timedelta(days=3)  # after which a promise that names no day is broken


@dataclass(frozen=True, slots=True)
class Span:
    """Something happened not before `early` and not after `late`."""

    early: datetime
    late: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact that has come true."""

    number: int  # of its event; below 1: of the past
    when: Span
    fact: Fact


class Group(StrEnum):
    """The sections of a nightly digest."""

    AGAIN = "again"
    STILL = "still"
    NEW = "new"
    PROMISED = "promised"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer has waited since then."""

    begun: Happened
    again: bool  # after an answer of ours
    finished: bool  # only thanks
    ended: Happened | None = None


@dataclass(slots=True)
class Told:
    """Where a conversation stands once everything so far has been told."""

    wait: Wait | None = None
    letters: int = 0
    again: int = 0
    answer: Happened | None = None
    promise: Happened | None = None
    snoozed: datetime | None = None
    taken_by: str | None = None
    over: tuple[Wait, ...] = ()  # waits that have ended


def tell(happened: Iterable[Happened]) -> Told:
    """Tell a conversation from its begin: one customer writes, we answer, somebody says a word."""
    known = sorted(happened, key=lambda one: one.when.early)
    lost = {one.fact.lost for one in known if one.fact.what is What.LOST}
    told = Told()
    for one in known:
        if one.number in lost:
            continue  # it never reached anybody
        match one.fact.what:
            case What.ASKS:
                told.letters += 1
                told.snoozed = None
                if told.wait is None or told.wait.finished:
                    told.wait = Wait(one, again=told.answer is not None, finished=False)
                    told.again += told.wait.again
            case What.THANKS:
                told.letters += 1
                if told.wait is None:
                    told.wait = Wait(one, again=told.answer is not None, finished=told.answer is not None)
            case What.ANSWERS:
                _end(told, one)
                told.answer = one
                told.promise = one if one.fact.promises else None
            case What.PHONED:
                _end(told, one)
                told.answer, told.promise = one, None
            case What.CLOSED:
                _end(told, one)
                told.promise = None
            case What.SNOOZED:
                told.snoozed = one.fact.until
            case What.TOOK:
                told.taken_by = one.fact.by
    return told


def _end(told: Told, by: Happened) -> None:
    if told.wait is not None:
        told.over += (Wait(told.wait.begun, told.wait.again, told.wait.finished, by),)
    told.wait = told.snoozed = told.taken_by = None


@dataclass(frozen=True, slots=True)
class Line:
    """What must be said of a conversation."""

    story: Story
    group: Group
    since: Span  # of the wait, or of the day that was promised
    letters: int
    again: int
    answered_by: str | None
    taken_by: str | None
    matter: int  # the event that began it: another one is another matter


def line(story: Story, happened: Sequence[Happened], at: datetime, before: Iterable[int] = ()) -> Line | None:
    """What must be said of it at an instant; `before`: the matters that the last digest listed. None: nothing."""
    told = tell(happened)
    due = _due_of(told.promise)
    broken = due is not None and due.late <= at
    if told.wait is not None and not (told.wait.finished and broken):
        if told.snoozed is not None and told.snoozed > at:
            return None
        matter, since = told.wait.begun.number, told.wait.begun.when
        if told.wait.finished:
            group = Group.FINISHED
        elif told.wait.again:
            group = Group.AGAIN
        else:
            group = Group.STILL if matter in before else Group.NEW
    elif told.promise is not None and due is not None and broken:
        matter, since, group = told.promise.number, due, Group.PROMISED  # thanks for a promise do not keep it
    else:
        return None
    by = told.answer.fact.by if told.answer else None
    return Line(story, group, since, told.letters, told.again, by, told.taken_by, matter)


def _due_of(promise: Happened | None) -> Span | None:
    if promise is None:
        return None
    if promise.fact.promise_due is not None:
        return Span(promise.fact.promise_due, promise.fact.promise_due)
    return Span(promise.when.early + _WITHOUT_A_DAY, promise.when.late + _WITHOUT_A_DAY)


class Minutes:
    """Service hours as a table of minutes, from the begin of the past to the end of the year."""

    def __init__(self, hours: Hours, first: datetime, last: datetime) -> None:
        self._first = first.astimezone(UTC).replace(second=0, microsecond=0)
        count = int((last - self._first) / _MINUTE) + 1
        zone = ZoneInfo(hours.zone)
        closed = hours.closed | hours.holidays
        self._open = bytearray(
            _is_open(hours, closed, (self._first + n * _MINUTE).astimezone(zone)) for n in range(count)
        )

    def between(self, start: datetime, end: datetime) -> int:
        """How many of the minutes from `start` to `end` are open."""
        return sum(self._open[self._at(start) : self._at(end)]) if start < end else 0

    def due(self, start: datetime, minutes: int) -> datetime:
        """The end of the minute in which so many open minutes have passed since `start`."""
        at = self._at(start)
        while minutes > 0:
            minutes -= self._open[at]
            at += 1
        return self._first + at * _MINUTE

    def _at(self, instant: datetime) -> int:
        return int((instant - self._first) / _MINUTE)


def _is_open(hours: Hours, closed: frozenset[date], local: datetime) -> bool:
    """Whether a window of the day is open, or one of the evening before that runs past midnight."""
    minute, today = local.hour * 60 + local.minute, local.date()
    yesterday = today - _DAY
    return any(
        begin <= minute < end for begin, end in hours.days.get(today.weekday(), ()) if today not in closed
    ) or any(
        begin <= minute + 1440 < end
        for begin, end in hours.days.get(yesterday.weekday(), ())
        if yesterday not in closed
    )


def tables(first: datetime, last: datetime) -> dict[str, Minutes]:
    """The table of each mailbox."""
    by_hours = {hours.name: Minutes(hours, first, last) for hours in HOURS}
    return {mailbox.name: by_hours[mailbox.hours] for mailbox in MAILBOXES}


@dataclass(frozen=True, slots=True)
class Share:
    """How a goal stands in a period: each figure between two, where an instant is known as a span only."""

    kept: tuple[int, int]
    missed: tuple[int, int]
    at_risk: tuple[int, int]


def goal_share(
    goal: Goal,
    stories: Iterable[tuple[Story, Sequence[Happened]]],
    minutes: Minutes,
    period: tuple[datetime, datetime],
    at: datetime,
) -> Share:
    """Count the waits whose limit falls due in the period: answered until then, missed by `at`, and those still open.

    Thanks wait for nothing, and what somebody closed without an answer was no question.
    """
    kept, missed, risk = [0, 0], [0, 0], [0, 0]
    for story, happened in stories:
        if story.mailbox != goal.mailbox:
            continue
        told = tell(happened)
        for wait in (*told.over, *((told.wait,) if told.wait else ())):
            if wait.finished or (goal.measure == "first-reply" and wait.again):
                continue
            if wait.ended is not None and wait.ended.fact.what is What.CLOSED:
                continue
            due = limit(goal, wait.begun.when, minutes)
            perhaps = {_verdict(wait, instant, period, at) for instant in (due.early, due.late)}
            ended = wait.ended.when if wait.ended is not None else None
            if ended is not None and ended.late >= due.early - _MINUTE and ended.early <= due.late + _MINUTE:
                perhaps |= {"kept", "missed"}  # it ended about when its limit fell due
            for figure, name in ((kept, "kept"), (missed, "missed"), (risk, "risk")):
                figure[0] += perhaps == {name}
                figure[1] += name in perhaps
    return Share((kept[0], kept[1]), (missed[0], missed[1]), (risk[0], risk[1]))


def _verdict(wait: Wait, due: datetime, period: tuple[datetime, datetime], at: datetime) -> str:
    """What a wait is whose limit falls due at an instant."""
    if not period[0] <= due < period[1]:
        return "another period's"
    if wait.ended is not None:
        return "kept" if wait.ended.when.late <= due else "missed"
    return "missed" if due <= at else "risk"


def limit(goal: Goal, begun: Span, minutes: Minutes) -> Span:
    """When the limit of a wait falls due; right to the minute."""
    if goal.clock == "customer":
        return Span(begun.early + goal.within, begun.late + goal.within)
    within = int(goal.within / _MINUTE)
    # The table counts a minute that has begun as a whole one: the limit lies within one minute around what it says. Where
    # that is the last minute before closing, and the letter came in the first after opening, it may be that of the next day.
    last = max(minutes.due(begun.late, within) + _MINUTE, minutes.due(begun.late + _MINUTE, within))
    return Span(minutes.due(begun.early, within) - _MINUTE, last)
