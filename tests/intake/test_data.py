"""The reader of DATA: the mail as it is, its end and no look-alike of it, and a memory with a bound."""

import asyncio
import errno
import hashlib
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake import replies
from router.intake.data import DRAIN_MORE, DRAIN_TIMES, Bounds, Incoming, Refused
from router.intake.flight import Flight
from router.intake.spilled import Spilled
from router.intake.stuffing import Stuffing
from router.intake.wire import BLOCK, Wire
from router.store.content import PIECE, SMALL, Content, InMemory
from tests.bench.daemon import REPOSITORY
from tests.bench.smtp import Client, stuffed

LOOK_ALIKES = [
    b"\n.\n", b"\r.\r", b"\r.\n", b"\n.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r\n\0.\r\n",
    b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\n..\r\n", b"\r\n. \r\n", b"\n.\n\r", b"\r\n.\n\r\n",
]  # fmt: skip
PIECES = st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"a", b"\0", *LOOK_ALIKES])
MAILS = st.lists(PIECES, max_size=30).map(b"".join)


def folder_is_empty(folder: Path) -> bool:
    """Whether no file has a name there."""
    return not list(folder.iterdir())


def fed(wire: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    """The mail and what came behind it, from a wire that is cut at these places."""
    stuffing, mail = Stuffing(), b""
    edges = sorted({0, *(min(cut, len(wire)) for cut in cuts), len(wire)})
    for start, end in pairwise(edges):
        data, rest = stuffing.feed(wire[start:end])
        mail += data
        if rest is not None:
            return mail, rest + wire[end:]
    raise AssertionError(f"no end in {wire!r}")


def wire_of(*blocks: bytes) -> Wire:
    """A client that sent this and hung up."""
    reader = asyncio.StreamReader(limit=BLOCK)
    for block in blocks:
        reader.feed_data(block)
    reader.feed_eof()
    return Wire(reader)


def incoming(folder: Path | None = None, size: int = 10_000_000, flight: Flight | None = None) -> Incoming:
    """Room for one mail."""
    return Incoming(Bounds(size, flight or Flight(100_000_000), folder))


async def read(one: Incoming, wire: bytes) -> Content:
    """The mail that a client sends."""
    return await one.read(wire_of(wire), lambda octets: None)


# The end of a mail, and its dots.


@given(mail=MAILS, behind=MAILS, cuts=st.lists(st.integers(0, 80), max_size=12))
def test_a_mail_is_what_was_sent_however_it_is_cut(mail: bytes, behind: bytes, cuts: list[int]) -> None:
    """Blocks end in the middle of anything; what follows the mail belongs to the next command."""
    whole = mail if mail.endswith(b"\r\n") else mail + b"\r\n"

    assert fed(stuffed(mail) + behind, cuts) == (whole, behind)


@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
def test_no_look_alike_ends_a_mail(look_alike: bytes) -> None:
    """Whoever sees an end there lets a second mail in, past every check of the first."""
    wire = b"Subject: x\r\n\r\na" + look_alike + b"MAIL FROM:<boss@example.com>\r\n.\r\nQUIT\r\n"
    for cut in range(len(wire)):
        mail, rest = fed(wire, [cut])
        assert b"MAIL FROM" in mail
        assert rest == b"QUIT\r\n"


def test_a_mail_may_be_empty() -> None:
    """The line end before its final dot is that of the command."""
    assert fed(b".\r\nNOOP\r\n", [1]) == (b"", b"NOOP\r\n")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_octet_by_octet_is_the_same(size: int) -> None:
    """A sender may send single octets, and every border falls once into every pattern."""
    mail = b"..a\r\n.b\r\n..\r\n\r\n.\r\r\n.c\r\n"
    wire = stuffed(mail)

    assert fed(wire, list(range(0, len(wire), size))) == (mail, b"")


# From memory to the disk.


@pytest.mark.parametrize("size", [0, 2, SMALL - 1, SMALL, SMALL + 1, SMALL + BLOCK, 3_000_000])
async def test_small_mail_stays_in_memory_and_large_mail_does_not(tmp_path: Path, size: int) -> None:
    """Either way it is the same mail."""
    mail = (random.Random(size).randbytes(size).replace(b"\r\n.", b"\r\n,") + b"\r\n")[-size:] if size else b""
    mail = mail[:-2] + b"\r\n" if size else b""
    one = incoming(tmp_path)
    content = await read(one, stuffed(mail) if mail else b".\r\n")

    assert content.size == len(mail)
    assert content.sha256 == hashlib.sha256(mail).digest()
    assert b"".join(content.pieces()) == mail == b"".join(content.pieces())  # as often as one likes
    assert content.head == mail[:SMALL]
    assert isinstance(content, InMemory if len(mail) <= SMALL else Spilled)
    assert max(map(len, content.pieces()), default=0) <= PIECE
    assert folder_is_empty(tmp_path)


async def test_the_temporary_file_goes_with_its_last_holder(tmp_path: Path) -> None:
    """It has no name, and takes no room once nobody has it any more."""
    before = set(os.listdir("/proc/self/fd"))
    one = incoming(tmp_path)
    content: Content | None = await read(one, stuffed(b"x" * 1_000_000))
    held = set(os.listdir("/proc/self/fd")) - before
    one.release()
    assert content is not None
    assert sum(map(len, content.pieces())) == 1_000_002
    content = None

    assert len(held) == 1
    assert set(os.listdir("/proc/self/fd")) <= before


async def test_a_client_that_vanishes_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Neither a file nor reserved room."""
    flight = Flight(10_000_000)
    before = set(os.listdir("/proc/self/fd"))
    one = incoming(tmp_path, flight=flight)
    with pytest.raises(ConnectionError):
        await read(one, b"x" * 1_000_000)
    assert flight.used == 1_000_000
    one.release()

    assert flight.used == 0
    assert set(os.listdir("/proc/self/fd")) <= before


async def test_a_cancelled_session_waits_until_its_thread_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A descriptor that is closed under a writing thread may be somebody else's by then."""
    go, written = threading.Event(), threading.Event()
    write = Spilled.write

    def slow(self: Spilled, data: bytes) -> None:
        go.wait(10)
        write(self, data)
        written.set()

    monkeypatch.setattr(Spilled, "write", slow)
    task = asyncio.create_task(read(incoming(tmp_path), stuffed(b"x" * 1_000_000)))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.sleep(0.1)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert written.is_set()


@pytest.mark.parametrize(("number", "reply"), [(errno.ENOSPC, replies.FULL), (errno.EIO, replies.BUSY)])
async def test_a_disk_that_fails_is_no_fault_of_the_sender(
    monkeypatch: pytest.MonkeyPatch, number: int, reply: str
) -> None:
    """4xx, behind the end of the mail: the sender keeps it and comes again."""

    def fail(self: Spilled, data: bytes) -> None:
        raise OSError(number, "told to")

    monkeypatch.setattr(Spilled, "write", fail)
    flight = Flight(10_000_000)
    with pytest.raises(Refused) as caught:
        await read(incoming(flight=flight), stuffed(b"x" * 1_000_000))

    assert (caught.value.reply, caught.value.hang_up, flight.used) == (reply, False, 0)


# Bounds.


@pytest.mark.parametrize("excess", [0, 1])
async def test_the_size_limit_is_exact(tmp_path: Path, excess: int) -> None:
    """One octet more is read to its end, and refused."""
    mail = b"x" * (1_000_000 - 2 + excess) + b"\r\n"
    one = incoming(tmp_path, size=1_000_000)
    if not excess:
        assert (await read(one, stuffed(mail))).size == 1_000_000
        return
    with pytest.raises(Refused) as caught:
        await read(one, stuffed(mail))

    assert (caught.value.reply, caught.value.hang_up) == (replies.TOO_LARGE, False)


async def test_dots_that_were_put_in_do_not_count() -> None:
    """The size is that of the mail (RFC 1870 section 3)."""
    mail = b".\r\n" * 1000

    assert (await read(incoming(size=3000), stuffed(mail))).size == 3000


async def test_draining_has_an_end() -> None:
    """Who sends on and on is hung up on."""
    with pytest.raises(Refused) as caught:
        await read(incoming(size=10_000), b"x" * (10_000 * DRAIN_TIMES + DRAIN_MORE + 100_000))

    assert (caught.value.reply, caught.value.hang_up) == (replies.TOO_LARGE, True)


async def test_no_more_than_the_limit_is_in_flight() -> None:
    """452 for the one that comes too much; what it had is free for others at once."""
    flight = Flight(1_000_000)
    first, second, third = (incoming(flight=flight) for _ in range(3))
    await read(first, stuffed(b"x" * 600_000))
    with pytest.raises(Refused) as caught:
        await read(second, stuffed(b"x" * 600_000))
    assert caught.value.reply == replies.NO_ROOM
    assert flight.used == 600_002
    await read(third, stuffed(b"x" * 300_000))
    for one in (first, second, third, third):
        one.release()

    assert flight.used == 0


async def test_what_is_announced_is_reserved() -> None:
    """Then nobody hears 452 in the midst of a mail that was asked for; a mail that is larger takes more."""
    flight = Flight(1_000_000)
    one, other = incoming(flight=flight), incoming(flight=flight)

    assert one.announce(900_000)
    assert not other.announce(200_000)
    assert flight.used == 900_000
    await read(one, stuffed(b"x" * 950_000))
    assert flight.used == 950_002


# Lines and blocks.


async def test_commands_that_come_with_a_mail_are_not_lost() -> None:
    """Lines, a mail and lines again, in one segment or in octets."""
    sent = b"DATA\r\n" + stuffed(b".a\r\nb\r\n") + b"NOOP\r\nQUIT\n"
    for size in (1, 3, 1000):
        wire = wire_of(*(sent[at : at + size] for at in range(0, len(sent), size)))
        assert await wire.line(100) == b"DATA"
        content = await incoming().read(wire, lambda octets: None)
        assert content.head == b".a\r\nb\r\n"
        assert [await wire.line(100), await wire.line(100)] == [b"NOOP", b"QUIT"]
        with pytest.raises(ConnectionError):
            await wire.line(100)


@pytest.mark.parametrize("length", [101, 5000, 1_000_000])
async def test_a_line_that_is_too_long_is_passed_over(length: int) -> None:
    """The one behind it is read as if nothing had been."""
    wire = wire_of(b"x" * length + b"\r\n", b"NOOP\r\n")

    assert [await wire.line(100), await wire.line(100)] == [None, b"NOOP"]


async def test_what_came_in_the_clear_can_be_forgotten() -> None:
    """Behind STARTTLS it is somebody else's word."""
    wire = wire_of(b"STARTTLS\r\nNOOP\r\n")
    assert await wire.line(100) == b"STARTTLS"
    wire.forget()

    with pytest.raises(ConnectionError):
        await wire.line(100)


# Memory, in a process of its own.


@contextmanager
def process() -> Iterator[tuple[int, list[int]]]:
    """A listener that keeps nothing; afterwards the list holds the kilobytes it grew by, and the sizes it took."""
    told: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.intake.memory"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin
        assert running.stdout
        yield int(running.stdout.readline()), told
        running.stdin.close()
        told += map(int, running.stdout.read().split())


def test_200_megabytes_without_a_line_end_do_not_grow_the_process() -> None:
    """One such client took 192 MB of aiosmtpd; and meanwhile others are served."""
    with process() as (port, told), Client(port) as hostile, Client(port) as other:
        hostile.begin()
        codes = []
        for number in range(200):
            hostile.send(b"x" * 999_999)
            if number % 50 == 25:
                codes.append(other.mail(b"hello\r\n").code)
        hostile.send(b"\r\n.\r\n")
        codes.append(hostile.reply().code)

    assert codes == [250] * 4 + [552]
    assert told[1:] == [7] * 4
    assert told[0] < 10_000, f"{told[0]} kB"


def test_twenty_senders_of_40_megabytes_take_little_memory() -> None:
    """Spilled, each of them; the whole is written to a disk and not kept."""
    mail = (b"y" * 998 + b"\r\n") * 40_000
    with process() as (port, told):
        codes: list[int] = []

        def send() -> None:
            with Client(port) as client:
                client.begin()
                client.send(mail + b".\r\n")
                codes.append(client.reply().code)

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert codes == [250] * 20
    assert told[1:] == [len(mail)] * 20
    assert told[0] < 60_000, f"{told[0]} kB"
