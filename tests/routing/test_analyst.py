"""Who reads a batch: a thread here, or the other process; the mail must not tell the difference."""

import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from router.routing import analyst
from router.routing.analysis import analyse_all
from router.routing.analyst import MANY, Analyst
from router.routing.reader import Reader
from router.store.spool import Sighting
from tests.bench.letters import letter
from tests.mail.test_hostile import HOSTILE
from tests.routing.test_analysis import KEY, READER, seen

BUSY = [seen(letter(number)) for number in range(MANY)]


@pytest.fixture
async def one() -> AsyncIterator[Analyst]:
    """One that is ended with the test."""
    made = Analyst(KEY)
    yield made
    await made.close()


async def test_few_mails_need_no_other_process(one: Analyst) -> None:
    """Most routers see a mail a minute."""
    found = await one.analyse(BUSY[:-1], READER)

    assert found == analyse_all(BUSY[:-1], KEY, READER)
    assert one.apart.pid is None


async def test_the_other_process_reads_the_same_out_of_a_mail(one: Analyst) -> None:
    """Also out of those that were made to break a reader."""
    batch = [*BUSY, *map(seen, HOSTILE.values())]
    batch = [this for this in batch if not analyst.suspicious(this.content)]
    found = await one.analyse(batch, READER)

    assert one.apart.pid is not None
    assert found == analyse_all(batch, KEY, READER)
    assert all(this is there.seen for this, there in zip(batch, found, strict=True))


async def test_a_suspicious_mail_keeps_its_batch_here(one: Analyst) -> None:
    """It has a process with a deadline of its own."""
    batch = [*BUSY, seen(b"X-Long: " + b"x" * 40_000)]
    reader = Reader()
    try:
        found = await one.analyse(batch, reader)
    finally:
        reader.close()

    assert [this.seen for this in found] == batch
    assert one.apart.pid is None


async def test_a_process_that_dies_delays_no_mail_and_rests(one: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread reads meanwhile; a start that fails takes time, which mail must not wait for again and again."""
    await one.analyse(BUSY, READER)
    assert one.apart.pid is not None
    os.kill(one.apart.pid, signal.SIGKILL)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/bin/false")
        found = await one.analyse(BUSY, READER)
    again: list[Sighting] = [this.seen for this in await one.analyse(BUSY, READER)]

    assert found == analyse_all(BUSY, KEY, READER)
    assert again == BUSY
    assert one.apart.pid is None
    monkeypatch.setattr(one, "_rests_until", 0.0)
    assert await one.analyse(BUSY, READER) == found
    assert one.apart.pid is not None
