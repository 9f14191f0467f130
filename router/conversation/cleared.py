"""Why a line of the last edition does not stand in this one: the evidence of each. Pure.

Nothing drops off a list without a word: who answered and when, who closed it, until when it sleeps.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.conversation.edition import Item, Section
from router.conversation.letter import Deed, Word
from router.conversation.standing import How, Standing


class Why(StrEnum):
    """What became of a line."""

    ANSWERED = "answered"
    PHONED = "phoned"
    CLOSED = "closed"
    NEVER = "never"  # this sender needs no answer
    SNOOZED = "snoozed"
    KEPT = "kept"  # the promise: a further word of ours
    FORGOTTEN = "forgotten"  # erased with everything else of the customer
    OTHERWISE = "otherwise"  # it needs no answer by what is known now


_ENDED = {How.ANSWER: Why.ANSWERED, How.PHONE: Why.PHONED, How.CLOSED: Why.CLOSED, How.NEVER: Why.NEVER}


@dataclass(frozen=True, slots=True)
class Cleared:
    """A line of the last edition, and what became of it."""

    item: Item
    why: Why
    at: datetime | None = None
    by: str | None = None  # an address
    founder: str | None = None
    until: datetime | None = None  # of a snooze
    said: str | None = None  # the reason that was given with a word


def cleared(item: Item, standing: Standing, words: Iterable[Word], *, known: bool = True) -> Cleared:
    """Say why an item is listed no more; `known` is false where nothing is left of its letters."""
    said = sorted(words, key=lambda word: word.at)
    if not known:
        return Cleared(item, Why.FORGOTTEN)
    if standing.snoozed_until is not None:
        word = next((one for one in reversed(said) if one.deed is Deed.SNOOZE), None)
        by, at, why = (word.by, word.at, word.why) if word else (None, None, None)
        return Cleared(item, Why.SNOOZED, at, by, until=standing.snoozed_until, said=why)
    if item.section is Section.PROMISED:
        closed = next((one for one in reversed(said) if one.deed is Deed.CLOSE and one.at >= item.since), None)
        if closed is not None:
            return Cleared(item, Why.CLOSED, closed.at, closed.by, said=closed.why)
        last = standing.answered
        if last is not None and last.at >= item.since:
            return Cleared(item, Why.KEPT, last.at, last.by, last.founder)
        return Cleared(item, Why.OTHERWISE)
    ends = {wait.since: wait.end for wait in standing.waits if wait.end is not None and wait.end.at >= item.since}
    # Thanks that a question followed, and a wait that began after an answer that bounced, are part of another wait by now.
    end = ends.get(item.since) or max(ends.values(), key=lambda one: one.at, default=None)
    if end is None:
        return Cleared(item, Why.OTHERWISE)
    reason = next((one.why for one in said if one.at == end.at and one.by == end.by), None)
    return Cleared(item, _ENDED[end.how], end.at, end.by, end.founder, said=reason)
