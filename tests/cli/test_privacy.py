"""`router export`, `forget` and `[retention]` as their users have them: commands, with the daemon and without."""

import io
import json
import os
import pty
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli.main import router
from tests.bench.daemon import REPOSITORY, Daemon, Ran
from tests.bench.letters import letter, sha256
from tests.bench.smtp import Client, whole
from tests.bench.wait import until

KIM = "kim1@customer.example"


def post(daemon: Daemon, *numbers: int, **parts: Any) -> None:
    """Letters come in, and are copied."""
    with Client(daemon.port) as client:
        for number in numbers:
            client.mail(letter(number, **parts), f"kim{number}@customer.example")
    daemon.settle()


@pytest.fixture(scope="module")
def filled(module_new_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon that only looks are taken at."""
    daemon = module_new_daemon().start()
    post(daemon, 1, 2)
    return daemon


def within(daemon: Daemon, *arguments: str) -> Ran:
    """A command in this process, since a process of its own costs a second."""
    done = CliRunner().invoke(router, ["--config", str(daemon.config), *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def files(daemon: Daemon) -> bytes:
    """Everything in the files of the database."""
    return b"".join(one.read_bytes() for one in daemon.folder.glob("router.db*") if one.is_file())


@contextmanager
def at_a_terminal(daemon: Daemon, answer: str) -> Iterator[Ran]:
    """`forget`, asked at a terminal and answered."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "router", "--config", str(daemon.config), "forget", KIM],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        yield Ran(done.returncode, done.stdout, done.stderr)
    finally:
        os.close(ours)
        os.close(theirs)


def test_export_shows_all_that_is_known_one_object_per_line(filled: Daemon) -> None:
    """The address in whatever case."""
    rows = filled.rows("export", KIM.upper())

    assert [row["type"] for row in rows] == ["message", "sighting", "event", "copy", "copy"]
    assert (rows[0]["customer"], rows[0]["sha256"]) == (KIM, sha256(letter(1)))
    assert rows[0]["received"].endswith("Z")


def test_export_tells_people_in_a_table(filled: Daemon) -> None:
    """And where to find the rest."""
    ran = within(filled, "export", KIM)

    assert (ran.code, len(ran.out.splitlines())) == (0, 3)
    assert "Order letter-1" in ran.out


def test_export_writes_a_folder_with_the_mails_as_they_came(filled: Daemon) -> None:
    """For whoever asked; nobody else on the machine reads it."""
    ran = filled.cli("export", KIM, "--to", "of-kim")
    folder = filled.folder / "of-kim"
    (mail,) = (folder / "mails").iterdir()
    rows = [json.loads(line) for line in (folder / "known.jsonl").read_text().splitlines()]

    assert ran.code == 0, ran.err
    assert mail.read_bytes() == whole(letter(1))
    assert [row["file"] for row in rows if "file" in row] == [f"mails/{mail.name}"] * 2
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, mail)] == [0o700, 0o600]


def test_export_writes_a_zip(filled: Daemon) -> None:
    """One file is easier to hand over."""
    assert within(filled, "export", KIM, "--to", str(filled.folder / "of-kim.zip")).code == 0
    with zipfile.ZipFile(filled.folder / "of-kim.zip") as archive:
        record, (mail,) = archive.read("known.jsonl"), [one for one in archive.namelist() if one.endswith(".eml")]

        assert archive.read(mail) == whole(letter(1))
        assert len(io.BytesIO(record).readlines()) == 5
    assert stat.S_IMODE((filled.folder / "of-kim.zip").stat().st_mode) == 0o600
    assert list(filled.folder.glob("*.part")) == []


def test_export_overwrites_nothing(filled: Daemon) -> None:
    """What is there may be another person's."""
    (filled.folder / "full").mkdir()
    (filled.folder / "full" / "file").touch()
    (filled.folder / "full.zip").touch()

    for target in ("full", "full.zip", "full/file", "no/folder.zip"):
        assert within(filled, "export", KIM, "--to", str(filled.folder / target)).code == 1
    assert (filled.folder / "full.zip").stat().st_size == 0


@pytest.mark.parametrize("order", [["export"], ["forget", "--yes"]])
def test_of_a_stranger_nothing_is_known(filled: Daemon, order: list[str]) -> None:
    """In words, and with exit code 1; another plus-tag is a stranger."""
    for address in ("nobody@customer.example", "kim1+shop@customer.example"):
        ran = within(filled, *order, address)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == f"router: nothing is known of {address}\n"


@pytest.mark.parametrize("order", [["export", "kim"], ["forget", "kim", "--yes"], ["forget", KIM]])
def test_wrong_usage_is_told(filled: Daemon, order: list[str]) -> None:
    """Half an address; and nobody there to be asked whether it is meant."""
    assert within(filled, *order).code == 2
    assert within(filled, "export", KIM).code == 0


