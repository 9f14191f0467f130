"""The daemon with an executive who is reached by IMAP."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.certificates import self_signed
from tests.bench.daemon import Daemon
from tests.bench.dovecot import PASSWORD, Dovecot
from tests.bench.letters import letter, sha256
from tests.bench.smtp import Client

_INBOX = """\
[delivery]
look_after = "1s"

[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "localhost"
port = {port}
username = "ann"
password_file = "password"
folder = "Customers"
"""


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Ann's mail server, with a certificate."""
    made = Dovecot(folder / "dovecot", tls=self_signed(folder)).start()
    yield made
    made.stop()


@pytest.fixture
def with_ann(dovecot: Dovecot, new_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """A daemon that trusts that certificate, not yet started."""
    assert dovecot.tls is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.tls.certificate))
    daemon = new_daemon("router", extra=_INBOX.format(port=dovecot.tls_port))
    (daemon.folder / "password").write_text(PASSWORD)
    (daemon.folder / "password").chmod(0o600)
    return daemon


def test_a_mail_arrives_is_traced_and_forgotten(with_ann: Daemon, dovecot: Dovecot) -> None:
    """From the listener into the folder, and out of it again."""
    with_ann.start()
    with Client(with_ann.port) as client:
        for number in (1, 2):
            client.mail(letter(number), f"kim{number}@customer.example")
    with_ann.settle()
    arrived = dovecot.counts("Customers")
    traced = with_ann.cli("trace", "<letter-1@customer.example>").out
    told = with_ann.cli("forget", "kim1@customer.example", "--yes", "--copies").out

    assert arrived == Counter([sha256(letter(1)), sha256(letter(2))])
    assert "Customers" in traced
    assert "removed from ann: Customers, UID " in told
    assert dovecot.counts("Customers") == Counter([sha256(letter(2))])
