"""Watched accounts, from a mail in a customer's reach to the copy in a founder's inbox; a real Dovecot throughout."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon, once_each
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letter, letters, sha256
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

NewWatch = Callable[..., Daemon]


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """The company's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "mike": Account()}).start()
    yield made
    made.stop()


@pytest.fixture
def new_watch(dovecot: Dovecot, new_daemon: Callable[..., Daemon]) -> NewWatch:
    """Makes daemons that watch, not yet started."""

    def make(*sources: str, **parts: str) -> Daemon:
        text = "\n".join(sources or (source(dovecot.port, more='mailbox = "support"'),))
        return with_password(new_daemon("router", extra=text, **parts))

    return make


def watching(daemon: Daemon, name: str = "watched") -> None:
    """Wait until a source has been read once."""
    rows = f"SELECT state FROM watched WHERE name = '{name}' AND last_success IS NOT NULL"
    until(lambda: daemon.ask(rows) == [("watching",)], daemon.tail)


def arrive(daemon: Daemon, count: int, seconds: float = 60.0) -> None:
    """Wait until so many mails are in a founder's inbox, and everything has settled."""
    until(lambda: daemon.inbox("mike").counts().total() >= count, daemon.tail, seconds)
    daemon.settle()


def test_only_what_comes_from_now_on_is_copied_once(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Ten years of mail in a mailbox are nobody's news; and no flag of anybody's mail changes."""
    put(dovecot, *letters(20, "old"))
    daemon = new_watch().start()
    watching(daemon)
    new = letters(30, "new")
    put(dovecot, *new)
    arrive(daemon, 30)

    assert daemon.arrivals() == once_each(map(sha256, new))
    assert {parts[b"FLAGS"] for parts in dovecot.mails().values()} <= {(), (b"\\Recent",)}
    (row,) = [one for one in daemon.status()["sources"] if one["name"] == "watched"]
    assert (row["state"], row["stored"], row["server"]) == ("watching", 30, 30)
    assert "watched watching, 30 of 30 accounted for" in daemon.cli("status").out


def test_mail_that_comes_while_nobody_watches_is_taken_at_the_next_start(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Also what somebody else has read meanwhile: flags decide nothing."""
    daemon = new_watch().start()
    watching(daemon)
    daemon.stop()
    mails = letters(5, "meanwhile")
    put(dovecot, *mails)
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(), [b"\\Seen"])
    daemon.start()
    arrive(daemon, 5)

    assert daemon.arrivals() == once_each(map(sha256, mails))


