"""Kills a daemon under load again and again, and counts what became of each mail."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.bench.daemon import INBOXES, Daemon
from tests.bench.letters import letters
from tests.bench.smtp import Mta


@dataclass(frozen=True, slots=True)
class Toll:
    """The count after everything has settled."""

    kills: int
    accepted: int  # answered 250
    delivered: int  # copies in all inboxes
    doubled: int  # copies beyond the first of a mail in an inbox
    lost: int  # accepted mails that an inbox does not have
    left_over: int = 0  # files of dead attempts in tmp/

    @property
    def clean(self) -> bool:
        """Whether every accepted mail is in each inbox exactly once."""
        return self.accepted > 0 and self.doubled == 0 and self.lost == 0


def toll(daemon: Daemon, accepted: Iterable[str], kills: int) -> Toll:
    """Compare what was accepted with what arrived."""
    known = set(accepted)
    counts = [daemon.inbox(name).counts() for name in INBOXES]
    return Toll(
        kills=kills,
        accepted=len(known),
        delivered=sum(count.total() for count in counts),
        doubled=sum(number - 1 for count in counts for number in count.values()),
        lost=sum(len(known - set(count)) for count in counts),
        left_over=sum(len(daemon.inbox(name).left_over()) for name in INBOXES),
    )


def die_at(
    daemon: Daemon,
    fault: str,
    *,
    after: str | None = None,
    count: int = 25,
    meanwhile: Callable[[Daemon], None] = lambda daemon: None,
) -> Toll:
    """Let the daemon die at `fault` while mail comes in, then start it anew and let everything settle.

    With `after` it dies there first, so that the next process finds copies of which nobody knows whether they arrived.
    `meanwhile` is done after the last death and before the last start.
    """
    daemon.start(fault=after or fault)
    with Mta(daemon.port, letters(count, fault)) as mta:
        deaths = _die(daemon)
        if after:
            daemon.start(fault=fault)
            deaths += _die(daemon)
        meanwhile(daemon)
        daemon.start()
        mta.finish()
    daemon.settle()
    return toll(daemon, mta.accepted, deaths)


def _die(daemon: Daemon) -> int:
    code = daemon.wait(45)
    assert code == -9, f"it ended with {code}\n{daemon.tail()}"
    return 1


def kill_at_random(daemon: Daemon, rounds: int, seed: int, *, per_round: int = 60) -> Toll:
    """Kill it `rounds` times at moments drawn from `seed`, under load all the while."""
    chance = random.Random(seed)
    daemon.start()
    with Mta(daemon.port, letters(rounds * per_round, f"seed-{seed}")) as mta:
        for number in range(rounds):
            # New work of its own for each round, or the kill would hit an idle process.
            _wait_for(mta, number * per_round + chance.randrange(1, per_round // 2))
            time.sleep(chance.uniform(0, 0.15))
            daemon.kill()
            daemon.start()
        mta.finish(120)
    daemon.settle(120)
    return toll(daemon, mta.accepted, rounds)


def _wait_for(mta: Mta, settled: int, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while mta.settled < settled:
        assert time.monotonic() < deadline, f"only {mta.settled} mails were answered, {settled} expected"
        time.sleep(0.005)
