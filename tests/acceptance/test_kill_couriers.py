"""`kill -9` under load with every kind of inbox at once: two Maildirs, one by IMAP, one behind a mail server."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.installation import TWO_MAILDIRS
from tests.bench.killing import kill_at_random
from tests.bench.postfix import Postfix

_INBOXES = (
    TWO_MAILDIRS
    + """
[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "localhost"
port = {imap}
security = "none"
username = "ann"
password_file = "password"

[[inbox]]
address = "joe@example.com"
deliver = "smtp"
from_mode = "redirect"

[relay]
host = "127.0.0.1"
port = {smtp}
security = "none"

[delivery]
look_after = "1s"
resend_after = "1s"
"""
)


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Ann's and Joe's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "joe": Account()}, lmtp=True).start()
    yield made
    made.stop()


@pytest.fixture
def postfix(dovecot: Dovecot, new_postfix: Callable[..., Postfix]) -> Postfix:
    """What stands before it."""
    to_dovecot = f"transport_maps = inline:{{ {{ example.com = lmtp:[127.0.0.1]:{dovecot.lmtp_port} }} }}\n"
    return new_postfix(0, to_dovecot)


@pytest.fixture
def daemon(dovecot: Dovecot, postfix: Postfix, new_daemon: Callable[..., Daemon]) -> Daemon:
    """Not yet started."""
    inboxes = _INBOXES.format(imap=dovecot.port, smtp=postfix.port)
    made = new_daemon("router", inboxes=inboxes, router='address = "router@example.com"')
    (made.folder / "password").write_text(PASSWORD)
    (made.folder / "password").chmod(0o600)
    return made


def owned_up(daemon: Daemon) -> Counter[str]:
    """How many further copies each mail may have at Joe's by its receipt, by its sha256."""
    rows = daemon.ask(
        """SELECT lower(hex(message.sha256)), outbox.receipt ->> 'possibly_doubled'
        FROM outbox JOIN message ON message.id = outbox.message WHERE outbox.inbox = 'joe'"""
    )
    return Counter({sha256: int(count or 0) for sha256, count in rows})


@pytest.mark.parametrize(
    ("rounds", "soak"), [(3, False), pytest.param(50, True, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_kills_at_random_lose_nothing_and_double_only_what_says_so(
    daemon: Daemon, dovecot: Dovecot, postfix: Postfix, rounds: int, soak: bool
) -> None:
    """SMTP cannot be asked whether a mail arrived: of that inbox alone a receipt says that it may be there twice."""
    seed = random.SystemRandom().randrange(1_000_000)
    toll = kill_at_random(daemon, rounds, seed)
    postfix.drain()
    by_imap, by_smtp = dovecot.counts(user="ann"), dovecot.counts(user="joe")
    doubles = Counter({sha256: count - 1 for sha256, count in by_smtp.items() if count > 1})
    print(f"seed {seed}: {toll}; SMTP: {doubles.total()} doubled, {owned_up(daemon).total()} possibly")

    assert toll.clean, f"seed {seed}: {toll}"
    assert set(by_imap.values()) == {1}
    assert len(by_imap) == len(by_smtp) == toll.accepted
    assert doubles <= owned_up(daemon)
