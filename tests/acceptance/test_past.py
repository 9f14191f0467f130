"""The past of a watched account comes in, alone and beside the daemon that watches it; a real Dovecot throughout."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.store.database import open_to_write
from tests.bench.daemon import Daemon, once_each
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letter, letters, sha256
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

NewPast = Callable[..., Daemon]
NOW = datetime.now(UTC)
COUNT = 600


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """The company's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "mike": Account()}).start()
    yield made
    made.stop()


@pytest.fixture
def new_past(dovecot: Dovecot, new_daemon: Callable[..., Daemon]) -> NewPast:
    """Makes installations that know a source, not yet started."""

    def make(*sources: str, **parts: str) -> Daemon:
        text = "\n".join(sources or (source(dovecot.port, more='mailbox = "support"'),))
        daemon = with_password(new_daemon("router", extra=text, **parts))
        open_to_write(f"sqlite:///{daemon.database}", lambda error: None).close()
        return daemon

    return make


def imported(daemon: Daemon, *words: str, name: str = "watched") -> dict[str, Any]:
    """The import from its beginning to its end."""
    ran = daemon.cli("import", "--source", name, *words, "--json", seconds=100)
    assert ran.code == 0, ran.err
    return dict(ran.rows[0])


def counts(read: int, stored: int, repeats: int = 0) -> dict[str, Any]:
    """What it tells."""
    return {"read": read, "stored": stored, "repeats": repeats, "faults": 0}


def watching(daemon: Daemon, name: str = "watched") -> None:
    """Wait until a source has been read once."""
    rows = f"SELECT state FROM watched WHERE name = '{name}' AND last_success IS NOT NULL"
    until(lambda: daemon.ask(rows) == [("watching",)], daemon.tail)


def reply(number: int, seed: str, at: str = "Fri, 20 Nov 2026 11:30:00 +0000") -> bytes:
    """Our answer to a letter."""
    return (
        f"From: Anna <anna@example.com>\r\nTo: kim{number}@customer.example\r\nSubject: Re: Order {seed}-{number}\r\n"
        f"Date: {at}\r\nMessage-ID: <re-{seed}-{number}@example.com>\r\n"
        f"In-Reply-To: <{seed}-{number}@customer.example>\r\n\r\nIt is on its way.\r\n"
    ).encode()


def test_what_was_there_is_stored_with_its_time_and_goes_nowhere(new_past: NewPast, dovecot: Dovecot) -> None:
    """As history under the name of the source; a repeat fetches nothing and leaves no row."""
    day = NOW - timedelta(days=10)
    put(dovecot, *letters(20, "old"), at=day)
    daemon = new_past()

    assert imported(daemon) == counts(20, 20)
    rows = daemon.ask("SELECT DISTINCT source, history, received / 1000000, verdict FROM sighting")
    assert rows == [("watched", 1, int(day.timestamp()), "new")]
    assert daemon.ask("SELECT DISTINCT uncopied FROM message") == [("imported",)]
    assert daemon.ask("SELECT count(*) FROM outbox") == [(0,)]
    assert imported(daemon) == counts(20, 0, 20)
    assert daemon.ask("SELECT count(*) FROM sighting") == [(20,)]
    assert {parts[b"FLAGS"] for parts in dovecot.mails().values()} <= {(), (b"\\Recent",)}


def test_a_length_of_time_or_a_day_bounds_it(new_past: NewPast, dovecot: Dovecot) -> None:
    """The server's INTERNALDATE decides."""
    put(dovecot, *letters(3, "ancient"), at=NOW - timedelta(days=200))
    put(dovecot, *letters(4, "old"), at=NOW - timedelta(days=50))
    put(dovecot, *letters(5, "late"), at=NOW - timedelta(days=5))
    daemon = new_past()

    assert imported(daemon, "--since", "30d") == counts(5, 5)
    assert imported(daemon, "--since", f"{NOW - timedelta(days=90):%Y-%m-%d}") == counts(9, 4, 5)
    assert imported(daemon) == counts(12, 3, 9)


