"""The pulse: what the service manager hears, and when it hears nothing."""

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from router.sdnotify import notify, watchdog_seconds
from router.store import keeping
from router.store.database import Database
from router.store.health import STUCK
from router.store.spool import Spool
from router.store.tables import sighting
from router.store.writer import Unit
from router.watch.pulse import Pulse
from tests.bench.daemon import Daemon
from tests.bench.letters import letter
from tests.bench.locking import locked
from tests.bench.manager import Manager, manager
from tests.bench.smtp import Client
from tests.bench.wait import until
from tests.store.desk import StandingClock, opened, seen


@pytest.fixture
def database(tmp_path: Path):
    """An open database."""
    with opened(tmp_path) as database:
        yield database


@pytest.fixture
def listening(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A service manager that this process is told of."""
    with manager(folder) as made:
        monkeypatch.setenv("NOTIFY_SOCKET", made.name)
        yield made


class Beats:
    """A pulse whose beats are counted."""

    def __init__(self, database: Database, listening: Manager, watchdog: float = 4.0) -> None:
        self.clock = StandingClock()
        self.well = 0
        self.pulse = Pulse(database, self.clock, watchdog, self._count)
        self.listening = listening

    def _count(self) -> None:
        self.well += 1

    async def beat(self) -> tuple[bool, bool]:
        """One beat: whether the manager was told, and whether all is well."""
        told, well = len(self.listening.listen()), self.well
        await self.pulse.beat()
        return self.listening.listen()[told:] == ["WATCHDOG=1"], self.well > well


async def test_a_router_that_works_is_alive_and_well(database: Database, listening: Manager) -> None:
    """With nothing to do, too."""
    beats = Beats(database, listening)

    assert [await beats.beat(), await beats.beat()] == [(True, True)] * 2


async def test_a_backlog_whose_head_moves_is_no_fault(database: Database, listening: Manager) -> None:
    """After a long outage the oldest mail is hours old for a while."""
    beats, spool = Beats(database, listening), Spool(database)
    for number in range(4):
        await spool.accept(seen(letter(number)))
    found = [await beats.beat()]
    for _ in range(3):
        beats.clock.later(minutes=4)
        database.write("test", _route_head)
        found.append(await beats.beat())

    assert found == [(True, True)] * 4


async def test_mail_that_nobody_routes_is_neither_alive_nor_well(database: Database, listening: Manager) -> None:
    """The writer commits, the loop turns, and still no copy goes out; a standing alarm says so until it is over."""
    beats = Beats(database, listening)
    await Spool(database).accept(seen())
    found = [await beats.beat()]
    beats.clock.at += STUCK
    found.append(await beats.beat())
    beats.clock.later(seconds=1)
    found.append(await beats.beat())
    alarms = database.read(lambda c: [row["code"] for row in keeping.open_alarms(c, beats.clock.now())])
    database.write("test", _route_head)
    found.append(await beats.beat())

    assert found == [(True, True), (True, True), (False, False), (True, True)]
    assert alarms == ["routing-stuck"]
    assert database.read(lambda c: keeping.open_alarms(c, beats.clock.now())) == []


async def test_a_writer_that_hangs_is_not_alive(database: Database, listening: Manager) -> None:
    """A disk that does not answer holds it in the kernel."""
    beats, go = Beats(database, listening, watchdog=0.6), threading.Event()
    database.writer.enqueue([Unit("busy", call=lambda connection: go.wait(20))])
    hung = await beats.beat()
    go.set()
    await asyncio.sleep(0.1)

    assert [hung, await beats.beat()] == [(False, False), (True, True)]


@pytest.mark.soak  # SQLite itself waits for ten seconds
async def test_a_locked_store_is_alive_and_not_well(database: Database, listening: Manager) -> None:
    """A restart would not open it, and senders are told to come again."""
    beats = Beats(database, listening, watchdog=60)
    assert database.path is not None
    database.write("test", lambda c: keeping.touch(c, beats.clock.now()))
    with locked(database.path):
        found = await beats.beat()

    assert found == (True, False)


@contextmanager
def beside(daemon: Daemon) -> Iterator[sqlite3.Connection]:
    """A second writer, which no stage of the daemon hears of."""
    with closing(sqlite3.connect(daemon.database, timeout=30)) as link, link:
        yield link


def _route_head(connection) -> None:
    head = connection.execute(sighting.select().where(sighting.c.routed.is_(None)).order_by(sighting.c.id)).first()
    connection.execute(sighting.update().where(sighting.c.id == head.id).values(routed=head.received))


def test_without_a_manager_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers and terminals have none; names that mean something else are passed over."""
    for name in (None, "", "vsock:2:1234", "relative"):
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
        if name is not None:
            monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify("READY=1")


def test_a_manager_that_is_gone_ends_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its restart is not ours."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "gone"))
    notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [
        ("30000000", None, 30.0),
        ("30000000", os.getpid, 30.0),
        ("30000000", os.getppid, None),  # meant for our parent
        ("0", None, None),
        ("x", None, None),
        (None, None, None),
    ],
)
def test_the_watchdog_is_asked_for_by_the_manager(
    monkeypatch: pytest.MonkeyPatch, usec: str | None, pid: Callable[[], int] | None, expected: float | None
) -> None:
    """sd_watchdog_enabled(3) has the rules."""
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid and str(pid()))):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert watchdog_seconds() == expected


