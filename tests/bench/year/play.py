"""Plays a span of the company's life from its first day to its last, and checks every digest that came of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from tests.bench.daemon import Daemon
from tests.bench.wait import until
from tests.bench.year import said, twin
from tests.bench.year.beside import Waiting
from tests.bench.year.company import Digest
from tests.bench.year.count import tables
from tests.bench.year.facts import Event
from tests.bench.year.generate import generate
from tests.bench.year.nightly import Nightly
from tests.bench.year.post import PostOffice
from tests.bench.year.running import Life
from tests.bench.year.slots import named

_DAY = timedelta(days=1)
_COMES = 30.0  # real seconds in which a digest comes on a busy machine
_BEGINS = time(9, tzinfo=UTC)  # of the day before the first: the daemon is up before the first slot


@dataclass(slots=True)
class Played:
    """What came of it."""

    life: Life
    nightly: Nightly
    waiting: Waiting
    editions: list[twin.Twin]
    slots: list[tuple[datetime, Digest]]  # that had to be served
    excused: int = field(default=0)  # editions that differ, and were made before all mail was surely routed
    misdated: list[str] = field(default_factory=list)  # times of receipt that were not those of the posting

    @property
    def unserved(self) -> list[str]:
        """Slots since the daemon was up that have not had exactly one edition."""
        served = Counter((one.digest, one.subject.rpartition(" · ")[2]) for one in self.editions)
        return [f"{digest.name} {at}: {count}" for at, digest in self.slots if (count := served[_key(at, digest)]) != 1]


def play(folder: Path, make: Callable[..., Daemon], first: date, days: int, rate: float) -> Played:
    """Live through so many days at a rate, and compare."""
    year = generate(first, days)
    past = min(mail.at for mail in year.past)
    minutes = tables(past - 2 * _DAY, datetime.combine(first, time(), UTC) + (days + 40) * _DAY)
    with PostOffice() as office:
        life = Life(make(), office, year, datetime.combine(first - _DAY, _BEGINS), rate).begin()
        waiting = Waiting(life, minutes)
        slots = [(at, digest) for at, digest in named(first, days) if at > life.clock.now().late + life.slack]
        life.live([(at, partial(_seen, office, life, digest, waiting)) for at, digest in slots])
        mails = list(office.mails)
        life.end()
    posted = [(_mailbox(event), span) for event, span in life.posted if not event.is_word]
    nightly = Nightly(year.stories, life.happened, posted, minutes)
    editions = [found for mail in mails if (found := twin.read(mail.content)) is not None]
    played = Played(life, nightly, waiting, editions, slots, misdated=life.misdated())
    for one in editions:
        wrong = nightly.check(one)
        if wrong and any(at <= one.made < at + 3 * life.slack for at in life.doubtful):
            del nightly.wrong[-wrong:]
            played.excused += 1
    return played


def _key(at: datetime, digest: Digest) -> tuple[str, str]:
    return digest.name, said.day(at, digest.zone)


def _seen(office: PostOffice, life: Life, digest: Digest, waiting: Waiting, at: datetime) -> None:
    """Wait until the digest has come; the list of who waits says the same by then."""

    def came() -> bool:
        heads = (twin.head(mail.content) for mail in office.mails[-6:])
        return any(name == digest.name and made >= at for name, made in heads)

    until(came, lambda: f"the digest {digest.name} of {at}\n{life.daemon.tail()}", _COMES, pause=0.01)
    waiting.look(at)


def _mailbox(event: Event) -> str:
    return event.recipients[0].partition("@")[0].removesuffix("-sent")
