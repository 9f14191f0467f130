"""Telling the operator, by a real command and over real HTTP."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.store.database import Database
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.watch import calls
from router.watch.alarms import SHOWN, Teller
from router.watch.calling import Calling
from router.watch.calls import CallFailed, call_url, post_json, run_command
from router.watch.disk import DiskWatch
from router.watch.heartbeat import EVERY, Heartbeat
from tests.bench.daemon import Daemon
from tests.bench.ports import free_port
from tests.bench.wait import until
from tests.bench.web import Web, web
from tests.store.desk import NOON, StandingClock, opened, put

# Appends what it is given to the file that its first argument names.
NOTE = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database."""
    with opened(tmp_path) as database:
        yield database


@pytest.fixture
def server() -> Iterator[Web]:
    """A web server."""
    with web() as server:
        yield server


def raise_(database: Database, *abouts: str, code: str = "disk-low") -> None:
    """Raise an alarm about each of these."""
    put(database, (RAISE_ALARM, [alarm_row(code, about, {"free": 7}, NOON) for about in abouts]))


def teller(database: Database, server: Web, clock: StandingClock | None = None) -> Teller:
    """One that posts."""
    call = lambda given: post_json(f"{server.url}/hook", given)  # noqa: E731
    return Teller(Calling("webhook", call, "router.example.com"), database, clock or StandingClock())


def posted(server: Web) -> list[dict[str, Any]]:
    """What came, read again."""
    return [json.loads(body) for body in server.bodies]


async def test_a_webhook_is_given_the_alarm_and_its_end(database: Database, server: Web) -> None:
    """Codes and values, and a text for chat services."""
    raise_(database, "database")
    told = teller(database, server)
    await told.tick()
    await told.tick()
    put(database, (CLEAR_ALARM, [clear_row("disk-low", "database", NOON)]))
    await told.tick()
    raised, cleared = posted(server)

    assert server.asked[0][:2] == ("POST", "/hook")
    assert raised == {
        "hostname": "router.example.com",
        "code": "disk-low",
        "state": "raised",
        "text": "router.example.com: disk-low raised",
        "count": 1,
        "alarms": [
            {
                "key": "disk-low:database",
                "detail": {"free": 7},
                "first": "2026-11-20T12:00:00.000Z",
                "last": "2026-11-20T12:00:00.000Z",
                "count": 1,
            }
        ],
    }
    assert (cleared["state"], cleared["text"]) == ("cleared", "router.example.com: disk-low cleared")


async def test_a_thousand_alarms_of_one_kind_are_one_call(database: Database, server: Web) -> None:
    """A dead server fails every copy; nobody wants a thousand messages."""
    raise_(database, *map(str, range(1000)), code="copy-failed")
    raise_(database, "database")
    await teller(database, server).tick()

    assert {told["code"]: (told["count"], len(told["alarms"])) for told in posted(server)} == {
        "copy-failed": (1000, SHOWN),
        "disk-low": (1, 1),
    }


async def test_what_failed_is_told_again_and_nothing_else(database: Database, server: Web) -> None:
    """An alarm that was raised while the network was down is the one that matters."""
    raise_(database, "database")
    told = teller(database, server)
    server.status = 503
    with pytest.raises(CallFailed, match="503"):
        await told.tick()
    server.status = 200
    await told.tick()
    await told.tick()

    assert len(server.asked) == 2


async def test_a_restart_tells_nothing_twice(database: Database, server: Web) -> None:
    """What was told stands in the database."""
    raise_(database, "database")
    await teller(database, server).tick()
    await teller(database, server).tick()

    assert len(server.asked) == 1


