"""The copies of one place in memory, and how many more an inbox there may have: no I/O.

A queue belongs to a place, a channel to each of its inboxes. What the queue holds is leased and may go now: copies
above the pace of an inbox, or for an inbox that rests, stay in the database. In the queue and in the database alike a
copy waits for an earlier one of its conversation and inbox, at most `ORDERED`.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from router.store.claims import ORDERED
from router.store.outbox import Claimed

AT_ONCE = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


class Allowance(NamedTuple):
    """What may go now."""

    copies: int
    octets: int


UNLIMITED = Allowance(1_000_000_000, 1 << 62)

Spent = tuple[datetime, int, int]  # an instant, and the copies and octets that went then


class Pace(Protocol):
    """How fast copies may go."""

    @property
    def memory(self) -> timedelta:
        """How far back it matters what went."""

    def allowance(self, now: datetime) -> Allowance:
        """What may go now."""

    def spend(self, now: datetime, copies: int, octets: int) -> None:
        """So much goes now; below zero: it did not go after all."""

    def again(self, now: datetime) -> datetime:
        """When the next copy may go."""

    def recall(self, spent: Iterable[Spent]) -> None:
        """Begin anew with what is on record, oldest first."""


class Unpaced:
    """No limit."""

    memory = timedelta(0)

    def allowance(self, now: datetime) -> Allowance:
        """Everything."""
        return UNLIMITED

    def spend(self, now: datetime, copies: int, octets: int) -> None:
        """It costs nothing."""

    def again(self, now: datetime) -> datetime:
        """At once."""
        return now

    def recall(self, spent: Iterable[Spent]) -> None:
        """There is nothing to remember."""


@dataclass(slots=True)
class Channel:
    """The way to one inbox."""

    inbox: str
    pace: Pace = field(default_factory=Unpaced)
    newest_first: bool = False
    behind: bool = True  # the database may hold copies that came before those that come now
    look_at: datetime = AT_ONCE  # when the database is worth a look
    looks: int = 0  # how often somebody said that it is
    resting: bool = False  # nothing is sent
    ailing: bool = False  # the last copies failed: one at a time, until one arrives
    in_hand: int = 0  # copies leased to us

    def look(self, at: datetime = AT_ONCE) -> None:
        """The database holds new work, which is due at that instant."""
        self.looks += 1
        self.look_at = min(self.look_at, at)


class Queue:
    """The copies of one place."""

    def __init__(self, channels: Collection[Channel], pace: Pace) -> None:
        self.channels = {channel.inbox: channel for channel in channels}
        self.pace = pace
        self.ready: deque[Claimed] = deque()
        self.bytes = 0
        self.strays: list[Claimed] = []  # leased, and to be given back: older ones lie in the database
        self.wake = asyncio.Event()
        self.lock = asyncio.Lock()  # one lane at a time asks the database
        self.recalled = False  # what was delivered before we started
        self._busy: dict[tuple[str, str], list[Claimed]] = {}  # at the courier, by inbox and conversation
        self._turn = 0

    def hungry(self, now: datetime) -> list[Channel]:
        """The channels for which the database is to be asked."""
        worth = [one for one in self.channels.values() if one.look_at <= now]
        here = {copy.inbox for copy in self.ready} if worth else set()  # first what is here
        worth = [one for one in worth if not (one.behind and one.inbox in here)]
        return [one for one in worth if self.allowance(one, now).copies > 0]

    def in_turn(self, channels: list[Channel]) -> list[Channel]:
        """The same, each time another one first: tokens that all share go round."""
        self._turn += 1
        first = self._turn % len(channels) if channels else 0
        return channels[first:] + channels[:first]

    def allowance(self, channel: Channel, now: datetime) -> Allowance:
        """What may be leased for an inbox now."""
        if channel.resting or (channel.ailing and channel.in_hand):
            return Allowance(0, 0)
        own, all_ = channel.pace.allowance(now), self.pace.allowance(now)
        copies = min(own.copies, all_.copies, 1) if channel.ailing else min(own.copies, all_.copies)
        return Allowance(copies, min(own.octets, all_.octets))

    def again(self, channel: Channel, now: datetime) -> datetime:
        """When the database is to be asked for an inbox, if nobody wakes us before."""
        if channel.resting or (channel.ailing and channel.in_hand):
            return NEVER
        return max(channel.look_at, channel.pace.again(now), self.pace.again(now))

    def add(self, copy: Claimed, now: datetime) -> None:
        """Queue a copy that is leased to us; it has its token now."""
        self.ready.append(copy)
        self.bytes += len(copy.content.head)
        self._pay(copy, now, 1)
        self.wake.set()

    def stray(self, copy: Claimed, now: datetime) -> None:
        """A copy that is leased to us and must not be sent yet."""
        self.strays.append(copy)
        self._pay(copy, now, 1)
        self.wake.set()

    def rest(self, channel: Channel) -> None:
        """Send nothing to an inbox until it has rested; what waits here for it is to be given back."""
        channel.resting = channel.ailing = channel.behind = True
        self.put_aside([copy for copy in self.ready if copy.inbox == channel.inbox])
        self.wake.set()

    def put_aside(self, copies: Collection[Claimed]) -> None:
        """Of what is ready, these are to be given back."""
        gone = {copy.id for copy in copies}
        self.strays += copies
        self.bytes -= sum(len(copy.content.head) for copy in copies)
        self.ready = deque(copy for copy in self.ready if copy.id not in gone)

    def pop(self, most: int, now: datetime) -> list[Claimed]:
        """Up to `most` copies for a courier. One whose conversation another lane has in hand is passed over."""
        taken: list[Claimed] = []
        passed: list[Claimed] = []
        while self.ready and len(taken) < most:
            copy = self.ready.popleft()
            ahead = self._busy.get(_key(copy), ())
            (passed if any(now - one.created < ORDERED for one in ahead) else taken).append(copy)
        self.ready.extendleft(reversed(passed))
        for copy in taken:
            self.bytes -= len(copy.content.head)
            self._busy.setdefault(_key(copy), []).append(copy)
        return taken

    def opens(self) -> datetime:
        """When a copy that waits here for another need not wait any longer."""
        if not self.ready:
            return NEVER
        return min((one.created + ORDERED for copies in self._busy.values() for one in copies), default=NEVER)

    def done(self, copy: Claimed, due: datetime | None) -> None:
        """An attempt has ended; `due` is when the next one is."""
        key = _key(copy)
        self._busy[key].remove(copy)
        if not self._busy[key]:
            del self._busy[key]
        channel = self.channels[copy.inbox]
        channel.in_hand -= 1
        if channel.behind or channel.ailing:
            channel.look_at = AT_ONCE
        if due is not None:
            channel.look(due)
        if self.ready or channel.behind or channel.ailing or due is not None:
            self.wake.set()

    def waiting(self) -> Iterator[Claimed]:
        """Every copy that no courier has taken yet."""
        yield from self.ready
        yield from self.strays

    def drop(self, copies: Collection[Claimed], now: datetime) -> None:
        """Forget copies that no courier has taken; their tokens come back."""
        gone = {copy.id for copy in copies}
        for copy in copies:
            self._pay(copy, now, -1)
        self.bytes -= sum(len(copy.content.head) for copy in self.ready if copy.id in gone)
        self.ready = deque(copy for copy in self.ready if copy.id not in gone)
        self.strays = [copy for copy in self.strays if copy.id not in gone]

    def _pay(self, copy: Claimed, now: datetime, sign: int) -> None:
        channel = self.channels[copy.inbox]
        channel.in_hand += sign
        for pace in (channel.pace, self.pace):
            pace.spend(now, sign, sign * copy.content.size)


def _key(copy: Claimed) -> tuple[str, str]:
    return copy.inbox, copy.thread