def test_forget_asks_at_a_terminal(filled: Daemon) -> None:
    """There is no way back."""
    with at_a_terminal(filled, "n\n") as ran:
        assert (ran.code, "nothing was erased" in ran.err) == (1, True)
    assert "Erase 1 messages" in ran.err
    assert within(filled, "export", KIM).code == 0


def test_forget_erases_while_the_daemon_runs(daemon: Daemon) -> None:
    """From the files too; the copies in the inboxes are listed, and mail goes on."""
    post(daemon, 1, 2)
    daemon.log.write_bytes(b"")
    *copies, end = daemon.rows("forget", KIM, "--yes")

    assert sorted(one["inbox"] for one in copies) == ["helen", "mike"]
    assert all(Path(one["receipt"]["file"]).exists() for one in copies)
    assert (end["counts"]["messages"], end["counts"]["mails"], end["clean"]) == (1, 1, True)
    assert KIM.encode() not in files(daemon)
    assert within(daemon, "export", KIM).code == 1
    assert len(daemon.rows("thread", "--all")) == 2
    log = daemon.log.read_text()
    assert KIM not in log
    assert f"forgotten audit={end['audit']} messages=1" in log
    post(daemon, 1, seed="again")
    assert len(daemon.rows("export", KIM)) == 5


def test_a_forgotten_mail_that_is_sent_again_is_not_copied(daemon: Daemon) -> None:
    """Through the daemon as it is; another recipient makes it another transmission."""
    post(daemon, 1)
    daemon.cli("forget", KIM, "--yes", "--copies")
    post(daemon, 1)

    assert [daemon.inbox(name).files() for name in ("mike", "helen")] == [[], []]
    assert daemon.status()["sightings"] == {"new": 1, "repeat": 1}
    daemon.stop()
    assert KIM.encode() not in files(daemon)


def test_forget_removes_copies_from_maildirs(daemon: Daemon) -> None:
    """Wherever a reader moved them, with whatever flags; other mail stays."""
    post(daemon, 1, 2)
    (mine,) = [one for one in daemon.inbox("mike").copies() if one.sha256 == sha256(letter(1))]
    archive = daemon.folder / "mike" / ".Archive" / "cur"
    archive.mkdir(parents=True)
    mine.path.rename(archive / f"{mine.path.name}:2,S")
    (daemon.folder / "mike" / "cur" / "1.somebody.elses").touch()
    ran = daemon.cli("forget", KIM, "--yes", "--copies")

    assert ran.out.count("removed from") == 2
    assert list(archive.iterdir()) == []
    assert [one.sha256 for one in daemon.inbox("helen").copies()] == [sha256(letter(2))]
    assert len(daemon.inbox("mike").files()) == 2


def test_forget_works_without_a_daemon(new_daemon: Callable[..., Daemon]) -> None:
    """Under the lock; what was in a dead daemon's hand is no excuse."""
    daemon = new_daemon()
    daemon.start(fault="maildir.renamed:1")
    with Client(daemon.port) as client:
        client.mail(letter(1), KIM)
    daemon.wait()
    assert daemon.ask("SELECT DISTINCT state FROM outbox") == [("sending",)]
    ran = daemon.cli("forget", KIM, "--yes", "--copies")

    assert ran.code == 0, ran.err
    assert "INFO router.mail forgotten audit=" in ran.err
    assert KIM not in ran.err
    assert KIM.encode() not in files(daemon)
    assert daemon.ask("SELECT state, reason FROM outbox") == [("skipped", "forgotten")] * 2
    assert [daemon.inbox(name).files() for name in ("mike", "helen")] == [[], []]


def test_retention_is_carried_out_at_the_start(new_daemon: Callable[..., Daemon]) -> None:
    """Without waiting for the first hour."""
    daemon = new_daemon(extra='[retention]\nraw = "1h"\ntext = "1000d"').start()
    post(daemon, 1)
    daemon.stop()
    daemon.start(options=["--clock", f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%MZ},1"])
    until(lambda: daemon.ask("SELECT count(*) FROM raw") == [(0,)], daemon.tail)

    until(lambda: "erased by age: raw 1" in daemon.tail(), daemon.tail)
    assert daemon.ask("SELECT subject FROM message") == [("Order letter-1",)]
    assert daemon.cli("check", "--offline").err.count("retention") == 0


def test_retention_is_carried_out_every_hour(new_daemon: Callable[..., Daemon]) -> None:
    """By the daemon's clock."""
    daemon = new_daemon(extra='[retention]\nmetadata = "4h"')
    daemon.start(options=["--clock", "2026-11-20T12:00Z,7200"])  # two hours in a second
    post(daemon, 1)
    until(lambda: daemon.ask("SELECT count(*) FROM message") == [(0,)], daemon.tail)

    assert daemon.ask("SELECT count(*) FROM raw") == [(0,)]