async def test_the_loop_of_a_teller_waits_after_a_failure(
    database: Database, server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on after it."""
    monkeypatch.setattr("router.watch.alarms.LOOK", 0.05)
    raise_(database, "database")
    told = teller(database, server)
    told._rest = 0.5
    server.status = 500
    running = asyncio.create_task(told.run())
    await asyncio.sleep(0.3)
    while_resting = len(server.asked)
    server.status = 200
    await asyncio.sleep(0.8)
    running.cancel()

    assert (while_resting, len(server.asked)) == (1, 2)


def test_a_command_is_given_the_alarm_at_its_input(tmp_path: Path) -> None:
    """Arguments are its own; no shell looks at them."""
    run_command([sys.executable, "-c", NOTE, str(tmp_path / "$HOME")], b'{"code": "x"}')

    assert (tmp_path / "$HOME").read_bytes() == b'{"code": "x"}\n'


def test_a_command_that_reads_nothing_is_a_success(tmp_path: Path) -> None:
    """`true` is a command."""
    run_command(["true"], b"x" * 1_000_000)


def test_a_command_is_not_told_what_the_service_manager_tells_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that says READY=1 would say it for us."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/x")
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    out = tmp_path / "env"
    run_command(
        [sys.executable, "-c", "import os,sys; open(sys.argv[1],'w').write(repr(dict(os.environ)))", str(out)], b""
    )

    assert "NOTIFY_SOCKET" not in out.read_text()
    assert "WATCHDOG_USEC" not in out.read_text()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["sh", "-c", "echo no route to pager; exit 3"], "ended with 3: no route to pager"),
        (["sh", "-c", "echo wrong >&2; exit 1"], "ended with 1: wrong"),
        (["/nonexistent/pager"], "cannot be started: .*No such file"),
    ],
)
def test_a_command_that_fails_is_told_with_its_output(argv: list[str], words: str) -> None:
    """Whoever reads the log has nothing else."""
    with pytest.raises(CallFailed, match=words):
        run_command(argv, b"")


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pager's modem that does not answer must not pile up processes."""
    monkeypatch.setattr(calls, "COMMAND_SECONDS", 0.5)
    with pytest.raises(CallFailed, match="took more than"):
        run_command(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"], b"")
    child = int((tmp_path / "pid").read_text())

    until(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text(), "its end")


@pytest.mark.parametrize("status", [404, 500, 302])
def test_an_answer_that_is_no_yes_is_a_failure(server: Web, status: int) -> None:
    """A page that says sorry is no call that was heard."""
    server.status = status
    with pytest.raises(CallFailed, match=str(status)):
        post_json(f"{server.url}/secret-token", b"{}")


def test_a_secret_in_a_url_is_never_told() -> None:
    """Webhooks have them in their path."""
    with pytest.raises(CallFailed) as failed:
        call_url(f"http://127.0.0.1:{free_port()}/secret-token")

    assert "secret" not in str(failed.value)
    assert "refused" in str(failed.value)


async def test_the_heartbeat_goes_once_a_minute_and_its_failures_are_logged_once(
    server: Web, caplog: pytest.LogCaptureFixture
) -> None:
    """A monitoring service that is down for a day is two lines."""
    clock = StandingClock()
    heart = Heartbeat(f"{server.url}/beat", clock)

    async def beat() -> None:
        heart.well()
        while heart._under_way:  # noqa: ASYNC110 - it has no event to wait for, nor a use for one
            await asyncio.sleep(0.01)

    with caplog.at_level("INFO"):
        await beat()
        await beat()
        for status in (500, 500, 200, 200):
            server.status = status
            clock.at += EVERY
            await beat()

    assert [(method, path) for method, path, _ in server.asked] == [("GET", "/beat")] * 5
    told = [record.getMessage() for record in caplog.records]
    assert told == ["heartbeat_url cannot be called: the answer was 500", "heartbeat_url can be called again"]


class Room:
    """A reserve by hand."""

    def __init__(self) -> None:
        self.least, self.free, self.is_low = 100, 1000, False

    def low(self) -> bool:
        return self.is_low


async def test_the_disks_alarm_stands_as_long_as_its_cause(database: Database) -> None:
    """Each change is written once."""
    room = Room()
    watch = DiskWatch(database, StandingClock(), room)  # type: ignore[arg-type]
    found = []
    for low in (False, True, True, False):
        room.is_low = low
        await watch.look()
        query = "SELECT count, cleared IS NULL FROM alarm"
        found.append(database.read(lambda c: [tuple(row) for row in c.exec_driver_sql(query)]))  # noqa: B023

    assert found == [[], [(1, 1)], [(1, 1)], [(1, 0)]]


ALARM = """[alarm]
command = '''{python} -c "{note}" '{folder}/an alarm.json' '''
webhook = "{url}/hook"
heartbeat_url = "{url}/beat"
"""


def test_the_daemon_tells_by_command_and_webhook_and_its_heart_beats(
    folder: Path, new_daemon: Any, server: Web
) -> None:
    """The whole way: bad rules, both channels, mended rules, both channels."""
    text = ALARM.format(python=sys.executable, note=NOTE.replace("\\", "\\\\"), folder=folder, url=server.url)
    daemon: Daemon = new_daemon(extra=text, router='rules = "rules"')
    rules = daemon.folder / "rules" / "10.toml"
    rules.parent.mkdir()
    rules.write_text('[[rule]]\nname = "all"\ncopy_to = ["*"]\n')
    daemon.start()
    states = []
    for words in ("nonsense", '[[rule]]\nname = "all"\ncopy_to = ["mike"]\n'):
        rules.write_text(words)
        assert daemon.process is not None
        os.kill(daemon.process.pid, signal.SIGHUP)
        until(lambda: len(heard(folder)) == len(states) + 1 == len(hooks(server)), daemon.tail)
        states.append((heard(folder)[-1]["state"], hooks(server)[-1]["state"]))

    assert states == [("raised", "raised"), ("cleared", "cleared")]
    assert {told["code"] for told in heard(folder) + hooks(server)} == {"configuration-fault"}
    assert ("GET", "/beat", b"") in server.asked


def heard(folder: Path) -> list[dict[str, Any]]:
    """What the command wrote down."""
    file = folder / "an alarm.json"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def hooks(server: Web) -> list[dict[str, Any]]:
    """What was posted."""
    return [json.loads(body) for method, path, body in server.asked if path == "/hook"]


def test_a_channel_that_hangs_holds_up_neither_mail_nor_the_stop(new_daemon: Any, folder: Path) -> None:
    """It has a thread of its own, and the end does not wait for it."""
    daemon: Daemon = new_daemon(extra='[alarm]\ncommand = "sleep 20"', router='rules = "rules"')
    (daemon.folder / "rules").mkdir()
    (daemon.folder / "rules" / "10.toml").write_text('[[rule]]\nname = "all"\ncopy_to = ["*"]\n')
    daemon.start()
    (daemon.folder / "rules" / "10.toml").write_text("nonsense")
    assert daemon.process is not None
    os.kill(daemon.process.pid, signal.SIGHUP)
    until(lambda: b"sleep" in children(daemon), daemon.tail)
    begun = time.monotonic()
    daemon.stop()

    assert time.monotonic() - begun < 8


def children(daemon: Daemon) -> bytes:
    """The command lines of a daemon's children."""
    assert daemon.process is not None
    pids = [
        pid
        for task in Path(f"/proc/{daemon.process.pid}/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]
    return b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)
