"""Bundles by IMAP and by SMTP, and `kill -9` at random moments around an evening with every kind of inbox at once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.acceptance.test_rhythm import EVENING, HELD, LATER, NOON, all_ended, ended, send, start
from tests.bench.bundles import attached, in_maildir, is_bundle, mails
from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Account, Dovecot
from tests.bench.letters import letters, sha256
from tests.bench.postfix import Postfix
from tests.bench.wait import until

_INBOXES = """\
[[inbox]]
address = "mike@example.com"
deliver = "maildir"
path = "mike"
rhythm = "evening"
bundle_mails = 10

[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "localhost"
port = {imap}
security = "none"
username = "ann"
password_file = "password"
rhythm = "evening"
bundle_mails = 10

[delivery]
look_after = "1s"
resend_after = "1s"
"""
_JOE = """
[[inbox]]
address = "joe@example.com"
deliver = "smtp"
rhythm = "evening"

[relay]
host = "127.0.0.1"
port = {smtp}
security = "none"
"""


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Ann's and Joe's mail server."""
    made = Dovecot(folder / "dovecot", users={"ann": Account(), "joe": Account()}, lmtp=True).start()
    yield made
    made.stop()


@pytest.fixture
def daemon(dovecot: Dovecot, new_daemon: Callable[..., Daemon]) -> Callable[[str], Daemon]:
    """Makes one with further inboxes, not yet started."""

    def make(more: str = "") -> Daemon:
        inboxes = _INBOXES.format(imap=dovecot.port) + more
        made = new_daemon("router", inboxes=inboxes, router='address = "router@example.com"')
        (made.folder / "password").write_text(PASSWORD)
        (made.folder / "password").chmod(0o600)
        return made

    return make


def held(daemon: Daemon, inbox: str) -> Counter[str]:
    """What an inbox has not got yet."""
    return Counter(sha for sha, _ in daemon.ask(f"{HELD} AND inbox = '{inbox}'"))


def test_a_bundle_by_smtp_is_a_letter_of_ours_with_the_originals(
    daemon: Callable[[str], Daemon], dovecot: Dovecot, new_postfix: Callable[..., Postfix]
) -> None:
    """In our name, though a customer's mail would be munged; and nothing in it is touched on the way."""
    to_dovecot = f"transport_maps = inline:{{ {{ example.com = lmtp:[127.0.0.1]:{dovecot.lmtp_port} }} }}\n"
    postfix = new_postfix(0, to_dovecot)
    made = daemon(_JOE.format(smtp=postfix.port))
    sent = letters(5)
    start(made, NOON)
    send(made, sent)
    made.stop()
    start(made, EVENING)
    ended(made)
    postfix.drain()
    (joes,) = dovecot.bodies(user="joe")
    parsed = message_from_bytes(joes, policy=default)
    (anns,) = dovecot.bodies(user="ann")

    assert is_bundle(joes)
    assert Counter(attached(joes)) == Counter(attached(anns))
    assert mails([joes]) == Counter(map(sha256, sent))
    assert [one.addr_spec for one in parsed["from"].addresses] == ["router@example.com"]
    assert parsed["x-original-from"] is None
    assert parsed["return-path"].startswith("<router+")


@pytest.mark.parametrize("point", ["bundle.after-commit:2", "claim.after-commit", "deliver.before-commit"])
def test_a_kill_around_a_bundle_by_imap_doubles_nothing(
    daemon: Callable[[str], Daemon], dovecot: Dovecot, point: str
) -> None:
    """It is looked for by its token like any copy."""
    made = daemon("")
    sent = letters(12, point)
    start(made, NOON)
    send(made, sent)
    made.stop()
    start(made, EVENING, fault=point)
    code = made.wait(45)
    start(made, LATER)
    ended(made)

    assert code == -9
    assert len(dovecot.bodies(user="ann")) == 1
    assert mails(dovecot.bodies(user="ann")) + held(made, "ann") == Counter(map(sha256, sent))
    assert in_maildir(made.inbox("mike")) + held(made, "mike") == Counter(map(sha256, sent))


@pytest.mark.parametrize(
    ("rounds", "soak"), [(2, False), pytest.param(15, True, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_kills_at_random_moments_of_an_evening_lose_and_double_nothing(
    daemon: Callable[[str], Daemon], dovecot: Dovecot, rounds: int, soak: bool
) -> None:
    """One evening after the other; what was named and not attached stays held."""
    seed = random.SystemRandom().randrange(1_000_000)
    chance, made, sent = random.Random(seed), daemon(""), list[bytes]()
    for day in range(rounds):
        more = letters(14, f"day-{day}")
        start(made, f"2026-11-{20 - rounds + day:02}T12:00:00Z")
        send(made, more)
        sent += more
        made.stop()
        for minute in range(3):
            made.launch(options=["--clock", f"2026-11-{20 - rounds + day:02}T18:{minute:02}:00Z"])
            time.sleep(chance.uniform(0.8, 5.0))
            made.kill()
        start(made, f"2026-11-{20 - rounds + day:02}T18:10:00Z")
        until(lambda: all_ended(made), lambda: f"seed {seed}: copies still wait\n{made.tail()}", 40)
        made.settle()
        made.stop()
    wanted = Counter(map(sha256, sent))

    assert mails(dovecot.bodies(user="ann")) + held(made, "ann") == wanted, f"seed {seed}"
    assert in_maildir(made.inbox("mike")) + held(made, "mike") == wanted, f"seed {seed}"
    assert len(dovecot.bodies(user="ann")) == rounds, f"seed {seed}"
