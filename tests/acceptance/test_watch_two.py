"""Two routers on one PostgreSQL watch one account: one at a time, and either may die."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.daemon import INBOXES, Daemon, once_each
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letters, sha256
from tests.bench.postgres import postgres
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

_LEASE = '[delivery]\nlease = "3s"\n'


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """The company's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account()}).start()
    yield made
    made.stop()


@pytest.fixture
def pair(dovecot: Dovecot, new_daemon: Callable[..., Daemon]) -> Iterator[tuple[Daemon, Daemon]]:
    """Two daemons, not yet started, on one database and with the same Maildirs."""
    with postgres() as server:
        url = server.new_database()
        extra = _LEASE + source(dovecot.port, more='mailbox = "support"')
        one, two = (with_password(new_daemon(name, url=url, extra=extra)) for name in ("one", "two"))
        for inbox in INBOXES:
            (one.folder / inbox).mkdir()
            (two.folder / inbox).symlink_to(one.folder / inbox)
        yield one, two
        for daemon in (one, two):
            daemon.kill()


def watches(daemon: Daemon) -> bool:
    """Whether it has the role."""
    return "does watch watched from now on" in daemon.log.read_text()


def test_the_account_moves_when_its_watcher_dies_and_nothing_is_lost_or_doubled(
    dovecot: Dovecot, pair: tuple[Daemon, Daemon]
) -> None:
    """A router that is gone must not leave a mailbox unread; one that sleeps must not store what another has."""
    one, two = pair
    one.start()
    until(lambda: watches(one), one.tail)
    two.start()
    until(lambda: "is read from UID" in one.log.read_text(), one.tail)
    mails = letters(120, "two")
    put(dovecot, *mails[:60])
    one.kill()
    put(dovecot, *mails[60:])
    until(lambda: watches(two), two.tail, 40)
    until(lambda: len(two.inbox("mike").counts()) >= 120, two.tail, 60)
    two.settle()

    assert two.arrivals() == once_each(map(sha256, mails))
    assert "is read from UID" not in two.log.read_text()
