"""`router connect` as somebody runs it: a process of its own, a provider, a Dovecot and a Postfix that take tokens only."""

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.daemon import REPOSITORY, Daemon
from tests.bench.dovecot import Account, Dovecot
from tests.bench.identity import CLIENT, TENANT, Identity, application, identity
from tests.bench.introspection import introspection
from tests.bench.letters import letter, sha256
from tests.bench.postfix import Postfix
from tests.bench.relay import Relay
from tests.bench.wait import until

from .test_oauth import SASL

# The short form, with the hosts of this machine where it would mean Microsoft's.
PLACES = f"""
[microsoft365]
tenant = "{TENANT}"
client_id = "{CLIENT}"
certificate_file = "router.pem"
authority = "{{url}}"

[relay]
host = "127.0.0.1"
port = {{relay}}
security = "none"
username = "router@example.com"
oauth = "microsoft365"

[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "127.0.0.1"
port = {{imap}}
security = "none"
oauth = "microsoft365"

[[source]]
mailbox = "support"
username = "support@example.com"
host = "127.0.0.1"
port = {{imap}}
security = "none"
oauth = "microsoft365"
"""
ROUTER = 'address = "router@example.com"\noperator = ["it@example.com"]'


class Connecting:
    """The command at work."""

    def __init__(self, daemon: Daemon) -> None:
        self._file = daemon.folder / "told"
        with self._file.open("wb") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "router", "connect", "microsoft365", "--config", str(daemon.config)],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
            )

    def told(self) -> str:
        """All it said."""
        return self._file.read_text()

    def until(self, words: str) -> None:
        """Wait until it says this."""
        until(lambda: words in self.told(), self.told, 40)


@pytest.fixture
def provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """A provider that the command trusts."""
    with identity(folder) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture
def dovecot(folder: Path, provider: Identity) -> Iterator[Dovecot]:
    """A mail server where an application's token opens every mailbox of the company."""
    users = {name: Account() for name in ("ann", "support", "router")}
    with introspection(provider.tokens) as url:
        made = Dovecot(folder / "d", introspection=url, auth_socket=True, whole_domain=True, users=users).start()
        yield made
        made.stop()


def installed(new_daemon: Callable[..., Daemon], provider: Identity, imap: int, relay: int) -> Daemon:
    """A configuration, and a key that nobody has registered yet."""
    places = PLACES.format(url=provider.url, imap=imap, relay=relay)
    daemon = new_daemon("router", inboxes="", extra=places, router=ROUTER)
    pair = application(daemon.folder)
    pair.key.chmod(0o600)
    return daemon


async def test_it_tests_until_the_administrator_is_done(
    new_daemon: Callable[..., Daemon], provider: Identity, dovecot: Dovecot, new_postfix: Callable[..., Postfix]
) -> None:
    """First no certificate, then an account that Exchange does not know, then green, and mail is copied; nobody is hammered."""
    dovecot.remove("ann")
    async with Relay() as it:
        postfix = await asyncio.to_thread(new_postfix, it.port, SASL.format(folder=dovecot.folder))
        daemon = installed(new_daemon, provider, dovecot.port, postfix.port)
        begun = time.monotonic()
        connecting = Connecting(daemon)
        await asyncio.to_thread(connecting.until, "again in 5 s")
        provider.certificates.append(daemon.folder / "router.cer")
        await asyncio.to_thread(connecting.until, "again in 10 s")
        dovecot.add("ann")
        code = await asyncio.to_thread(connecting.process.wait, 60)
        took, asked = time.monotonic() - begun, len(provider.grants)
        await asyncio.to_thread(daemon.start)
        await asyncio.to_thread(until, lambda: "watching" in daemon.cli("status").out, daemon.tail)
        with dovecot.client("support") as client:
            client.append("INBOX", letter(1))
        await asyncio.to_thread(until, lambda: bool(dovecot.mails()), daemon.tail, 30)
        await asyncio.to_thread(daemon.stop)
    told = connecting.told()

    assert code == 0, told
    assert told.count("is not registered for the application") == 1
    assert told.count('ok      inbox "ann"') == 1
    assert told.index("is not registered") < told.index('FAULT   inbox "ann"') < told.index('ok      inbox "ann"')
    assert 'ok      operator "it@example.com"' in told
    assert "all is green" in told
    assert asked <= 5 + took / 5
    assert dovecot.counts() == Counter([sha256(letter(1))])
    assert not any(token in told for token in provider.tokens)


def test_an_end_by_hand_leaves_what_is_written(
    new_daemon: Callable[..., Daemon], provider: Identity, dovecot: Dovecot
) -> None:
    """Ctrl-C, at once, with the line that goes on."""
    daemon = installed(new_daemon, provider, dovecot.port, 1)
    before = daemon.config.read_text()
    connecting = Connecting(daemon)
    connecting.until("again in 5 s")
    connecting.process.send_signal(signal.SIGINT)
    code = connecting.process.wait(10)

    assert code == 130
    assert f"`router connect microsoft365 --config {daemon.config}` goes on" in connecting.told()
    assert "Traceback" not in connecting.told()
    assert daemon.config.read_text() == before


def test_what_is_mended_in_the_file_is_read(
    new_daemon: Callable[..., Daemon], provider: Identity, dovecot: Dovecot
) -> None:
    """A wrong client id is a matter of the configuration; half a file meanwhile ends nothing."""
    daemon = installed(new_daemon, provider, dovecot.port, 1)
    provider.certificates.append(daemon.folder / "router.cer")
    right = daemon.config.read_text()
    daemon.config.write_text(right.replace(CLIENT, "1f0c2b7e-0000-4000-8000-000000000000"))
    connecting = Connecting(daemon)
    connecting.until("again in 5 s")
    daemon.config.write_text(right.replace("[relay]", "[relay"))
    connecting.until("expected valid TOML")
    daemon.config.write_text(right)
    connecting.until('ok      inbox "ann"')
    connecting.process.send_signal(signal.SIGINT)
    connecting.process.wait(10)

    assert "is not known in the tenant example.com" in connecting.told()
