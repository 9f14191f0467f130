"""What a courier is: it knows a message and a place, never the database.

A courier tells four ends apart, and only those: delivered (with a receipt), transient (try again), permanent (trying
again alone will not help) and unknown (it may have arrived). An exception that leaves a courier counts as unknown if
any byte may have been sent, so a courier raises only before that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from router.store.content import Content


@dataclass(frozen=True, slots=True)
class Copy:
    """A message on its way to one inbox."""

    id: str  # unique, and the same at every attempt: the place can be searched for it
    block: bytes  # our header lines
    content: Content  # the mail as received
    received: datetime
    folder: str | None  # inside the inbox; None: the inbox itself
    look_first: bool  # an earlier attempt may have arrived


@dataclass(frozen=True, slots=True)
class Delivered:
    """The copy is at its place, durably."""

    receipt: dict[str, Any]  # how to find it there
    changed: tuple[str, ...] = ()  # codes of what was sent otherwise than received


@dataclass(frozen=True, slots=True)
class Transient:
    """Not delivered; the same attempt may succeed later."""

    error: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """Not delivered; the place refuses this copy."""

    error: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it arrived."""

    error: str


Outcome = Delivered | Transient | Permanent | Unknown


class Courier(Protocol):
    """Hands copies over at one place."""

    def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy, in order; one outcome for each."""

    def find(self, copy: Copy) -> Delivered | None:
        """Look whether an earlier attempt arrived."""
