"""Two routers on one PostgreSQL: both take mail, one routes at a time, and either may die at any moment."""

import random
import time
from contextlib import ExitStack

import pytest

from tests.bench.daemon import INBOXES, Daemon
from tests.bench.killing import toll
from tests.bench.letters import letter, letters, sha256
from tests.bench.postgres import postgres
from tests.bench.smtp import Client, Mta
from tests.bench.wait import until

LEASE = '[delivery]\nlease = "3s"\n'


@pytest.fixture
def server():
    """A PostgreSQL of their own."""
    with postgres() as server:
        yield server


@pytest.fixture
def pair(server, new_daemon):
    """Two daemons, not yet started, on one database and with the same Maildirs."""
    url = server.new_database()
    one, two = (new_daemon(name, url=url, extra=LEASE) for name in ("one", "two"))
    for inbox in INBOXES:
        (one.folder / inbox).mkdir()
        (two.folder / inbox).symlink_to(one.folder / inbox)
    yield one, two
    for daemon in (one, two):
        daemon.kill()


def send(daemon: Daemon, *mails: bytes) -> None:
    """Hand mails over, each of which is taken."""
    with Client(daemon.port) as client:
        assert [client.mail(mail).code for mail in mails] == [250] * len(mails)


def test_mail_to_either_is_copied_once(pair):
    """Whoever does not route leaves what it took to the other."""
    one, two = (daemon.start() for daemon in pair)
    send(one, letter(1))
    send(two, letter(2))
    one.settle()

    assert one.arrivals() == {name: {sha256(letter(1)): 1, sha256(letter(2)): 1} for name in INBOXES}
    assert one.status()["running"]


def test_a_mail_that_comes_to_both_is_a_repeat(pair):
    """A sender that missed the first 250 may try the other host."""
    one, two = (daemon.start() for daemon in pair)
    send(one, letter(1))
    send(two, letter(1))
    one.settle()

    assert one.inbox("mike").counts().total() == 1
    assert [row["sightings"][1]["verdict"] for row in one.rows("trace", "letter-1@customer.example")] == ["repeat"]


def test_the_role_moves_when_its_holder_dies(pair):
    """Otherwise mail would wait for a machine that is gone."""
    one, two = pair
    one.start()
    until(lambda: "routes from now on" in one.tail(), one.tail)
    two.start()
    one.kill()
    send(two, letter(1))
    until(lambda: "routes from now on" in two.tail(), two.tail, 20)
    two.settle()

    assert two.inbox("helen").counts().total() == 1


def test_commands_work_beside_the_daemons(pair):
    """There is no socket to go through, and no lock in the way."""
    one, _ = pair
    (one.folder / "helen").rmdir()
    (one.folder / "helen").write_text("in the way")
    one.start()
    send(one, letter(1))
    until(lambda: {row["state"] for row in one.rows("queue")} == {"delivered", "deferred"}, one.tail, pause=0.3)
    (one.folder / "helen").unlink()
    copy = next(row["id"] for row in one.rows("queue") if row["inbox"] == "helen")

    assert one.cli("retry", copy).code == 0
    until(lambda: one.inbox("helen").counts().total() == 1, one.tail)


@pytest.mark.parametrize("seconds", [0, 4])  # shorter than a lease, and longer
def test_both_go_on_when_the_server_was_restarted_under_them(server, pair, seconds):
    """Leases and the role may run out meanwhile, and everything in memory may be the other's by then."""
    for daemon in pair:
        daemon.start()
    with ExitStack() as stack:
        halves = [letters(200, f"restart-{seconds}-{number}") for number in range(2)]
        senders = [stack.enter_context(Mta(daemon.port, mails)) for daemon, mails in zip(pair, halves, strict=True)]
        until(lambda: all(sender.settled > 30 for sender in senders), pair[0].tail)
        server.stop()
        for inbox in INBOXES:
            pair[0].inbox(inbox).look_at_all()
        time.sleep(seconds)
        server.start()
        for sender in senders:
            sender.finish(120)
    pair[0].settle(60)
    pair[1].settle()
    accepted = {one for sender in senders for one in sender.accepted}

    assert toll(pair[0], accepted, 0).clean, toll(pair[0], accepted, 0)
    assert len(accepted) == 400
    told = set().union(*(sender.answers for sender in senders))
    assert told <= {250, 421, 451}  # 421: too many 451 on one connection


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kills", "seed"), [(4, 1), pytest.param(40, 2, marks=pytest.mark.soak)])
def test_one_killed_every_few_seconds_loses_and_doubles_nothing(pair, kills, seed):
    """Each accepted mail is once in each Maildir, whichever of the two took, routed or delivered it."""
    chance = random.Random(seed)
    for daemon in pair:
        daemon.start()
    with ExitStack() as stack:
        halves = [letters(kills * 60, f"{seed}-{number}") for number in range(2)]
        senders = [stack.enter_context(Mta(daemon.port, mails)) for daemon, mails in zip(pair, halves, strict=True)]
        for number in range(kills):
            time.sleep(chance.uniform(0.5, 2.5))
            pair[number % 2].kill()
            pair[number % 2].start()
        for sender in senders:
            sender.finish(240)
    pair[0].settle(120)
    accepted = [one for sender in senders for one in sender.accepted]

    assert toll(pair[0], accepted, kills).clean, toll(pair[0], accepted, kills)