@pytest.mark.parametrize("abstract", [False, True])
def test_the_daemon_says_when_it_listens_reloads_and_stops(folder, new_daemon, abstract) -> None:
    """systemd starts what comes after it, and no sooner; while it lives the watchdog hears of it."""
    with manager(folder, abstract=abstract) as listening:
        daemon = new_daemon().start(prefix=listening.environment(watchdog=1.5))
        listening.hear("READY=1")
        with Client(daemon.port) as client:
            assert client.greeting.code == 220
        listening.hear("WATCHDOG=1", times=3)
        os.kill(daemon.process.pid, signal.SIGHUP)
        listening.hear("RELOADING=1")
        listening.hear("READY=1", times=2)
        daemon.stop()
        told = listening.listen()

    assert told[0] == "READY=1"
    assert told[1].startswith("STATUS=listening on ")
    assert "STOPPING=1" in told
    assert any(words.startswith("MONOTONIC_USEC=") for words in told)


def test_a_daemon_that_cannot_listen_never_says_that_it_is_ready(folder, new_daemon, daemon) -> None:
    """The unit fails, and somebody is told."""
    with manager(folder) as listening:
        second = new_daemon("second")
        second.config.write_text(second.config.read_text().replace(str(second.port), str(daemon.port)))
        second.launch(prefix=listening.environment())

        assert second.wait() == 1
        assert listening.listen() == []


def test_the_daemon_tells_nothing_while_mail_is_stuck(folder, new_daemon) -> None:
    """Mail that came into the spool behind the back of the daemon stays there: for the watchdog it is a hung stage."""
    with manager(folder) as listening:
        options = ["--clock", "2026-11-20T12:00:00Z,300"]  # five minutes are a second
        daemon = new_daemon().start(prefix=listening.environment(watchdog=1.5), options=options)
        listening.hear("WATCHDOG=1")
        with beside(daemon) as link:
            link.execute("INSERT INTO raw (sha256, size, chunks, stored) VALUES (x'00', 0, 0, 0)")
            link.execute(
                "INSERT INTO sighting (id, sha256, size, source, sender, recipients, received)"
                " VALUES ('0000000000000000', x'00', 0, 'smtp', '', '[]', 0)"
            )
        until(lambda: "routing stands still" in daemon.tail(), daemon.tail)
        before = listening.listen().count("WATCHDOG=1")
        time.sleep(2)
        silent = listening.listen().count("WATCHDOG=1") == before
        with beside(daemon) as link:
            link.execute("DELETE FROM sighting")
        listening.hear("WATCHDOG=1", times=before + 2)

    assert silent
    assert "the pulse is well again" in daemon.tail()
