"""The week in figures: letters and people, the customers' own time, thanks, founders' answers, and who was never forgotten."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.conversation.letter import Letter
from router.conversation.shares import percentile
from router.conversation.standing import Part, Wait
from router.conversation.weekly.tale import Span, Tale

AGES = tuple(timedelta(days=days) for days in (7, 30, 90, 365))

_LETTERS = (Part.LETTER, Part.REMINDER, Part.AGAIN)


@dataclass(frozen=True, slots=True)
class Mail:
    """What came in, and how long those who wrote waited."""

    letters: int  # that asked for an answer
    people: int
    half: timedelta | None  # half of them had an answer within this, on their own clock
    slowest: timedelta | None  # of those too who wait still
    slow: Tale | None  # whose that was
    answered: bool = True  # that one has an end


@dataclass(frozen=True, slots=True)
class Thanks:
    """A letter of thanks, and whom it is for."""

    tale: Tale
    letter: Letter
    to: Letter | None  # our letter before it


@dataclass(frozen=True, slots=True)
class Founder:
    """A founder's own answer."""

    tale: Tale
    inbox: str
    at: datetime
    took: timedelta  # since the customer began to wait


def mail(tales: Iterable[Tale], week: Span) -> Mail:
    """Count what came in during the week."""
    letters, people, waits = 0, set[str](), list[tuple[timedelta, Tale, bool]]()
    for tale in tales:
        for one in tale.letters:
            if one.at in week and tale.standing.parts.get(one.id) in _LETTERS:
                letters += 1
                people.add(one.customer or one.author or one.id)
        waits += (
            (_waited(wait, week), tale, wait.end is not None) for wait in tale.standing.waits if _counts(wait, week)
        )
    waits.sort(key=lambda one: (one[0], one[1].thread))
    half = percentile([took.total_seconds() for took, *_ in waits], 50)
    slowest, slow, answered = waits[-1] if waits else (None, None, True)
    return Mail(letters, len(people), None if half is None else timedelta(seconds=half), slowest, slow, answered)


def received(tales: Iterable[Tale], week: Span) -> Iterator[datetime]:
    """When each letter came that asked for an answer."""
    for tale in tales:
        yield from (one.at for one in tale.letters if one.at in week and tale.standing.parts.get(one.id) in _LETTERS)


def _counts(wait: Wait, week: Span) -> bool:
    return wait.courtesy is None and wait.since in week


def _waited(wait: Wait, week: Span) -> timedelta:
    return (wait.end.at if wait.end else week.end) - wait.since


def thanks(tales: Iterable[Tale], week: Span) -> list[Thanks]:
    """Who thanked in the week, in order of receipt."""
    found = []
    for tale in tales:
        ours: Letter | None = None
        for one in tale.letters:
            part = tale.standing.parts.get(one.id)
            if part in (Part.ANSWER, Part.WORD):
                ours = one
            elif part is Part.COURTESY and one.at in week:
                found.append(Thanks(tale, one, ours))
    return sorted(found, key=lambda one: (one.letter.at, one.letter.id))


def founders(tales: Iterable[Tale], week: Span) -> list[Founder]:
    """The founders' own answers in the week, the fastest first."""
    found: dict[tuple[str, str | None], Founder] = {}
    for tale in tales:
        for wait in tale.standing.waits:
            end = wait.end
            if end is not None and end.founder is not None and end.at in week and wait.courtesy is None:
                one = Founder(tale, end.founder, end.at, end.at - wait.since)
                key = tale.thread, end.message  # one answer may end several waits: the first of them counts
                found[key] = max(found.get(key, one), one, key=lambda some: some.took)
    return sorted(found.values(), key=lambda one: (one.took, one.at))


def forgotten(since: Iterable[datetime], now: datetime) -> Mapping[timedelta, int]:
    """How many wait, or were promised a word, for longer than each of `AGES`."""
    counts = Counter(age for at in since for age in AGES if now - at > age)
    return {age: counts[age] for age in AGES}
