"""A part in a process of its own: it answers, it dies without taking anybody along, and it never outlives the daemon."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.apart import process
from router.apart.process import Apart, Failed, Gone, NotUp
from tests.apart.services import Obedient
from tests.bench.wait import until

PARENT = """
import asyncio, sys
from pathlib import Path
from router.apart.process import Apart
from tests.apart.services import Obedient

async def main():
    apart = Apart("the test", Obedient(Path(sys.argv[1])))
    print(await apart.ask("pid"), flush=True)
    await apart.ask(sys.argv[2])

asyncio.run(main())
"""


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[Apart]:
    """One that is ended with the test."""
    one = Apart("the test", Obedient(tmp_path / "closed"))
    yield one
    await one.close()


async def test_it_works_elsewhere_and_answers_each_as_soon_as_it_can(apart: Apart) -> None:
    """A slow answer holds up no other."""
    slow = asyncio.create_task(apart.ask(5))
    begun = time.monotonic()
    quick = await asyncio.gather(apart.ask(0.2), apart.ask(0.1), apart.ask("pid"))
    slow.cancel()

    assert quick == [0.2, 0.1, apart.pid]
    assert apart.pid != os.getpid()
    assert time.monotonic() - begun < 4


async def test_an_object_of_any_size_goes_through(apart: Apart) -> None:
    """What is read comes in pieces."""
    with pytest.raises(Failed, match="could not convert string to float"):
        await apart.ask("x" * 3_000_000)


async def test_an_error_of_the_service_ends_nothing(apart: Apart) -> None:
    """The next request is answered by the same process."""
    before = await apart.ask("pid")
    with pytest.raises(Failed, match="ValueError: as I was told"):
        await apart.ask("fail")

    assert await apart.ask("pid") == before


async def test_all_that_it_has_in_hand_when_it_is_killed_is_in_doubt_and_the_next_starts_another(
    apart: Apart, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for ever, and nobody is told that something was not done that may have been."""
    before = await apart.ask("pid")
    under_way = [asyncio.create_task(apart.ask(60)) for _ in range(3)]
    await asyncio.sleep(0.1)
    os.kill(before, signal.SIGKILL)
    ends = await asyncio.gather(*under_way, return_exceptions=True)

    assert [type(end) for end in ends] == [Gone, Gone, Gone]
    assert "the process of the test has ended" in caplog.text
    assert await apart.ask("pid") != before


async def test_several_that_need_it_at_once_start_one(apart: Apart) -> None:
    """Lanes of a courier begin together."""
    assert len(set(await asyncio.gather(*[apart.ask("pid") for _ in range(5)]))) == 1


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
async def test_one_that_cannot_start_says_so_and_is_tried_again(
    apart: Apart, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """Nothing was asked of it: whoever asks may try again."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", program)
        with pytest.raises(NotUp, match="the process of the test does not start"):
            await apart.ask("pid")

    assert await apart.ask("pid") == apart.pid


async def test_one_that_never_comes_up_is_given_up(apart: Apart, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """And nothing is left of it."""
    silent = folder / "python"
    silent.write_text(f"#!/bin/sh\necho $$ > {folder}/pid\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    monkeypatch.setattr(process, "START", 0.5)
    with pytest.raises(NotUp, match="it says nothing"):
        await apart.ask("pid")

    assert not alive(int((folder / "pid").read_text()))


async def test_the_end_is_a_farewell(apart: Apart, tmp_path: Path) -> None:
    """Kept sessions are ended in good manners; then the process is gone, and a later request starts another."""
    before = await apart.ask("pid")
    await apart.close()

    assert (tmp_path / "closed").exists()
    assert not alive(before)
    assert await apart.ask("pid") != before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_that_are_meant_for_the_daemon_do_not_end_it(apart: Apart, number: signal.Signals) -> None:
    """A terminal and a service manager send them to all processes, and the daemon still needs it for its last batch."""
    before = await apart.ask("pid")
    os.kill(before, number)
    await asyncio.sleep(0.2)

    assert await apart.ask("pid") == before


@pytest.mark.parametrize("work", ["60", "busy"])
def test_it_goes_with_the_daemon_at_once(tmp_path: Path, work: str) -> None:
    """Whatever it is doing when the daemon is killed: a new daemon must be alone."""
    command = [sys.executable, "-c", PARENT, str(tmp_path / "closed"), work]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.2)
        assert alive(pid)
        parent.kill()
        parent.wait()

    until(lambda: not alive(pid), "the end of the other process", 2.0, 0.01)


async def test_its_log_is_the_daemons(apart: Apart, capfd: pytest.CaptureFixture[str]) -> None:
    """A fault there is told like any other."""
    from router import maillog

    handlers, level = logging.getLogger().handlers[:], logging.getLogger("router").level
    try:
        maillog.setup("json")
        with pytest.raises(Failed):
            await apart.ask("fail")
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger("router").setLevel(level)

    assert '"event": "a request failed"' in capfd.readouterr().err


def alive(pid: int) -> bool:
    """Whether there is such a process, and not only what is left of one until its parent looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