def test_a_thousand_mails_at_once_and_some_large_ones_are_all_there_once(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """In batches, each with its cursor; what is large comes in pieces."""
    daemon = new_watch().start()
    watching(daemon)
    mails = letters(1000, "many") + [letter(9000 + number, "\r\n".join(["y" * 76] * 40_000)) for number in range(2)]
    put(dovecot, *mails)
    arrive(daemon, len(mails), 110)

    assert daemon.arrivals() == once_each(map(sha256, mails))


def test_a_killed_session_is_followed_by_another_within_seconds(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """The connection of an IDLE ends without a word."""
    daemon = new_watch().start()
    watching(daemon)
    time.sleep(1)
    before = dovecot.logins()
    assert dovecot.kill_sessions() > 0
    begun = time.monotonic()
    put(dovecot, letter(1))
    arrive(daemon, 1)

    assert time.monotonic() - begun < 10
    assert daemon.arrivals() == once_each([sha256(letter(1))])
    assert dovecot.logins() <= before + 4  # ours, and those of the test


def test_uids_that_change_while_nobody_watches_cost_and_double_nothing(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Dovecot forgets its UIDs with its index, as after many a restore."""
    put(dovecot, *letters(10, "old"))
    time.sleep(1.1)  # INTERNALDATE has whole seconds
    daemon = new_watch().start()
    watching(daemon)
    first = letters(50, "first")
    put(dovecot, *first)
    arrive(daemon, 50)
    daemon.stop()
    second = letters(5, "second")
    put(dovecot, *second)
    dovecot.forget_uids()
    daemon.start()
    arrive(daemon, 55)

    assert daemon.arrivals() == once_each(map(sha256, first + second))
    assert daemon.ask("SELECT count(*) FROM sighting") == [(55,)]
    assert [one["code"] for one in daemon.status()["alarms"]] == ["source-changed"]


def test_uids_that_change_under_an_open_session_cost_and_double_nothing(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Only opening the folder anew shows it."""
    daemon = new_watch().start()
    watching(daemon)
    mails = letters(8, "open")
    put(dovecot, *mails[:5])
    arrive(daemon, 5)
    dovecot.forget_uids()
    put(dovecot, *mails[5:])
    arrive(daemon, 8, 100)

    assert daemon.arrivals() == once_each(map(sha256, mails))


def test_a_server_that_is_frozen_is_waited_for_without_haste(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Nothing comes and nothing ends; what arrives after it thaws is copied, and the processor stays cool."""
    daemon = new_watch().start()
    watching(daemon)
    used = daemon.processor()
    with dovecot.frozen():
        time.sleep(8)
    put(dovecot, letter(1))
    arrive(daemon, 1, 100)

    assert daemon.processor() - used < 4
    assert daemon.arrivals() == once_each([sha256(letter(1))])


def test_a_mail_that_is_moved_between_watched_folders_is_copied_once(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """Out of Junk by a person who found it there."""
    put(dovecot, letter(0), folder="Junk")
    daemon = new_watch(source(dovecot.port, more='mailbox = "support"\ninbound = ["INBOX", "Junk"]')).start()
    watching(daemon)
    put(dovecot, letter(1), folder="Junk")
    arrive(daemon, 1)
    with dovecot.client() as client:
        client.select_folder("Junk")
        client.move(client.search(["SUBJECT", "letter-1"]), "INBOX")
    until(lambda: daemon.ask("SELECT count(*) FROM sighting WHERE routed IS NOT NULL") == [(2,)], daemon.tail)
    daemon.settle()

    assert daemon.arrivals() == once_each([sha256(letter(1))])


@pytest.mark.parametrize(
    ("rounds", "count"), [(4, 500), pytest.param(50, 5000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_kills_at_random_while_mail_comes_in_lose_and_double_nothing(
    new_watch: NewWatch, dovecot: Dovecot, rounds: int, count: int
) -> None:
    """The cursor and the mail it counts are one commit."""
    seed = random.SystemRandom().randrange(1_000_000)
    chance, mails = random.Random(seed), letters(count, f"kill-{seed}")
    daemon = new_watch().start()
    watching(daemon)
    feeding = threading.Thread(target=lambda: put(dovecot, *mails))
    feeding.start()
    share = count // rounds
    for number in range(rounds):
        wanted = number * share + chance.randrange(1, share)
        until(lambda: daemon.ask("SELECT count(*) FROM sighting")[0][0] >= wanted, daemon.tail, 100, 0.01)  # noqa: B023
        time.sleep(chance.uniform(0, 0.1))
        daemon.kill()
        daemon.start()
    feeding.join()
    until(lambda: len(daemon.inbox("mike").counts()) >= count, lambda: f"seed {seed}\n{daemon.tail()}", 100)
    daemon.settle()

    assert daemon.arrivals() == once_each(map(sha256, mails)), f"seed {seed}"


@pytest.mark.parametrize("fault", ["accept.before-commit:3", "accept.after-commit:3", "watch.before-commit"])
def test_a_kill_at_the_commit_of_cursor_and_mail_loses_and_doubles_nothing(
    new_watch: NewWatch, dovecot: Dovecot, fault: str
) -> None:
    """Just before, and just after."""
    daemon = new_watch().start()
    watching(daemon)
    daemon.stop()
    mails = letters(450, "commit")
    put(dovecot, *mails)
    daemon.start(fault=fault)
    assert daemon.wait(45) == -9
    daemon.start()
    arrive(daemon, len(mails), 110)

    assert daemon.arrivals() == once_each(map(sha256, mails))


QUESTION = b"""\
From: Kim Customer <kim@customer.example>\r
To: support@example.com\r
Subject: Where is it?\r
Message-ID: <question@customer.example>\r
Date: Fri, 20 Nov 2026 09:30:00 +0000\r
\r
Where is my parcel?\r
"""


def reply(sender: str, to: str, name: str, answers: str, text: str = "It is on its way to you.") -> bytes:
    """A mail that answers another one."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Re: Where is it?\r\nMessage-ID: <{name}>\r\n"
        f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\nDate: Fri, 20 Nov 2026 10:30:00 +0000\r\n\r\n{text}\r\n"
    ).encode()


def test_an_answer_is_seen_wherever_it_was_written(new_watch: NewWatch, dovecot: Dovecot) -> None:
    """In the mailbox's own folder of sent mail, found by its name; before, nobody could say who waits."""
    with dovecot.client() as client:
        client.create_folder("Gesendete Elemente")
    daemon = new_watch().start()
    watching(daemon)
    put(dovecot, QUESTION)
    arrive(daemon, 1)
    assert daemon.rows("waiting") == []  # the folder is empty: perhaps nobody sends by it
    assert [row["customer"] for row in daemon.rows("waiting", "--unknown")] == ["kim@customer.example"]
    put(
        dovecot,
        reply("support@example.com", "kim@customer.example", "answer@example.com", "question@customer.example"),
        folder="Gesendete Elemente",
    )
    until(lambda: daemon.ask("SELECT count(*) FROM message WHERE direction = 'out'") == [(1,)], daemon.tail, 60)
    daemon.settle()

    assert daemon.rows("waiting", "--unknown") == []
    assert daemon.arrivals() == once_each([sha256(QUESTION)])
    put(dovecot, letter(1))
    arrive(daemon, 2)
    assert [row["customer"] for row in daemon.rows("waiting")] == ["kim1@customer.example"]


def test_a_founders_own_account_gives_what_belongs_to_a_conversation_and_nothing_else(
    new_watch: NewWatch, dovecot: Dovecot
) -> None:
    """The founder answers by plain Reply, the customer answers the founder: the others get that, private mail nobody."""
    with dovecot.client("mike") as client:
        client.create_folder("Sent")
    mike = source(dovecot.port, user="mike@example.com", name="mike", kind="executive")
    daemon = new_watch(source(dovecot.port, more='mailbox = "support"'), mike).start()
    watching(daemon)
    watching(daemon, "mike")
    put(dovecot, QUESTION)
    arrive(daemon, 1)
    private = letter(1).replace(b"support@example.com", b"mike@example.com")
    put(dovecot, private, daemon.inbox("mike").files()[0].read_bytes(), user="mike")
    answer = reply(
        "Mike <mike@example.com>", "kim@customer.example", "from-mike@example.com", "question@customer.example"
    )
    put(dovecot, private, answer, folder="Sent", user="mike")
    until(lambda: daemon.ask("SELECT count(*) FROM message WHERE direction = 'out'") == [(1,)], daemon.tail, 80)
    again = reply(
        "Kim <kim@customer.example>", "mike@example.com", "again@customer.example", "from-mike@example.com", "No."
    )
    put(dovecot, again, user="mike")
    until(lambda: len(daemon.inbox("helen").counts()) == 2, daemon.tail, 80)
    daemon.settle()

    assert daemon.inbox("helen").counts() == Counter([sha256(QUESTION), sha256(again)])
    assert daemon.inbox("mike").counts() == Counter([sha256(QUESTION)])
    assert daemon.ask("SELECT count(*) FROM sighting WHERE source = 'mike'") == [(2,)]
    assert daemon.ask("SELECT state, reason FROM outbox WHERE state = 'skipped'") == [("skipped", "found-there")]
