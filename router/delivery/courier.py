"""What a courier is: it knows a message and a place, never the database.

A courier tells four ends apart, and only those: delivered (with a receipt), transient (try again), permanent (trying
again alone will not help) and unknown (it may have arrived). An exception that leaves a courier counts as unknown if
any byte may have been sent, so a courier raises only before that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from router.store.content import Content
from router.tasks import Lane

T = TypeVar("T")


@dataclass(slots=True)
class Copy:
    """A message on its way to one inbox. Nobody changes it; frozen, it would take five times as long to make."""

    id: str  # unique, and the same at every attempt: the place can be searched for it
    message: str  # the same for all copies of one mail
    inbox: str
    block: bytes  # our header lines
    content: Content  # the mail as received
    received: datetime
    folder: str | None  # inside the inbox; None: where its copies usually go
    seen: bool  # to be filed as already read
    look_first: bool  # an earlier attempt may have arrived
    doubts: int = 0  # how many earlier attempts nobody knows the end of
    wrapped: bool = False  # the place refuses the mail itself: it goes as an attachment to one of ours
    shortened: bool = False  # it is too large for the place: only its beginning goes, in such an attachment
    note: Mapping[str, Any] = field(default_factory=dict)  # what the last attempt left for this one


@dataclass(frozen=True, slots=True)
class Delivered:
    """The copy is at its place, durably."""

    receipt: dict[str, Any]  # how to find it there
    changed: tuple[str, ...] = ()  # codes of what was sent otherwise than received


@dataclass(frozen=True, slots=True)
class Transient:
    """Not delivered; the same attempt may succeed later."""

    error: str
    of_login: bool = False  # it is our login that is refused: somebody has to mend it


@dataclass(frozen=True, slots=True)
class Permanent:
    """Not delivered; the place refuses this copy."""

    error: str
    of_mail: bool = False  # it is the mail that is refused, not the inbox: as an attachment it may be taken
    of_size: bool = False  # it is too large: only less of it will be taken
    of_inbox: bool = False  # it is the inbox, for certain: no other form of the mail will be taken either


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it arrived."""

    error: str
    note: Mapping[str, Any] = field(default_factory=dict)  # where to look for it


Outcome = Delivered | Transient | Permanent | Unknown


class Courier(Protocol):
    """Hands copies over at one place."""

    async def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy, in order; one outcome for each."""

    async def find(self, copy: Copy) -> Delivered | None:
        """Look whether an earlier attempt arrived."""

    async def close(self) -> None:
        """End what is kept open; a later delivery opens it again."""


class Blocking(Protocol):
    """A courier that is written as plain calls."""

    def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy, in order; one outcome for each."""

    def find(self, copy: Copy) -> Delivered | None:
        """Look whether an earlier attempt arrived."""

    def close(self) -> None:
        """End what is kept open; a later delivery opens it again."""


class InThread:
    """Runs a blocking courier in a thread of its own: a server that hangs holds up nobody else."""

    def __init__(self, name: str, courier: Blocking) -> None:
        self._courier = courier
        self._lane = Lane(name)

    async def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy, in order; one outcome for each."""
        return await self._lane.call(partial(self._courier.deliver, copies))

    async def find(self, copy: Copy) -> Delivered | None:
        """Look whether an earlier attempt arrived."""
        return await self._lane.call(partial(self._courier.find, copy))

    async def close(self) -> None:
        """End what is kept open."""
        await self._lane.call(self._courier.close)

    async def call(self, work: Callable[[], T]) -> T:
        """Do something else with the courier, in its turn."""
        return await self._lane.call(work)
