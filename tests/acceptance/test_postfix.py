"""With a real Postfix in front: whatever is wrong with the database, Postfix keeps the mail and no customer gets a bounce."""

from collections import Counter

import pytest

from tests.bench.daemon import INBOXES
from tests.bench.disk import small_disk
from tests.bench.letters import letters
from tests.bench.locking import locked
from tests.bench.numbers import numbers
from tests.bench.smtp import Client
from tests.bench.wait import until

COUNT = 12


def send(postfix, mails):
    """Customers hand their mail to Postfix, which takes it."""
    with Client(postfix.port) as client:
        codes = [client.mail(mail).code for mail in mails]
    assert codes == [250] * len(mails)


def deferred(postfix, count):
    """Wait until so many attempts have been put off."""
    until(lambda: len(postfix.statuses("deferred")) >= count, postfix.log, 60, 0.3)


def once(count):
    """What `numbers` says when each of so many letters is in each inbox exactly once."""
    return {name: Counter(range(count)) for name in INBOXES}


def test_mail_passes_through(daemon, new_postfix):
    """The bench itself works: what follows would pass if nothing ever arrived."""
    postfix = new_postfix(daemon.port)
    send(postfix, letters(COUNT))
    postfix.drain()
    daemon.settle()

    assert numbers(daemon) == once(COUNT)
    assert len(postfix.statuses("sent")) == COUNT


def test_a_locked_database_defers_and_never_bounces(daemon, new_postfix):
    """A backup program or a forgotten shell may hold the lock for longer than anyone waits."""
    postfix = new_postfix(daemon.port)
    with locked(daemon.database):
        send(postfix, letters(COUNT))
        deferred(postfix, 1)  # of these each takes as long as the daemon waits for the lock
        assert numbers(daemon) == once(0)
    postfix.drain()
    daemon.settle()

    assert postfix.statuses("bounced") == []
    assert "451 4.3.0" in postfix.log()
    assert numbers(daemon) == once(COUNT)


def test_a_full_disk_defers_and_never_bounces(folder, new_daemon, new_postfix):
    """The disk that holds the database is full; somebody makes room; nothing else needs to be done."""
    with small_disk(folder / "disk", megabytes=4) as disk:
        daemon = new_daemon(database="disk/router.db", router="min_free_space = 1").start()
        postfix = new_postfix(daemon.port)
        disk.fill()
        send(postfix, letters(COUNT))
        deferred(postfix, COUNT)
        disk.free()
        postfix.drain()
        daemon.settle()

        assert postfix.statuses("bounced") == []
        assert "452 4.3.1" in postfix.log()
        assert numbers(daemon) == once(COUNT)
        daemon.stop()


def test_a_daemon_that_is_down_defers_and_never_bounces(daemon, new_postfix):
    """An upgrade takes a while."""
    postfix = new_postfix(daemon.port)
    daemon.stop()
    send(postfix, letters(COUNT))
    deferred(postfix, COUNT)
    daemon.start()
    postfix.drain()
    daemon.settle()

    assert postfix.statuses("bounced") == []
    assert numbers(daemon) == once(COUNT)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_disk_that_fills_up_by_itself_loses_and_doubles_nothing(folder, new_daemon, new_postfix):
    """The disk fills in the middle of the work and not while it rests."""
    with small_disk(folder / "disk", megabytes=2) as disk:
        daemon = new_daemon(database="disk/router.db", router="min_free_space = 1").start()
        postfix = new_postfix(daemon.port)
        send(postfix, letters(600))
        until(lambda: postfix.statuses("deferred"), postfix.log, 120, 0.3)
        disk.grow(megabytes=64)
        postfix.drain(240)
        daemon.settle(240)

        assert postfix.statuses("bounced") == []
        assert numbers(daemon) == once(600)
        daemon.stop()
