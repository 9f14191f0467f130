"""Conversations in a few words: `tale("c 0", "o 2h", …)`."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from router.conversation.letter import Deed, Letter, Word
from router.conversation.story import stand
from router.conversation.weekly.tale import Span, Tale
from router.mail.kind import Kind

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Span(MONDAY, MONDAY + timedelta(days=7))
JANE, ANNA = "jane@customer.example", "anna@example.com"

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def at(text: str) -> datetime:
    """`2d3h` after Monday; `-2d` before it."""
    sign = -1 if text.startswith("-") else 1
    return MONDAY + sign * sum((int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([dhm])", text)), timedelta())


def tale(*told: str, thread: str = "t", customer: str = JANE, words: Iterable[Word] = (), **ours: Any) -> Tale:
    """What was written when: `c 2d` by the customer, `o 2d3h` by us, `t 3d` thanks, `p 1d 2d` a promise and its day."""
    letters = [_letter(f"{thread}{number}", one, customer, ours) for number, one in enumerate(told)]
    said = tuple(words)
    return Tale(thread, "support", "Order", customer, "Jane Ferris", tuple(letters), said, stand(letters, said))


def _letter(name: str, told: str, customer: str, ours: dict[str, Any]) -> Letter:
    who, when, *due = told.split()
    parts: dict[str, Any] = {"id": name, "at": at(when), "kind": Kind.PERSON, "customer": customer}
    if who in "op":
        more: dict[str, Any] = {"author": ANNA, "people": frozenset({customer})} | ours
        if who == "p":
            more |= {"promise": "I will come back to you", "promise_due": at(due[0]) if due else None}
        return Letter(**parts, ours=True, needs_answer=False, **more)
    courtesy = "Thank you!" if who == "t" else None
    reach = frozenset({customer})
    return Letter(**parts, ours=False, needs_answer=True, author=customer, answer_to=reach, courtesy=courtesy)


def word(deed: Deed, when: str) -> Word:
    """Anna's."""
    return Word(at(when), deed, ANNA, customer=JANE)
