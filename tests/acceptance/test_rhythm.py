"""The daemon and inboxes that want their mail once a day: nothing lost, nothing doubled, whoever dies when."""

from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest

from tests.bench.bundles import attached, in_maildir, is_bundle
from tests.bench.daemon import Daemon
from tests.bench.letters import letter, letters, sha256
from tests.bench.smtp import Client
from tests.bench.wait import until

NOON = "2026-11-20T12:00:00Z"
EVENING = "2026-11-20T18:00:00Z"
LATER = "2026-11-20T18:10:00Z"
RHYTHM = """\
[[inbox]]
address = "mike@example.com"
deliver = "maildir"
path = "mike"
rhythm = "evening"
bundle_mails = {mails}

[delivery]
look_after = "1s"
"""
HELD = "SELECT lower(hex(sha256)), reason FROM outbox WHERE state = 'held'"


@pytest.fixture
def daemon(new_daemon: Callable[..., Daemon]) -> Daemon:
    """Not yet started; ten mails to a bundle."""
    return new_daemon("router", inboxes=RHYTHM.format(mails=10), router='address = "router@example.com"')


def start(daemon: Daemon, at: str, fault: str | None = None) -> None:
    """Begin at an instant of the daemon's clock."""
    daemon.start(fault=fault, options=["--clock", at])


def send(daemon: Daemon, mails: list[bytes]) -> None:
    """Customers write."""
    with Client(daemon.port) as client:
        for number, mail in enumerate(mails):
            client.mail(mail, f"kim{number}@customer.example")
    daemon.settle()


def bundles(daemon: Daemon) -> list[bytes]:
    """The bundles in mike's inbox."""
    found = [one.block + one.original for one in daemon.inbox("mike").copies()]
    return [one for one in found if is_bundle(one)]


def all_ended(daemon: Daemon) -> bool:
    """Whether nothing waits for a bundle, nor for the end of one."""
    waiting = "SELECT count(*) FROM outbox WHERE state = 'held' AND reason IN ('rhythm', 'bundled')"
    return daemon.ask(waiting) == [(0,)]


def ended(daemon: Daemon) -> None:
    """Wait until the evening's bundle is there and its copies say so."""
    until(lambda: all_ended(daemon), lambda: f"copies still wait\n{daemon.tail()}", 40)
    daemon.settle()


def test_the_mails_of_a_day_come_in_one_bundle_byte_for_byte(daemon: Daemon) -> None:
    """And not one of them before the evening."""
    mails = letters(4)
    start(daemon, NOON)
    send(daemon, mails)
    before = daemon.inbox("mike").files()
    daemon.stop()
    start(daemon, EVENING)
    ended(daemon)
    (bundle,) = bundles(daemon)
    copies = daemon.rows("trace", "<letter-2@customer.example>")[0]["copies"]

    assert before == []
    assert Counter(in_maildir(daemon.inbox("mike"))) == Counter(map(sha256, mails))
    assert copies[0]["state"] == "delivered"
    assert copies[0]["receipt"].keys() == {"bundle", "number", "at"}
    assert message_from_bytes(bundle, policy=default)["subject"] == "Your customers today: 4 mails · Fri 20 Nov"
    assert len(attached(bundle)) == 4


def test_what_does_not_fit_is_held_and_comes_when_it_is_released(daemon: Daemon) -> None:
    """By its number in the bundle, and then all of it."""
    mails = letters(14)
    start(daemon, NOON)
    send(daemon, mails)
    daemon.stop()
    start(daemon, EVENING)
    ended(daemon)
    held = Counter(reason for _, reason in daemon.ask(HELD))
    ((edition,),) = daemon.ask("SELECT id FROM edition")
    one = daemon.cli("release", f"{edition}/12").code
    daemon.settle()
    after_one = in_maildir(daemon.inbox("mike")).total()
    all_ = daemon.cli("release", edition).code
    daemon.settle()
    again = daemon.cli("release", edition).code

    assert held == Counter({"listed": 4})
    assert (one, all_, again) == (0, 0, 1)
    assert after_one == 11
    assert in_maildir(daemon.inbox("mike")) == Counter(map(sha256, mails))


