"""Whether a list of those who wait may be believed: what was seen, and what makes it doubtful. Pure.

A list over stale data looks like good news. It is stale where

    source-broken    a watched account could not be read as a whole for a while
    source-unread    one was never read as a whole
    source-quiet     one that is read has brought nothing for longer than anybody expects
    listener-quiet   the same of mail that comes to the listener, judged by the mailbox's own rhythm: behind a map that
                     was switched off there is no error, only silence
    router-down      no router has shown life for a while
    unrouted         mail is stored that nobody has read yet
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

FRESH = timedelta(hours=1)  # since a source was last read as a whole
ALIVE = timedelta(minutes=10)  # since a router last showed life
STUCK = timedelta(minutes=5)  # for mail to be routed
RHYTHM = 20  # mails, below which a mailbox has none
_LEAST = timedelta(hours=8)  # of silence in service time
_TIMES = 2  # as long as the longest silence before


@dataclass(frozen=True, slots=True)
class Source:
    """A watched account."""

    name: str
    broken: bool  # an alarm says so
    quiet: bool  # the same
    last_success: datetime | None  # every folder was read
    last_mail: datetime | None
    last_error: str | None
    server: int | None  # mails in its folders when they were last compared
    stored: int | None  # of these, those that are accounted for


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen of some mailboxes."""

    since: datetime  # the last edition; without one, a day ago
    came: int  # mails in and out since then
    last: datetime | None  # the newest that came in
    authors: tuple[str, ...]  # who has answered lately
    sources: tuple[Source, ...] = ()
    alive: datetime | None = None  # when a router last showed life
    unrouted: int = 0
    unrouted_since: datetime | None = None
    recent: tuple[datetime, ...] = ()  # the latest mails that came in, newest first
    junk: int | None = None  # from people we know, since then; None: no such folder is watched

    @property
    def missing(self) -> int:
        """Mails that the servers have and we have not."""
        return sum(max(0, (one.server or 0) - (one.stored or 0)) for one in self.sources)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a list may not be believed."""

    code: str
    about: str = ""  # a source
    since: datetime | None = None  # the last instant up to which all is known
    detail: str | None = None  # a server's words
    count: int = 0


Clock = Callable[[datetime], timedelta]  # service time up to now


def doubts(proof: Proof, now: datetime, clock: Clock, *, listener: bool) -> tuple[Doubt, ...]:
    """What makes the list doubtful, the oldest first; `listener`: mail comes to it, and from no watched account."""
    found = [doubt for source in proof.sources if (doubt := _of_source(source, now)) is not None]
    if proof.alive is None or now - proof.alive > ALIVE:
        found.append(Doubt("router-down", since=proof.alive))
    if proof.unrouted_since is not None and now - proof.unrouted_since > STUCK:
        found.append(Doubt("unrouted", since=proof.unrouted_since, count=proof.unrouted))
    if listener and is_silent(proof.recent, clock):
        found.append(Doubt("listener-quiet", since=proof.recent[0]))
    return tuple(sorted(found, key=lambda doubt: (doubt.since is not None, doubt.since or now)))


def _of_source(source: Source, now: datetime) -> Doubt | None:
    if source.last_success is None:
        return Doubt("source-unread", source.name, detail=source.last_error)
    if source.broken or now - source.last_success > FRESH:
        return Doubt("source-broken", source.name, source.last_success, source.last_error)
    return Doubt("source-quiet", source.name, source.last_mail) if source.quiet else None


def is_silent(recent: Sequence[datetime], clock: Clock) -> bool:
    """Whether the silence since the newest mail is unlike all before it, in service time."""
    if len(recent) < RHYTHM:
        return False
    passed = [clock(at) for at in recent]
    if passed[-1] - passed[0] < _TIMES * _LEAST:
        return False  # a heap of mail at once shows no rhythm
    longest = max(after - before for before, after in pairwise(passed))
    return passed[0] >= max(_LEAST, _TIMES * longest)
