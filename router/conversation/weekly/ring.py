"""Whom to ring: people who wrote to us more than once, heard something from us, and have said nothing since.

    letters   two or more after an answer of ours, or three in all
    silence   the last word is ours, and 3 to 14 days old
    not       whoever thanked us at last, was rung up already, has written to us since in another conversation, or needs
              no answer by a person's word; nor where a person has closed the matter after our last word

The most letters stand first; of equals whoever had the most conversations with us before. One customer is one call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.conversation.letter import Deed, Letter
from router.conversation.standing import Part
from router.conversation.weekly.tale import OF_CUSTOMERS, TO_CUSTOMERS, Tale

SILENT = (timedelta(days=3), timedelta(days=14))
AFTER_ANSWER, IN_ALL = 2, 3  # letters

_SETTLED = (Deed.PHONED, Deed.NEVER)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to ring."""

    tale: Tale
    letters: int
    theirs: Letter  # the last letter of the customer
    ours: Letter  # our last word
    silent: timedelta
    earlier: int  # conversations that this customer had with us before


def calls(tales: Iterable[Tale], now: datetime, earlier: Mapping[str, int]) -> list[Call]:
    """Everybody to ring, the most urgent first; `earlier` counts conversations by customer."""
    found: dict[str, Call] = {}
    every = list(tales)
    wrote = _wrote(every)
    for tale in every:
        call = _call(tale, now, earlier)
        if call is not None and wrote.get(tale.customer or "", call.theirs.at) <= call.ours.at:
            who = tale.customer or tale.thread
            known = found.get(who)
            found[who] = call if known is None or _urgency(call) < _urgency(known) else known
    return sorted(found.values(), key=_urgency)


def _wrote(tales: Iterable[Tale]) -> dict[str, datetime]:
    """When each customer wrote last, in whichever conversation: whoever has begun another one is not silent."""
    found: dict[str, datetime] = {}
    for tale in tales:
        for letter in tale.theirs():
            if tale.customer is not None:
                found[tale.customer] = max(letter.at, found.get(tale.customer, letter.at))
    return found


def _urgency(call: Call) -> tuple[int, int, datetime, str]:
    return -call.letters, -call.earlier, call.ours.at, call.tale.thread


def _call(tale: Tale, now: datetime, earlier: Mapping[str, int]) -> Call | None:
    parts = tale.standing.parts
    told = [one for one in tale.letters if parts.get(one.id) in (*OF_CUSTOMERS, *TO_CUSTOMERS)]
    if not told or not told[-1].ours:
        return None
    ours, silent = told[-1], now - told[-1].at
    theirs = [one for one in told if not one.ours]
    if not SILENT[0] <= silent <= SILENT[1] or not theirs or parts[theirs[-1].id] is Part.COURTESY:
        return None
    if any(word.deed in _SETTLED and word.at >= theirs[-1].at for word in tale.words):
        return None
    if any(word.deed is Deed.CLOSE and word.at >= ours.at for word in tale.words):
        return None
    answered = next(at for at, one in enumerate(told) if one.ours)
    after = sum(not one.ours for one in told[answered:])
    if after < AFTER_ANSWER and len(theirs) < IN_ALL:
        return None
    return Call(tale, len(theirs), theirs[-1], ours, silent, earlier.get(tale.customer or "", 0))
