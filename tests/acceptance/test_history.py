"""The past of a mailbox comes in: beside a running daemon, under kill and Ctrl-C, and on PostgreSQL."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from router.store.database import open_to_write
from tests.bench.daemon import INBOXES, Daemon, once_each
from tests.bench.letters import letter, letters, sha256
from tests.bench.postgres import Postgres
from tests.bench.smtp import Mta
from tests.bench.wait import until

COUNT = 2000


def mbox(path: Path, mails: list[bytes]) -> Path:
    """A file of mails, with the line ends of files."""
    with path.open("wb") as file:
        for mail in mails:
            file.write(b"From x@y Fri Nov 20 10:00:00 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n")
    return path


def command(daemon: Daemon, *words: str) -> list[str]:
    """The import of a file, as a line of a shell."""
    start = [sys.executable, "-m", "router", "--config", str(daemon.config), "import", "--mailbox", "support"]
    return [*start, "--inbox", str(daemon.folder / "in"), *words]


@contextmanager
def importing(daemon: Daemon) -> Iterator["subprocess.Popen[str]"]:
    """An import as a process; killed at the end, if it still runs."""
    process = subprocess.Popen(command(daemon, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def messages(daemon: Daemon) -> int:
    """How many the store has."""
    return int(daemon.ask("SELECT count(*) FROM message")[0][0])


def finished(daemon: Daemon) -> dict[str, Any]:
    """The same import from its beginning to its end."""
    ran = daemon.cli("import", "--mailbox", "support", "--inbox", str(daemon.folder / "in"), "--json", seconds=100)
    assert ran.code == 0, ran.err
    return dict(ran.rows[0])


def whole(daemon: Daemon, count: int = COUNT) -> None:
    """Everything is there once, and nothing went out."""
    rows = daemon.ask("SELECT message_id, uncopied, direction FROM message")

    assert Counter(rows) == {(f"past-{number}@customer.example", "imported", "in"): 1 for number in range(count)}
    assert daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NULL") == [(0,)]
    assert daemon.ask("SELECT count(*) FROM outbox") == [(0,)]
    assert all(not daemon.inbox(name).counts() for name in INBOXES)


@pytest.fixture
def made(new_daemon: Callable[..., Daemon]) -> Daemon:
    """An installation with a file of the past; nothing runs."""
    daemon = new_daemon()
    open_to_write(f"sqlite:///{daemon.database}", lambda error: None).close()
    mbox(daemon.folder / "in", letters(COUNT, "past"))
    return daemon


def test_a_running_daemon_takes_it(made: Daemon) -> None:
    """By its socket; a repeat is nothing new, whoever takes it."""
    made.start()
    assert finished(made) == {"read": COUNT, "stored": COUNT, "repeats": 0, "faults": 0}
    whole(made)
    assert finished(made) == {"read": COUNT, "stored": 0, "repeats": COUNT, "faults": 0}
    made.stop()

    assert finished(made) == {"read": COUNT, "stored": 0, "repeats": COUNT, "faults": 0}
    whole(made)
    assert made.ask("SELECT count(*) FROM sighting") == [(COUNT,)]


def test_a_large_mail_goes_to_the_daemon_in_pieces(new_daemon: Callable[..., Daemon]) -> None:
    """No line of the socket holds it."""
    daemon = new_daemon().start()
    large = letter(0, "\r\n".join(["x" * 70] * 60_000), "past")
    mbox(daemon.folder / "in", [large, letter(1, seed="past")])

    assert finished(daemon) == {"read": 2, "stored": 2, "repeats": 0, "faults": 0}
    whole(daemon, 2)
    sizes = daemon.ask("SELECT size, chunks, (SELECT count(*) FROM chunk c WHERE c.sha256 = r.sha256) FROM raw r")
    assert sorted(sizes)[-1] == (len(large.replace(b"\r\n", b"\n")), 9, 9)


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_an_import_that_is_ended_in_the_midst_goes_on(made: Daemon, running: bool, number: signal.Signals) -> None:
    """Once each, however often it is begun anew."""
    if running:
        made.start()
    for some in (150, 1200):  # more than the first one can have left behind
        with importing(made) as process:
            until(lambda some=some: messages(made) >= some, lambda: "nothing is stored", 60)
            process.send_signal(number)
            began = time.monotonic()
            process.wait(30)
        assert process.returncode == (130 if number is signal.SIGINT else -9)
        assert time.monotonic() - began < 5
    done = finished(made)

    assert done["read"] == COUNT
    assert done["stored"] <= COUNT - 1200
    whole(made)


@pytest.mark.parametrize("at", ["accept.before-commit", "accept.after-commit", "route.before-commit"])
def test_an_import_that_dies_around_a_commit_goes_on(made: Daemon, at: str) -> None:
    """The commits are where things could be lost or doubled."""
    ran = made.cli(*command(made)[5:], "--json", fault=f"{at}:4")
    assert ran.code == -9, ran.err

    assert finished(made)["read"] == COUNT
    whole(made)


def test_a_daemon_that_dies_meanwhile_is_told_and_the_rest_goes_on(made: Daemon) -> None:
    """The command does not wait for ever."""
    made.start()
    with importing(made) as process:
        until(lambda: messages(made) >= 150, lambda: "nothing is stored", 60)
        made.kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert "goes on" in err
    made.start()

    assert finished(made)["faults"] == 0
    whole(made)


def test_live_mail_is_copied_while_the_past_comes_in(made: Daemon) -> None:
    """Also the mail that is in both."""
    made.start()
    live = [*letters(40, "live"), *letters(COUNT, "past")[:40]]
    done: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: done.append(finished(made)))
    thread.start()
    until(lambda: messages(made) >= 100, lambda: "nothing is stored", 60)
    with Mta(made.port, live) as mta:
        mta.finish()
    thread.join(100)
    made.settle()

    assert done[0]["read"] == COUNT
    assert made.arrivals() == once_each(map(sha256, live))
    assert messages(made) == COUNT + 40


def test_several_routers_share_the_work(new_daemon: Callable[..., Daemon], postgres_server: Postgres) -> None:
    """On PostgreSQL: alone the command routes by itself, beside a daemon it leaves that to whoever has the role."""
    url = postgres_server.new_database()
    daemon = new_daemon(url=url)
    mbox(daemon.folder / "in", letters(700, "past")[:400])
    assert finished(daemon) == {"read": 400, "stored": 400, "repeats": 0, "faults": 0}
    mbox(daemon.folder / "in", letters(700, "past"))
    daemon.start()

    assert finished(daemon) == {"read": 700, "stored": 300, "repeats": 400, "faults": 0}
    with psycopg.connect(url.replace("+psycopg", "")) as link:
        rows = link.execute("SELECT uncopied, count(*), count(DISTINCT message_id) FROM message GROUP BY 1").fetchall()
        assert rows == [("imported", 700, 700)]
        assert link.execute("SELECT count(*) FROM outbox").fetchall() == [(0,)]
