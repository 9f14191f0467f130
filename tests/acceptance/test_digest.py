"""A digest arrives once for each slot: killed at every step, late, on two routers, under a clock that is moved."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

import pytest

from router.mail import mark
from tests.bench.daemon import INBOXES, Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.installation import TWO_MAILDIRS
from tests.bench.locking import locked
from tests.bench.postgres import postgres
from tests.bench.relay import CLOSE, Relay
from tests.bench.wait import until

ANN = """
[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "localhost"
port = {imap}
security = "none"
username = "ann"
password_file = "password"
"""
DIGEST = """
[[digest]]
name = "nightly"
to = [{to}]
at = "{at}"

[delivery]
look_after = "1s"
resend_after = "1s"
lease = "{lease}"
"""
RELAY = '[relay]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
ADDRESS = 'address = "router@example.com"'
EVENING, BEFORE, AFTER = "2026-11-22T20:00:00Z,1", "2026-11-23T06:59:58Z,2", "2026-11-23T07:00:40Z,2"

# Every moment in the life of a digest at which one side knows of it and the other does not.
MAKING = ("digest.before-commit", "digest.after-commit", "claim.before-commit", "claim.after-commit")
DELIVERING = ("deliver.before-commit", "deliver.after-commit")
OF_MAILDIR = ("maildir.written", "maildir.synced", "maildir.renamed", "maildir.folder-synced")


def digest(*to: str, at: str = "07:00", lease: str = "60s") -> str:
    """A digest to these people."""
    return DIGEST.format(to=", ".join(f'"{one}@example.com"' for one in to), at=at, lease=lease)


def known(daemon: Daemon, evening: str = EVENING) -> Daemon:
    """The digest is known since the evening before."""
    daemon.start(options=["--clock", evening])
    until(lambda: daemon.ask("SELECT count(*) FROM edition") == [(1,)], daemon.tail)
    daemon.stop()
    return daemon


def sent(daemon: Daemon) -> list[tuple[str, int]]:
    """Slots, and what each has missed."""
    return daemon.ask("SELECT slot, missed FROM edition WHERE kind = 'nightly' ORDER BY at")  # type: ignore[return-value]


def delivered(daemon: Daemon, slots: int = 1) -> None:
    """Wait until so many digests were made and nothing waits."""
    until(lambda: len(sent(daemon)) >= slots, daemon.tail, 30)
    daemon.settle()


def digests(daemon: Daemon, inbox: str) -> list[Message]:
    """Those in a Maildir."""
    return [message_from_bytes(file.read_bytes()) for file in daemon.inbox(inbox).files()]


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Ann's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account()}).start()
    yield made
    made.stop()


@pytest.mark.parametrize("point", [*MAKING, *DELIVERING, *OF_MAILDIR])
def test_a_kill_at_any_step_of_a_digest_leaves_exactly_one(
    new_daemon: Callable[..., Daemon], dovecot: Dovecot, point: str
) -> None:
    """In a Maildir and in an IMAP account."""
    inboxes = TWO_MAILDIRS + ANN.format(imap=dovecot.port)
    daemon = new_daemon("router", inboxes=inboxes, router=ADDRESS, extra=digest("mike", "ann"))
    (daemon.folder / "password").write_text(PASSWORD)
    (daemon.folder / "password").chmod(0o600)
    known(daemon)
    daemon.start(fault=point, options=["--clock", BEFORE])
    code = daemon.wait(45)
    daemon.start(options=["--clock", AFTER])
    delivered(daemon)
    by_maildir, by_imap = digests(daemon, "mike"), [message_from_bytes(one) for one in dovecot.bodies(user="ann")]

    assert code == -9
    assert sent(daemon) == [("2026-11-23", 0)]
    assert len(by_maildir) == len(by_imap) == 1
    assert by_maildir[0]["Message-ID"] == by_imap[0]["Message-ID"]
    assert (by_maildir[0]["To"], by_imap[0]["To"]) == ("<mike@example.com>", "<ann@example.com>")


@pytest.mark.parametrize(
    "point", [*(pytest.param(one, marks=pytest.mark.soak) for one in MAKING[:3]), MAKING[3], *DELIVERING]
)
async def test_a_kill_at_any_step_doubles_a_digest_by_smtp_only_where_it_says_so(
    new_daemon: Callable[..., Daemon], point: str
) -> None:
    """SMTP cannot be asked: what goes again is the same bytes, and its receipt owns up."""
    async with Relay() as relay:
        extra = RELAY.format(port=relay.port) + digest("anna")
        daemon = new_daemon(router=ADDRESS, extra=extra)
        await asyncio.to_thread(known, daemon)
        await asyncio.to_thread(lambda: daemon.start(fault=point, options=["--clock", BEFORE]))
        code = await asyncio.to_thread(daemon.wait, 45)
        await asyncio.to_thread(lambda: daemon.start(options=["--clock", AFTER]))
        await asyncio.to_thread(delivered, daemon)
        doubled = (await asyncio.to_thread(daemon.status))["possibly_doubled"]
        mails = list(relay.mails)

    assert code == -9
    assert sent(daemon) == [("2026-11-23", 0)]
    assert 1 <= len(mails) <= 1 + doubled
    assert len({mail.octets for mail in mails}) == 1
    if point != "deliver.before-commit":
        assert len(mails) == 1


async def test_a_digest_whose_answer_was_lost_goes_again_and_owns_up(new_daemon: Callable[..., Daemon]) -> None:
    """The same bytes, so that whoever compares Message-IDs keeps one."""
    async with Relay({"END": [CLOSE]}) as relay:
        daemon = new_daemon(router=ADDRESS, extra=RELAY.format(port=relay.port) + digest("anna"))
        await asyncio.to_thread(known, daemon)
        await asyncio.to_thread(lambda: daemon.start(options=["--clock", BEFORE]))
        await asyncio.to_thread(delivered, daemon)
        status = await asyncio.to_thread(daemon.status)
        (row,) = await asyncio.to_thread(daemon.rows, "trace", "nightly")
        mails = list(relay.mails)

    assert status["possibly_doubled"] == 1
    assert len({mail.octets for mail in mails}) == 1
    letter = message_from_bytes(mails[0].octets)
    token = letter["X-Router-Copy"]
    assert letter["Message-ID"] == f"<{mark.message_id(token, 'digest', 'router.example.com')}>"
    assert mails[0].command.startswith(f"MAIL FROM:<router+{token}@example.com>")
    assert mails[0].recipients == ["anna@example.com"]
    assert row["copies"][0]["inbox"] == "anna@example.com"
    assert status["digests"][0]["name"] == "nightly"


def test_a_daemon_that_was_away_sends_one_and_says_so(new_daemon: Callable[..., Daemon]) -> None:
    """Three nights without a router are one digest."""
    daemon = known(new_daemon(router=ADDRESS, extra=digest("mike")))
    daemon.start(options=["--clock", "2026-11-25T12:00:00Z,2"])
    delivered(daemon)
    (letter,) = digests(daemon, "mike")

    assert sent(daemon) == [("2026-11-25", 2)]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert digests(daemon, "helen") == []
    assert "digest     nightly, next " in daemon.cli("status").out
    told = daemon.cli("trace", "nightly").out
    assert "nightly, 2026-11-25" in told
    assert "2 before it missed" in told
    assert "mike         delivered" in told


def test_a_store_that_is_locked_at_the_slot_delays_the_digest(new_daemon: Callable[..., Daemon]) -> None:
    """It goes out once somebody lets go."""
    daemon = known(new_daemon(router=ADDRESS, extra=digest("mike")))
    daemon.start(options=["--clock", "2026-11-23T06:59:50Z,2"])
    with locked(daemon.database):
        until(
            lambda: "wait" in daemon.tail() or "refuses" in daemon.tail() or "trying again" in daemon.tail(),
            daemon.tail,
            40,
        )
    delivered(daemon)

    assert sent(daemon) == [("2026-11-23", 0)]
    assert len(digests(daemon, "mike")) == 1


def test_a_moved_clock_has_every_digest_of_two_weeks(new_daemon: Callable[..., Daemon]) -> None:
    """With the Sunday on which half past one is left out."""
    daemon = new_daemon(router=ADDRESS, extra=digest("mike", at="01:30", lease="30d"))
    daemon.start(options=["--clock", "2027-03-16T12:00:00Z,60000"])
    until(lambda: len(sent(daemon)) >= 14, daemon.tail, 90)
    daemon.stop()
    first = date.fromisoformat(sent(daemon)[0][0])  # the clock ran while the daemon came up
    days = [(first + number * timedelta(days=1)).isoformat() for number in range(14)]

    assert first < date(2027, 3, 28) < first + timedelta(days=13)
    assert sent(daemon)[:14] == [(day, 0) for day in days]
    daemon.start(options=["--clock", "2027-06-01T12:00:00Z,1"])  # however far it has run on meanwhile
    daemon.settle()
    ids = [letter["Message-ID"] for letter in digests(daemon, "mike")]
    assert len(ids) == len(set(ids)) == len(sent(daemon))


def test_a_restored_database_sends_one_digest_at_the_most_and_says_that_it_is_late(
    new_daemon: Callable[..., Daemon], folder: Path
) -> None:
    """It does not know what went out since the backup; an open letter is looked for where one can look."""
    # In the future, since `db restored` goes by the clock of the machine.
    daemon = known(new_daemon("first", router=ADDRESS, extra=digest("mike")), "2041-11-24T20:00:00Z,1")
    daemon.start(fault="deliver.before-commit", options=["--clock", "2041-11-25T06:59:58Z,2"])
    daemon.wait(45)
    assert daemon.cli("backup", str(folder / "open.db")).code == 0
    first, later = ("2041-11-25", 0), ("2041-11-27", 1)
    for name, clock, slots in (
        ("soon", "2041-11-25T07:00:40Z,2", [first]),
        ("later", "2041-11-27T12:00:00Z,2", [first, later]),
    ):
        other = new_daemon(name, router=ADDRESS, extra=digest("mike"))
        shutil.copy(folder / "open.db", other.database)
        shutil.copytree(daemon.folder / "mike", other.folder / "mike")
        restored = other.cli("db", "restored")
        other.start(options=["--clock", clock])
        delivered(other, len(slots))

        assert restored.code == 0
        assert sent(other) == slots
        assert len(digests(other, "mike")) == len(slots)
        other.stop()


def test_two_routers_send_one_digest(new_daemon: Callable[..., Daemon]) -> None:
    """On one PostgreSQL, both awake at the slot."""
    with postgres() as server:
        url = server.new_database()
        one, two = (
            new_daemon(name, url=url, router=ADDRESS, extra=digest("mike", lease="30d")) for name in ("one", "two")
        )
        for inbox in INBOXES:
            (one.folder / inbox).mkdir()
            (two.folder / inbox).symlink_to(one.folder / inbox)
        try:
            for daemon in (one, two):
                daemon.start(options=["--clock", "2026-11-22T20:00:00Z,8000"])
            until(lambda: len(digests(one, "mike")) >= 5, lambda: one.tail() + two.tail(), 60)
            for daemon in (one, two):
                daemon.stop()
            one.start(options=["--clock", "2027-06-01T12:00:00Z,1"])  # later than whatever they have put off
            one.settle()
        finally:
            for daemon in (one, two):
                daemon.kill()
        found = digests(one, "mike")

    assert len({letter["Subject"] for letter in found}) == len(found)


def test_the_founders_letter_comes_on_sunday_evening(new_daemon: Callable[..., Daemon]) -> None:
    """By its default, once, and the whole way into an inbox."""
    weekly = (
        digest("mike").replace('name = "nightly"', 'name = "founders"\nkind = "weekly"').replace('at = "07:00"\n', "")
    )
    daemon = known(new_daemon(router=ADDRESS, extra=weekly), "2026-11-21T20:00:00Z,1")
    daemon.start(options=["--clock", "2026-11-22T17:59:58Z,2"])
    until(lambda: len(digests(daemon, "mike")) == 1, daemon.tail, 30)
    daemon.stop()
    (letter,) = digests(daemon, "mike")

    assert daemon.ask("SELECT kind, slot FROM edition WHERE kind != 'begun'") == [("weekly", "2026-11-22")]
    assert str(make_header(decode_header(letter["Subject"]))).startswith("Your customers this week: ")