def holds(daemon: Daemon, some: int) -> bool:
    """Whether so many transmissions are stored; the import may still be making its database."""
    with suppress(sqlite3.OperationalError):
        return daemon.ask(f"SELECT count(*) >= {some} FROM sighting") == [(1,)]
    return False


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
def test_an_import_that_is_killed_in_the_midst_goes_on(new_past: NewPast, dovecot: Dovecot, running: bool) -> None:
    """Once each, however often it is begun anew."""
    put(dovecot, *letters(COUNT, "old"))
    daemon = new_past()
    if running:
        daemon.start()
        watching(daemon)
    line = [sys.executable, "-m", "router", "--config", str(daemon.config), "import", "--source", "watched"]
    for some in (1, 350):
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until(lambda: holds(daemon, some), daemon.tail, 60, pause=0.01)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    done = imported(daemon)

    assert (done["read"], done["faults"]) == (COUNT, 0)
    assert done["stored"] < COUNT
    rows = daemon.ask("SELECT message_id, count(*) FROM message WHERE uncopied = 'imported' GROUP BY 1")
    assert sorted(rows) == sorted((f"old-{number}@customer.example", 1) for number in range(COUNT))
    assert daemon.ask("SELECT count(*) FROM sighting") == [(COUNT,)]
    assert daemon.ask("SELECT outcome, count(*) FROM fetched GROUP BY 1") == [("stored", COUNT)]


def test_beside_a_watching_daemon_each_takes_its_own(new_past: NewPast, dovecot: Dovecot) -> None:
    """What came after the watcher's first sight is copied, once, and is no history; its comparison spares our notes."""
    put(dovecot, *letters(300, "old"))
    daemon = new_past().start()
    watching(daemon)
    before = daemon.ask("SELECT first_uid, first FROM cursor")
    line = [sys.executable, "-m", "router", "--config", str(daemon.config), "import", "--source", "watched"]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    new = letters(30, "new")
    put(dovecot, *new)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    until(lambda: daemon.inbox("mike").counts().total() >= 30, daemon.tail, 60)
    daemon.settle()

    assert daemon.arrivals() == once_each(map(sha256, new))
    assert daemon.ask("SELECT history, count(*) FROM sighting GROUP BY 1") == [(0, 30), (1, 300)]
    assert daemon.ask("SELECT first_uid, first FROM cursor") == before
    daemon.stop()
    with closing(sqlite3.connect(daemon.database)) as link, link:
        link.execute("UPDATE cursor SET compared = NULL")
    daemon.start()
    until(lambda: daemon.ask("SELECT server, stored FROM cursor WHERE compared IS NOT NULL") == [(30, 30)], daemon.tail)
    assert daemon.ask("SELECT count(*) FROM fetched") == [(330,)]
    assert imported(daemon) == counts(300, 0, 300)


def test_where_nobody_has_watched_yet_the_watcher_begins_where_the_history_ends(
    new_past: NewPast, dovecot: Dovecot
) -> None:
    """What comes between the two is lost to neither, and copied."""
    put(dovecot, *letters(10, "old"))
    daemon = new_past()
    assert imported(daemon) == counts(10, 10)
    between = letters(5, "between")
    put(dovecot, *between)
    assert imported(daemon) == counts(10, 0, 10)
    daemon.start()
    until(lambda: daemon.inbox("mike").counts().total() >= 5, daemon.tail, 60)
    daemon.settle()

    assert daemon.arrivals() == once_each(map(sha256, between))


def test_what_stands_in_sent_are_answers(new_past: NewPast, dovecot: Dovecot) -> None:
    """Nine of twelve customers have theirs, and the other three wait."""
    put(dovecot, *letters(12, "old"), at=NOW - timedelta(days=9))
    put(dovecot, *(reply(number, "old") for number in range(9)), folder="Sent", at=NOW - timedelta(days=8))
    daemon = new_past()

    assert imported(daemon) == counts(21, 21)
    waiting = daemon.cli("waiting", "--json")
    assert {row["customer"] for row in waiting.rows} == {f"kim{number}@customer.example" for number in (9, 10, 11)}
    assert daemon.ask("SELECT mailbox, source FROM outbound") == [("support", "watched")]


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
def test_a_history_with_few_answers_says_that_we_cannot_see_them(
    new_past: NewPast, dovecot: Dovecot, running: bool
) -> None:
    """Nobody of it is called waiting, until a further import shows the answers."""
    put(dovecot, *letters(12, "old"), at=NOW - timedelta(days=9))
    put(dovecot, reply(0, "old"), folder="Sent", at=NOW - timedelta(days=8))
    daemon = new_past(source(dovecot.port, more='mailbox = "support"\nsent = ["Sent"]'))
    if running:
        daemon.start()
        watching(daemon)
    assert imported(daemon) == counts(13, 13)

    assert daemon.ask("SELECT mailbox, reason FROM blind") == [("support", "few-answers")]
    assert daemon.cli("waiting", "--json").rows == []
    (alarm,) = (one for one in daemon.status()["alarms"] if one["code"] == "answers-unseen")
    assert (alarm["detail"]["people"], alarm["detail"]["answered"]) == (12, 1)
    mbox = daemon.folder / "sent.mbox"
    mails = (reply(number, "old") for number in range(1, 8))
    mbox.write_bytes(b"".join(b"From x@y Fri Nov 20 11:30:00 2026\n" + one + b"\n" for one in mails))
    assert daemon.cli("import", "--mailbox", "support", "--sent", str(mbox), "--json").rows == [counts(7, 7)]
    assert daemon.ask("SELECT mailbox FROM blind") == []
    assert len(daemon.cli("waiting", "--json").rows) == 4


