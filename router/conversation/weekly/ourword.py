"""Whether we kept our word: promises that fell due, hours in which mail waited and no answer left, what was settled.

promise    kept by a further word of ours to the customer, by mail or telephone, before it fell due; broken otherwise,
           unless a person closed the matter in time
stretch    service hours between two answers of ours, or the ends of the week, in which at least one customer waited
silent     a day on which we were open, mail waited and not one answer left
settled    after our last answer a week of silence has passed, or thanks have come; its time runs from the first
           letter to that answer
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours, open_between
from router.conversation.letter import Deed, Letter
from router.conversation.standing import Part
from router.conversation.story import PROMISE_WITHOUT_A_DAY
from router.conversation.weekly.tale import OF_CUSTOMERS, TO_CUSTOMERS, Span, Tale

SILENCE = timedelta(days=7)  # after which nobody expects a further letter

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of ours that fell due."""

    tale: Tale
    letter: Letter
    due: datetime
    kept: datetime | None  # when the next word of ours came in time


@dataclass(frozen=True, slots=True)
class Stretch:
    """Service hours without an answer, in which somebody waited."""

    begin: datetime
    end: datetime
    hours: timedelta  # service time inside


@dataclass(frozen=True, slots=True)
class Settled:
    """A matter that has come to its end."""

    tale: Tale
    took: timedelta  # from the first letter to our last answer
    again: bool  # the customer had to write again after an answer


def promises(tales: Iterable[Tale], week: Span) -> list[Promise]:
    """Those that fell due in the week, by that instant."""
    found = [one for tale in tales for one in _promises(tale, week)]
    return sorted(found, key=lambda one: (one.due, one.letter.id))


def _promises(tale: Tale, week: Span) -> Iterable[Promise]:
    said = list(tale.to_them())
    for at, letter in enumerate(said):
        due = letter.promise_due or letter.at + PROMISE_WITHOUT_A_DAY
        if letter.promise is None or due not in week:
            continue
        rung = (word.at for word in tale.words if word.deed is Deed.PHONED and word.at > letter.at)
        later = min((*(one.at for one in said[at + 1 :]), *rung), default=None)
        kept = later if later is not None and later <= due else None
        closed = any(word.deed is Deed.CLOSE and letter.at < word.at <= due for word in tale.words)
        if kept is not None or not closed:
            yield Promise(tale, letter, due, kept)


def longest_stretch(
    tales: Iterable[Tale], hours: ServiceHours, week: Span, since: Iterable[datetime] = ()
) -> Stretch | None:
    """The longest that mail waited while we were open and no answer left; None where nobody waited.

    `since`: of who waits still at the end of the week, of whom there need be no tale.
    """
    waits = [(max(one, week.begin), week.end) for one in since if one < week.end]
    answers = {week.begin, week.end}
    for tale in tales:
        answers.update(one.at for one in tale.to_them() if one.at in week)
        for wait in tale.standing.waits:
            begin, end = max(wait.since, week.begin), min(wait.end.at if wait.end else week.end, week.end)
            if wait.courtesy is None and begin < end:
                waits.append((begin, end))
    best: Stretch | None = None
    for begin, end in _cut(_union(waits), sorted(answers)):
        took = open_between(hours, begin, end)
        if took > (best.hours if best else _NONE):
            best = Stretch(begin, end, took)
    return best


def silent_days(
    tales: Sequence[Tale],
    hours: Mapping[str, ServiceHours],
    zone: ZoneInfo,
    days: Iterable[date],
    end: datetime,
    since: Collection[tuple[str, datetime]] = (),
) -> list[date]:
    """The days on which more than half of the mailboxes were open, mail waited, and not one answer left.

    `since`: of who waits still at the end, by mailbox, of whom there need be no tale.
    """
    waits = [
        (tale.mailbox, wait.since, wait.end.at if wait.end else end)
        for tale in tales
        for wait in tale.standing.waits
        if wait.courtesy is None
    ]
    waits += [(mailbox, one, end) for mailbox, one in since]
    answered = {one.at.astimezone(zone).date() for tale in tales for one in tale.to_them()}
    found = []
    for day in days:
        begin, over = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
        opened = [one for one in hours.values() if open_between(one, begin, over) > _NONE]
        if day in answered or over > end or 2 * len(opened) <= len(hours):
            continue
        if any(_waits(hours.get(mailbox), max(one, begin), min(until, over)) for mailbox, one, until in waits):
            found.append(day)
    return found


def _waits(hours: ServiceHours | None, since: datetime, until: datetime) -> bool:
    """Whether there are open hours between two instants."""
    return hours is not None and since < until and open_between(hours, since, until) > _NONE


def _union(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _cut(spans: Sequence[tuple[datetime, datetime]], at: Sequence[datetime]) -> Iterable[tuple[datetime, datetime]]:
    """The pieces of `spans` between the instants of `at`; both are in order, and each is walked over once."""
    gaps = pairwise(at)
    gap = next(gaps, None)
    for begin, end in spans:
        while gap is not None and gap[1] <= begin:
            gap = next(gaps, None)
        while gap is not None and gap[0] < end:
            yield max(begin, gap[0]), min(end, gap[1])
            if gap[1] >= end:
                break
            gap = next(gaps, None)


def settled(tales: Iterable[Tale], week: Span) -> list[Settled]:
    """What came to its end in the week."""
    return [one for tale in tales if (one := _settled(tale, week)) is not None]


def _settled(tale: Tale, week: Span) -> Settled | None:
    parts = tale.standing.parts
    told = [one for one in tale.letters if parts.get(one.id) in (*OF_CUSTOMERS, *TO_CUSTOMERS)]
    theirs = [one for one in told if not one.ours and parts[one.id] is not Part.COURTESY]
    ours = [one for one in told if one.ours]
    if not theirs or not ours or any(wait.end is None and wait.courtesy is None for wait in tale.standing.waits):
        return None
    last = next((one for one in ours if one.at >= theirs[-1].at), None)  # a later one only says "you are welcome"
    if last is None:
        return None
    thanks = (one.at for one in told if parts[one.id] is Part.COURTESY and one.at >= last.at)
    if min((*thanks, ours[-1].at + SILENCE)) not in week:
        return None
    return Settled(tale, last.at - theirs[0].at, tale.standing.again > 0)
