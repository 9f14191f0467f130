"""PostgreSQL breaks under the router: senders are put off for a while, and what was taken is kept and delivered once."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon, once_each
from tests.bench.disk import small_disk
from tests.bench.killing import toll
from tests.bench.letters import letter, letters, sha256
from tests.bench.postgres import Postgres, postgres
from tests.bench.smtp import Client, Mta
from tests.bench.strace import DOT, attach, calls, first
from tests.bench.wait import until

LEASE = '[delivery]\nlease = "3s"\n'
BOUND = 15.0  # seconds within which a sender has its answer, whatever the database does


@pytest.fixture(scope="module")
def shared():
    """A server that the tests of this module break one after the other."""
    with postgres() as server:
        yield server


@pytest.fixture
def server(shared: Postgres):
    """It runs again afterwards, however the test ended."""
    yield shared
    if not shared.running:
        shared.start()


@pytest.fixture
def daemon(server: Postgres, new_daemon) -> Daemon:
    """A running daemon with a database on the server."""
    return new_daemon(url=server.new_database(), extra=LEASE).start()


def under_load(daemon: Daemon, count: int, seed: str, breaking) -> Mta:
    """Send `count` mails while `breaking` is done; afterwards everything is settled."""
    with Mta(daemon.port, letters(count, seed)) as mta:
        until(lambda: mta.settled > count // 10, daemon.tail)
        breaking(mta)
        mta.finish(120)
    daemon.settle(90)
    return mta


def nothing_is_lost(daemon: Daemon, mta: Mta, count: int) -> bool:
    """Every mail of the sender was taken in the end, and is in each inbox once."""
    counted = toll(daemon, mta.accepted, 0)
    assert counted.clean, counted
    assert len(set(mta.accepted)) == count
    return True


def test_while_the_server_is_gone_senders_are_put_off_and_nothing_is_lost(server: Postgres, daemon: Daemon):
    """A database is restarted under its clients now and then; the router is to live through it."""

    def breaking(mta: Mta) -> None:
        server.stop()
        taken = len(mta.accepted)
        with Client(daemon.port, timeout=BOUND) as client:
            assert [client.mail(letter(n, seed="down")).code for n in range(3)] == [451] * 3
        time.sleep(1)
        assert len(mta.accepted) <= taken + 4  # one connection each: answered before the stop, read after it
        server.start()

    mta = under_load(daemon, 600, "gone", breaking)

    assert nothing_is_lost(daemon, mta, 600)
    assert set(mta.answers) == {250, 451}
    assert mta.longest < BOUND


def ended(server: Postgres, pid: int) -> None:
    """An administrator ends one connection."""
    server.ask("SELECT pg_terminate_backend(%s)", pid)


def killed(server: Postgres, pid: int) -> None:
    """The kernel ends one process, and the server drops all others and recovers as after a crash."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists(), "the server's notice of it")
    until(lambda: server.running, "the server's recovery")


@pytest.mark.parametrize(("end", "times"), [(ended, 20), (killed, 4)])
def test_a_connection_that_is_ended_under_load_costs_nothing(server: Postgres, daemon: Daemon, end, times: int):
    """Whichever it is, the writer's or a reader's, and whatever it was doing."""

    def breaking(mta: Mta) -> None:
        for number in range(times):
            pids = until(lambda: server.serving(daemon.url), daemon.tail)
            end(server, pids[number % len(pids)])
            time.sleep(0.1)

    mta = under_load(daemon, 600, f"backend-{times}", breaking)

    assert nothing_is_lost(daemon, mta, 600)
    assert set(mta.answers) <= {250, 451}
    assert mta.longest < BOUND


def test_a_full_disk_under_the_server_puts_off_with_452(server: Postgres, new_daemon):
    """The sender's queue is the place to wait until somebody has made room."""
    with small_disk(server.folder / "disk", megabytes=24) as disk:
        (disk.path / "cluster").mkdir()
        daemon = new_daemon(url=server.new_database_on(disk.path / "cluster"), extra=LEASE).start()

        def breaking(mta: Mta) -> None:
            disk.fill()
            until(lambda: mta.answers[452] > 10, daemon.tail)
            disk.free()

        try:
            mta = under_load(daemon, 600, "full", breaking)

            assert nothing_is_lost(daemon, mta, 600)
            assert set(mta.answers) == {250, 452}
        finally:
            daemon.kill()
            server.drop(daemon.url)


def test_a_250_outlives_the_death_of_the_whole_server(server: Postgres, daemon: Daemon):
    """All its processes at once, the one that writes the log of a lazy commit included."""
    taken = []
    for number in range(5):
        with Client(daemon.port) as client:
            mail = letter(number, seed="power")
            assert client.mail(mail).code == 250
        server.kill()
        taken.append(sha256(mail))
        server.start()
        until(lambda: daemon.arrivals() == once_each(taken), daemon.tail)


def test_the_servers_log_is_synced_between_the_final_dot_and_the_250(server: Postgres, daemon: Daemon, folder):
    """Seen from the kernel, which is asked by two programs: the server syncs, then the router answers."""
    pids = [daemon.process.pid, *server.serving(daemon.url)]
    with Client(daemon.port) as client, attach(folder / "strace.txt", pids):
        assert client.mail(letter(1)).code == 250
        daemon.settle()
        daemon.stop()
    found = calls(folder / "strace.txt", daemon.process.pid)
    dot = first(found, lambda call: call.name in ("read", "recvfrom") and DOT in call.text, "final dot")
    yes = first(found, lambda call: call.begun > dot.ended and '"250 2.' in call.text, "250 after it")
    log = f"<{server.data}/pg_wal/"
    between = [call for call in found if call.name in ("fsync", "fdatasync") and log in call.text and call.worked]

    assert any(dot.ended < sync.begun and sync.ended < yes.begun for sync in between)


def test_a_stop_while_the_server_is_gone_is_clean(server: Postgres, daemon: Daemon):
    """Whoever stops both need not know which goes first."""
    server.stop()
    with Client(daemon.port, timeout=BOUND) as client:
        assert client.mail(letter(1)).code == 451

    daemon.stop()


def test_a_start_while_the_server_is_gone_says_come_again(server: Postgres, daemon: Daemon):
    """A service manager starts it anew, and a person reads why."""
    daemon.stop()
    server.stop()
    ran = daemon.cli("run")

    assert ran.code == 75
    assert "Traceback" not in ran.err
    assert daemon.cli("status").code == 75
