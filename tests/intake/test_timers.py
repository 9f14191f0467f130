"""Slow is legal, dripping is not. Every second here is made up."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from router.intake import replies
from router.intake.credentials import Credentials
from router.intake.smtp import Limits
from router.intake.timers import LEAST, WINDOW, Verdict, Watch
from router.store.database import Database
from tests.intake.test_tls import Bench, listening


@pytest.fixture
def watch() -> Watch:
    """Five minutes between commands, half an hour for a mail; begun at second 1000."""
    made = Watch(idle_seconds=300, mail_seconds=1800)
    made.heard(1000)
    return made


def sending(watch: Watch, octets: int, every: float, seconds: float, begun: float = 1000) -> Verdict | None:
    """The first verdict on a client that sends so many octets again and again, looked at each second."""
    watch.mail_begins(begun)
    sent = 0
    for now in range(int(begun), int(begun + seconds) + 1):
        while sent * every <= now - begun:
            watch.received(octets)
            sent += 1
        if verdict := watch.verdict(now):
            return verdict
    return None


@pytest.mark.parametrize(
    ("octets", "every"),
    [
        (72, 0.5),  # a line each half second
        (5, 1),  # a very short one each second
        (1000, 170),  # a block just within the three minutes of RFC 5321 section 4.5.3.2.5
    ],
)
def test_a_slow_legal_sender_is_left_alone(watch: Watch, octets: int, every: float) -> None:
    """Six minutes of it are more than any timer of a whole session would give."""
    assert sending(watch, octets, every, 360) is None


@pytest.mark.parametrize(("octets", "every"), [(1, 10), (1, 1), (2, 1)])
def test_a_sender_that_drips_is_cut(watch: Watch, octets: int, every: float) -> None:
    """It holds a place that others need."""
    assert sending(watch, octets, every, 360) is Verdict.SLOW


def test_a_sender_that_stops_is_cut(watch: Watch) -> None:
    """However much it sent before."""
    watch.mail_begins(1000)
    watch.received(10_000_000)

    assert watch.verdict(1000 + WINDOW) is None
    assert watch.verdict(1000 + 2 * WINDOW - 1) is None
    assert watch.verdict(1000 + 2 * WINDOW) is Verdict.SLOW


def test_nothing_is_cut_before_its_first_window_is_over(watch: Watch) -> None:
    """RFC 5321 section 4.5.3.2.4 gives two minutes to the first block."""
    watch.mail_begins(1000)

    assert watch.verdict(1000 + WINDOW - 0.001) is None


@pytest.mark.parametrize(("octets", "verdict"), [(LEAST, None), (LEAST - 1, Verdict.SLOW)])
def test_the_least_is_enough(watch: Watch, octets: int, verdict: Verdict | None) -> None:
    """The border itself."""
    watch.mail_begins(1000)
    watch.received(octets)

    assert watch.verdict(1000 + WINDOW) is verdict


def test_a_mail_has_an_end(watch: Watch) -> None:
    """Fast enough in every window, and still going on after the whole time."""
    assert sending(watch, 1000, 1, 1799) is None
    assert sending(watch, 1000, 1, 1800) is Verdict.LONG


def test_silence_between_commands_ends_the_session(watch: Watch) -> None:
    """At the limit, not before; each command begins it anew."""
    assert (watch.verdict(1299.9), watch.verdict(1300)) == (None, Verdict.IDLE)
    watch.heard(1299)
    assert (watch.verdict(1300), watch.verdict(1599)) == (None, Verdict.IDLE)


def test_the_verdict_stays_until_something_is_heard(watch: Watch) -> None:
    """Who does not even take its last reply is aborted at the next look."""
    watch.mail_begins(1000)

    assert [watch.verdict(1000 + WINDOW + second) for second in range(3)] == [Verdict.SLOW] * 3


def test_nobody_is_cut_while_it_waits_for_us(watch: Watch) -> None:
    """A slow disk of ours is no fault of the sender."""
    watch.mail_begins(1000)
    watch.our_turn()

    assert watch.verdict(1_000_000) is None
    watch.heard(1_000_000)
    assert watch.verdict(1_000_299) is None


def every_order() -> Iterator[tuple[str, ...]]:
    """Phases as sessions go through them."""
    yield ("heard", "mail", "ours", "heard")
    yield ("mail", "heard", "mail")
    yield ("ours", "mail", "ours")


@pytest.mark.parametrize("phases", list(every_order()))
def test_a_new_phase_forgets_the_old_one(watch: Watch, phases: tuple[str, ...]) -> None:
    """What was late before is not late now."""
    now = 1000.0
    for phase in phases:
        now += 10_000
        {"heard": watch.heard, "mail": watch.mail_begins, "ours": lambda _: watch.our_turn()}[phase](now)
        assert watch.verdict(now + 1) is None, phase


# The same in a session, whose seconds are made up too.


class Steady:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Session:
    """One client of a listener in the same loop."""

    def __init__(self, bench: Bench, clock: Steady, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.bench, self.clock, self.reader, self.writer = bench, clock, reader, writer

    async def hear(self) -> str:
        """One line."""
        return (await asyncio.wait_for(self.reader.readline(), 10)).decode().strip()

    async def say(self, line: str) -> str:
        """One command."""
        self.writer.write(line.encode() + b"\r\n")
        return await self.hear()

    async def later(self, seconds: float) -> None:
        """What was sent arrives, then time passes and the timers are looked at."""
        await asyncio.sleep(0.002)
        self.clock.at += seconds
        self.bench.listener.tick()
        await asyncio.sleep(0.002)


@asynccontextmanager
async def session(database: Database | None) -> AsyncIterator[Session]:
    """A greeted client."""
    clock = Steady()
    limits = Limits(1_000_000, 10, 20, 20, idle_seconds=300, mail_seconds=1800)
    async with listening(database, Credentials(), limits=limits, now=clock) as bench:
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)
        one = Session(bench, clock, reader, writer)
        assert (await one.hear()).startswith("220")
        assert await one.say("HELO x") == "250 router.example.com"
        yield one
        writer.close()


async def begin(one: Session) -> None:
    """Up to the 354."""
    for line in ("MAIL FROM:<a@x.example>", "RCPT TO:<support@example.com>", "DATA"):
        assert (await one.say(line))[0] in "23"


async def test_a_line_each_half_second_for_six_minutes_is_a_mail(database: Database) -> None:
    """Longer than the time between two commands, and it is legal."""
    async with session(database) as one:
        await begin(one)
        for number in range(720):
            one.writer.write(b"line %d\r\n" % number)
            await one.later(0.5)
        one.writer.write(b".\r\n")

        assert (await one.hear()).startswith("250 2.0.0")


async def test_an_octet_each_ten_seconds_is_cut() -> None:
    """With a word, within two windows; and nothing is left of it."""
    async with session(None) as one:
        await begin(one)
        while one.bench.reception.sessions:
            one.writer.write(b"x")
            await one.later(10)

        assert WINDOW <= one.clock.at <= 2 * WINDOW
        assert await one.hear() == replies.TOO_SLOW
        assert await one.reader.read() == b""
        assert one.bench.reception.fits(one.bench.reception.limits.bytes_in_flight)


async def test_a_silent_client_is_told_and_cut() -> None:
    """It has five minutes after each command."""
    async with session(None) as one:
        await one.later(299)
        assert (await one.say("NOOP")).startswith("250")
        await one.later(299)
        assert (await one.say("NOOP")).startswith("250")
        await one.later(300)

        assert await one.hear() == replies.IDLE
        assert await one.reader.read() == b""
