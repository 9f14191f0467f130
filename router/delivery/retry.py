"""When to try again, and in which form: pure policy.

Pauses grow from half a minute to four hours, with jitter, over days. A mail that its place refuses goes as an
attachment of a small mail of ours the next time: at once where the refusal speaks of the mail, else with the third.
Of one that is too large for its place the beginning goes, so that somebody knows of it and can ask for the rest.
A refusal that speaks of the inbox (it is full, or gone) counts for nothing: once that is mended, mails arrive as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from router.delivery.courier import Permanent
from router.store.content import SMALL

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=4)
GIVE_UP = timedelta(days=7)
REFUSALS = 3  # after so many, whatever their words, a mail is wrapped


@dataclass(frozen=True, slots=True)
class Again:
    """The patience that a place is given."""

    look_after: timedelta  # before a copy of unknown outcome is looked for, or sent again where nobody can look
    give_up: timedelta = GIVE_UP


def next_attempt(
    attempts: int, created: datetime, now: datetime, *, jitter: float, give_up: timedelta = GIVE_UP
) -> datetime | None:
    """The instant of the next attempt after `attempts` failed ones; None once `give_up` has passed since `created`.

    `jitter` in 0..1 spreads a pause over 75 % to 125 % of itself, so that what failed together does not return
    together.
    """
    if now - created >= give_up:
        return None
    pause = min(FIRST * (1 << min(attempts - 1, 20)), LONGEST)
    return now + pause * (0.75 + 0.5 * jitter)


def refused(note: Mapping[str, Any], end: Permanent, size: int) -> dict[str, Any]:
    """The note for the attempt after a refusal: `refusals` so far, and whether it goes out `wrapped`, or `shortened`.

    `size` is that of the mail: of a small one the beginning is all of it.
    """
    if end.of_size and size > SMALL:
        return {**note, "shortened": True}
    if end.of_inbox or end.of_size:
        return dict(note)
    refusals = int(note.get("refusals", 0)) + 1
    return {**note, "refusals": refusals, "wrapped": wrapped(note) or end.of_mail or refusals >= REFUSALS}


def wrapped(note: Mapping[str, Any]) -> bool:
    """Whether the mail goes as an attachment."""
    return bool(note.get("wrapped"))


def shortened(note: Mapping[str, Any]) -> bool:
    """Whether only its beginning goes."""
    return bool(note.get("shortened"))
