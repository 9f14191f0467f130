"""Watched accounts, from a mail in a customer's reach to the copy in a founder's inbox; a real Dovecot throughout."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon, once_each
from tests.bench.dovecot import Account, Dovecot
from tests.bench.letters import letters, sha256
from tests.bench.wait import until
from tests.bench.watching import put, source, with_password

NewWatch = Callable[..., Daemon]


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """The company's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "sam": Account()}).start()
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
    rows = f"SELECT state FROM watched WHERE name = '{name}' AND last_success IS NOT NULL"  # noqa: S608
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


def test_mail_that_comes_while_nobody_watches_is_taken_at_the_next_start(
    new_watch: NewWatch, dovecot: Dovecot
) -> None:
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