def test_mail_that_an_absence_held_comes_at_once_in_a_bundle_after_it(new_daemon: Callable[..., Daemon]) -> None:
    """The inbox itself wants each mail at once."""
    inbox = RHYTHM.format(mails=10).replace('"evening"', '"now"\naway = [[2026-11-18, 2026-11-20]]')
    daemon = new_daemon("router", inboxes=inbox)
    start(daemon, NOON)
    send(daemon, letters(3))
    daemon.stop()
    start(daemon, "2026-11-21T00:00:00Z")
    ended(daemon)
    send(daemon, [letter(1, seed="back")])

    assert len(bundles(daemon)) == 1
    assert in_maildir(daemon.inbox("mike")).total() == 4
    assert len(daemon.inbox("mike").files()) == 2


def test_a_rhythm_that_becomes_now_lets_go_what_waits(daemon: Daemon) -> None:
    """One by one, and no bundle."""
    start(daemon, NOON)
    send(daemon, letters(3))
    said = daemon.cli("rhythm", "mike", "now", "--by", "mike@example.com")
    ended(daemon)

    assert said.code == 0, said.err
    assert len(daemon.inbox("mike").files()) == 3
    assert bundles(daemon) == []


POINTS = [
    "bundle.before-commit",
    "bundle.after-commit",
    "maildir.renamed",
    "deliver.before-commit",
    "rhythm.before-commit",
    "rhythm.after-commit",
]
MORE_POINTS = [
    "chunk.before-commit",
    "chunk.after-commit",
    "claim.before-commit",
    "claim.after-commit",
    "maildir.written",
    "maildir.synced",
    "maildir.folder-synced",
    "deliver.after-commit",
]


@pytest.mark.parametrize("point", [*POINTS, *(pytest.param(one, marks=pytest.mark.soak) for one in MORE_POINTS)])
def test_a_kill_at_a_named_place_loses_and_doubles_nothing(daemon: Daemon, point: str) -> None:
    """Every mail is attached to one bundle, or still held."""
    mails = letters(14, point)
    start(daemon, NOON)
    send(daemon, mails)
    daemon.stop()
    start(daemon, EVENING, fault=point)
    code = daemon.wait(45)
    start(daemon, LATER)
    ended(daemon)
    there = in_maildir(daemon.inbox("mike"))
    held = Counter(sha for sha, _ in daemon.ask(HELD))

    assert code == -9
    assert there + held == Counter(map(sha256, mails))
    assert there.total() == 10
    assert len(bundles(daemon)) == 1
    assert daemon.inbox("mike").left_over() == []


def test_a_rule_that_somebody_keeps_goes_on_for_him(new_daemon: Callable[..., Daemon]) -> None:
    """The running daemon learns it within seconds, and "Your month" has come once."""
    daemon = new_daemon("router", router='rules = "rules"\naddress = "router@example.com"')
    (daemon.folder / "rules").mkdir()
    rule = '[[rule]]\nname = "the month"\nlast_day = 2026-11-20\ncopy_to = ["mike", "helen"]\n'
    (daemon.folder / "rules" / "1.toml").write_text(rule)
    start(daemon, NOON)
    send(daemon, letters(2))
    daemon.stop()
    start(daemon, "2026-11-21T00:00:00Z")
    until(lambda: len(daemon.inbox("mike").files()) == 3, daemon.tail, 30)
    kept = daemon.cli("keep", "the month", "mike", "--by", "mike@example.com")
    until(lambda: "learnt" in daemon.tail(200), daemon.tail, 20)
    send(daemon, [letter(1, seed="after")])
    told = [one.block + one.original for one in daemon.inbox("mike").copies()]
    subjects = [message_from_bytes(one, policy=default)["subject"] for one in told]

    assert kept.code == 0, kept.err
    assert sum(one.startswith("Your month: 2 letters") for one in subjects) == 1
    assert len(daemon.inbox("mike").files()) == 4
    assert len(daemon.inbox("helen").files()) == 3