def test_of_an_executive_only_what_belongs_to_a_conversation_is_fetched(new_past: NewPast, dovecot: Dovecot) -> None:
    """By header; also what belongs to it only through his own answer. His other mail is his own."""
    more = letter(70, "Thank you, one more thing.", "more").replace(b"kim70@", b"kim1@")
    more = more.replace(b"\r\n\r\n", b"\r\nIn-Reply-To: <re-old-1@example.com>\r\n\r\n", 1)
    more = more.replace(b"To: support@", b"To: mike@")
    put(dovecot, *letters(3, "old"), at=NOW - timedelta(days=9))
    put(dovecot, letter(50, seed="private"), more, user="mike", at=NOW - timedelta(days=7))
    put(dovecot, reply(1, "old"), reply(60, "private"), folder="Sent", user="mike", at=NOW - timedelta(days=8))
    daemon = new_past(
        source(dovecot.port, more='mailbox = "support"'),
        source(dovecot.port, user="mike", name="mikes", kind="executive"),
    )
    assert imported(daemon) == counts(3, 3)

    assert imported(daemon, name="mikes") == counts(2, 2)
    rows = daemon.ask("SELECT message_id, direction FROM message WHERE message_id NOT LIKE 'old-%' ORDER BY 1")
    assert rows == [("more-70@customer.example", "in"), ("re-old-1@example.com", "out")]
    assert daemon.ask("SELECT count(DISTINCT thread) FROM message") == [(3,)]
    assert imported(daemon, name="mikes") == counts(2, 0, 2)


def test_uids_that_were_given_anew_double_nothing(new_past: NewPast, dovecot: Dovecot) -> None:
    """Before the watcher has looked, and after it has noted which of them are old."""
    put(dovecot, *letters(8, "old"), at=NOW - timedelta(days=9))
    daemon = new_past()
    assert imported(daemon) == counts(8, 8)
    dovecot.forget_uids()
    assert imported(daemon) == counts(8, 0, 8)
    daemon.start()
    watching(daemon)

    assert imported(daemon) == counts(8, 0, 8)
    assert daemon.ask("SELECT count(*) FROM sighting") == [(8,)]
    assert not any(daemon.arrivals().values())


def test_a_broken_session_is_begun_anew_and_a_missing_folder_is_told(new_past: NewPast, dovecot: Dovecot) -> None:
    """What can be had is had."""
    put(dovecot, *letters(COUNT, "old"))
    daemon = new_past(source(dovecot.port, more='mailbox = "support"\ninbound = ["INBOX", "Nowhere"]'))
    line = [sys.executable, "-m", "router", "--config", str(daemon.config), "import", "--source", "watched", "--json"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stored = "SELECT count(*) FROM sighting"
    until(lambda: daemon.ask(stored) != [(0,)], daemon.tail, 60, pause=0.01)
    dovecot.kill_sessions()
    out, err = process.communicate(timeout=100)

    assert process.returncode == 1
    assert f'"stored": {COUNT}, "repeats": 0, "faults": 1' in out
    assert "watched: Nowhere" in err
    assert daemon.ask(stored) == [(COUNT,)]


def test_a_refused_login_is_told_and_not_repeated(new_past: NewPast, dovecot: Dovecot) -> None:
    """It has its words, and the code of what may go well later."""
    daemon = new_past()
    (daemon.folder / "password").write_text("another one")
    ran = daemon.cli("import", "--source", "watched", seconds=60)

    assert ran.code == 75
    assert "refuses the login of ann" in ran.err
