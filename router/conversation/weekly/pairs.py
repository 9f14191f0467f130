"""What we said to them: a few pairs of question and answer, drawn by lot.

The lot prefers what founders should know of: a colleague who is new, a customer who waited long, a VIP, one who had to
write again. It is drawn from the name of the digest and the day, so that a letter that is made twice shows the same
pairs; no colleague is shown twice while there are others.
"""

import hashlib
import math
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import timedelta

from router.conversation.letter import Letter
from router.conversation.weekly.tale import Span, Tale

KNOWN = (timedelta(days=120), timedelta(days=30))  # before the end of the week: who wrote then is no new colleague
LONG = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and what we answered."""

    tale: Tale
    question: Letter
    answer: Letter
    took: timedelta


def pairs(tales: Iterable[Tale], week: Span, lot: str, most: int, known: Container[str]) -> list[Pair]:
    """Draw up to `most`; `known` are the authors who are no new colleagues."""
    drawn = sorted(
        (one for tale in tales for one in _pairs(tale, week)),
        key=lambda one: _draw(lot, one, known),
    )
    chosen: list[Pair] = []
    authors: set[str | None] = set()
    threads: set[str] = set()
    for fresh in (True, False):
        for one in drawn:
            if len(chosen) < most and one.tale.thread not in threads and (one.answer.author not in authors) is fresh:
                chosen.append(one)
                threads.add(one.tale.thread)
                authors.add(one.answer.author)
    return chosen


def count(tales: Iterable[Tale], week: Span) -> int:
    """How many there are to draw from."""
    return sum(1 for tale in tales for _ in _pairs(tale, week))


def _pairs(tale: Tale, week: Span) -> Iterable[Pair]:
    by_id = {one.id: one for one in tale.letters}
    for wait in tale.standing.waits:
        if wait.end is not None and wait.end.message is not None and wait.end.at in week and wait.courtesy is None:
            answer, question = by_id.get(wait.end.message), by_id.get(wait.letters[-1])
            if answer is not None and question is not None:
                yield Pair(tale, question, answer, wait.end.at - wait.since)


def _draw(lot: str, one: Pair, known: Container[str]) -> float:
    """The smaller, the sooner: an exponential lot of the pair's weight (Efraimidis and Spirakis, 2006)."""
    weight = 1.0
    weight += 3.0 * ((one.answer.author or "") not in known)
    weight += 2.0 * (one.took > LONG)
    weight += 2.0 * one.tale.standing.vip
    weight += 2.0 * (one.tale.standing.again > 0)
    digest = hashlib.sha256(f"{lot}\0{one.answer.id}".encode()).digest()
    chance = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)  # never 0
    return -math.log(chance) / weight
