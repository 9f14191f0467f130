"""The whole router with logins by token: a provider of one's own, Dovecot for IMAP, Postfix for SMTP."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.cutproxy import CutProxy
from tests.bench.daemon import Daemon, once_each
from tests.bench.dovecot import Dovecot
from tests.bench.identity import CLIENT, TENANT, Identity, application, identity, service_account
from tests.bench.introspection import introspection
from tests.bench.letters import letter, sha256
from tests.bench.postfix import Postfix
from tests.bench.relay import Relay
from tests.bench.smtp import Client
from tests.bench.wait import until
from tests.bench.watching import put

MICROSOFT = f"""
[[oauth]]
name = "ms"
provider = "microsoft"
tenant = "{TENANT}"
client_id = "{CLIENT}"
certificate_file = "router.pem"
authority = "{{url}}"
"""
GOOGLE = """
[[oauth]]
name = "google"
provider = "google"
service_account_file = "google.json"
"""
ANN = """
[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "127.0.0.1"
port = {port}
security = "none"
username = "ann@example.com"
oauth = "{oauth}"
"""
WATCHED = """
[[source]]
name = "support-imap"
mailbox = "support"
host = "127.0.0.1"
port = {port}
security = "none"
username = "ann@example.com"
oauth = "ms"
"""
PAUL = """
[relay]
host = "127.0.0.1"
port = {port}
security = "none"
username = "ann@example.com"
oauth = "ms"

[[inbox]]
address = "paul@example.com"
deliver = "smtp"
from_mode = "redirect"
"""
# Only whoever logs in may send, and Dovecot says who that is.
SASL = """
mynetworks =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""


@pytest.fixture
def provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """A provider that the daemon trusts."""
    with identity(folder) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture
def dovecot(folder: Path, provider: Identity) -> Iterator[Dovecot]:
    """A mail server that asks that provider."""
    with introspection(provider.tokens) as url:
        made = Dovecot(folder / "d", introspection=url, auth_socket=True).start()
        yield made
        made.stop()


@pytest.fixture
def ours(folder: Path, provider: Identity, new_daemon: Callable[..., Daemon]) -> Callable[..., Daemon]:
    """Makes a router with these places, not yet started; its certificate is registered."""
    pair = application(folder)
    provider.certificates.append(pair.certificate)

    def make(*places: str, router: str = 'address = "router@example.com"') -> Daemon:
        daemon = new_daemon("router", extra=MICROSOFT.format(url=provider.url) + "".join(places), router=router)
        (daemon.folder / "router.pem").write_bytes(pair.key.read_bytes())
        (daemon.folder / "router.pem").chmod(0o600)
        return daemon

    return make


def send(daemon: Daemon, *numbers: int) -> None:
    """Customers write."""
    with Client(daemon.port) as client:
        for number in numbers:
            client.mail(letter(number), f"kim{number}@customer.example")


async def test_copies_go_by_imap_and_smtp_with_one_token(
    ours: Callable[..., Daemon], provider: Identity, dovecot: Dovecot, new_postfix: Callable[..., Postfix]
) -> None:
    """Into a Dovecot and through a Postfix that take nothing else; `check` is content, and alarms go the same way."""
    async with Relay() as paul:
        postfix = await asyncio.to_thread(new_postfix, paul.port, SASL.format(folder=dovecot.folder))
        router = 'address = "router@example.com"\noperator = ["it@example.com"]'
        daemon = ours(ANN.format(port=dovecot.port, oauth="ms"), PAUL.format(port=postfix.port), router=router)
        checked = await asyncio.to_thread(daemon.cli, "check", "--json")
        before = len(provider.grants)
        await asyncio.to_thread(daemon.start)
        await asyncio.to_thread(send, daemon, 1, 2)
        await asyncio.to_thread(daemon.settle)
        await asyncio.to_thread(until, lambda: len(paul.mails) >= 2, postfix.log)
        rows = await asyncio.to_thread(daemon.cli, "status", "--json")
        await asyncio.to_thread(daemon.stop)

    fine = {(row["what"], row["name"]) for row in checked.rows if row["state"] == "ok"}
    assert checked.code == 0, checked.out
    assert fine >= {("oauth", "ms"), ("inbox", "ann"), ("inbox", "paul"), ("relay", f"127.0.0.1:{postfix.port}")}
    assert dovecot.counts() == Counter([sha256(letter(1)), sha256(letter(2))])
    assert len(provider.grants) - before == 1
    assert "sasl_method=XOAUTH2, sasl_username=ann@example.com" in postfix.log()
    assert rows.rows[0]["outbox"]["delivered"] == 8
    assert not any(token in daemon.log.read_text() for token in provider.tokens)


def test_a_watched_account_is_read_with_a_token(
    ours: Callable[..., Daemon], provider: Identity, dovecot: Dovecot
) -> None:
    """`check` tries it; what comes in is copied, also after the connection and the token have ended."""
    watched = "SELECT state FROM watched WHERE last_success IS NOT NULL"
    daemon = ours(WATCHED.format(port=dovecot.port))
    checked = daemon.cli("check", "--json")
    daemon.start()
    until(lambda: daemon.ask(watched) == [("watching",)], daemon.tail)
    put(dovecot, letter(1))
    until(lambda: daemon.inbox("mike").counts().total() == 1, daemon.tail)
    provider.tokens.clear()
    dovecot.kill_sessions()
    put(dovecot, letter(2))
    until(lambda: daemon.inbox("mike").counts().total() == 2, daemon.tail)
    daemon.settle()

    fine = {(row["what"], row["name"]) for row in checked.rows if row["state"] == "ok"}
    assert fine >= {("oauth", "ms"), ("source", "support-imap")}
    assert daemon.arrivals() == once_each([sha256(letter(1)), sha256(letter(2))])
    assert not any(token in daemon.log.read_text() for token in provider.tokens)


def test_a_service_account_of_googles(
    ours: Callable[..., Daemon], provider: Identity, dovecot: Dovecot, folder: Path
) -> None:
    """A token for each account."""
    daemon = ours(GOOGLE, ANN.format(port=dovecot.port, oauth="google"))
    (daemon.folder / "google.json").write_text(service_account(folder, provider).read_text())
    daemon.start()
    send(daemon, 1)
    daemon.settle()

    assert dovecot.counts() == Counter([sha256(letter(1))])
    assert {*provider.tokens.values()} == {"ann@example.com"}


def test_a_withdrawn_token_holds_up_no_copy(ours: Callable[..., Daemon], provider: Identity, dovecot: Dovecot) -> None:
    """The connection is cut, and the token is good no more: another is fetched at once."""
    with CutProxy(dovecot.port) as proxy:
        daemon = ours(ANN.format(port=proxy.port, oauth="ms")).start()
        send(daemon, 1)
        daemon.settle()
        provider.tokens.clear()
        proxy.cut("up", b"STATUS")
        begun = time.monotonic()
        send(daemon, 2)
        daemon.settle(20)

    assert time.monotonic() - begun < 20
    assert dovecot.counts() == Counter([sha256(letter(1)), sha256(letter(2))])
    assert len(provider.grants) == 2


def test_a_provider_that_gives_no_token_is_told_by_name_and_forgotten(
    ours: Callable[..., Daemon], provider: Identity, dovecot: Dovecot
) -> None:
    """One alarm with the cure; copies wait, and go when it is mended, without a restart."""
    registered, provider.certificates[:] = list(provider.certificates), []
    daemon = ours(ANN.format(port=dovecot.port, oauth="ms")).start()
    send(daemon, 1)

    def alarms() -> list[str]:
        return [row[0] for row in daemon.ask("SELECT key FROM alarm WHERE cleared IS NULL")]

    until(lambda: "oauth-fails:ms" in alarms(), lambda: f"an alarm: {alarms()}\n{daemon.tail()}", 40)
    shown = daemon.cli("status").out
    asked = len(provider.grants)
    time.sleep(3)
    waiting = len(provider.grants)
    provider.certificates[:] = registered
    (daemon.folder / "router.pem").touch()
    until(lambda: "oauth-fails:ms" not in alarms(), lambda: f"its end: {alarms()}\n{daemon.tail()}", 60)
    daemon.settle(60)

    assert "is not registered for the application" in shown
    assert "upload the certificate" in shown
    assert waiting == asked == 1
    assert dovecot.counts() == Counter([sha256(letter(1))])


def test_a_certificate_near_its_end_is_told_once(ours: Callable[..., Daemon], provider: Identity, folder: Path) -> None:
    """Also over a restart; a new one ends it."""
    daemon = ours(ANN.format(port=1, oauth="ms"))
    near, far = application(folder, "near", days=5), application(folder, "far", days=300)
    (daemon.folder / "router.pem").write_bytes(near.key.read_bytes())

    def rows() -> list[tuple[str, int, str | None]]:
        query = "SELECT json_extract(detail, '$.days'), count, cleared FROM alarm WHERE code = 'secret-expires'"
        with contextlib.suppress(Exception):
            return daemon.ask(query)  # type: ignore[return-value]
        return []

    daemon.start()
    until(lambda: len(rows()) == 1, daemon.tail)
    daemon.stop()
    daemon.start()
    until(lambda: "alarms" in daemon.cli("status", "--json").rows[0], daemon.tail)
    time.sleep(1)
    again = rows()
    shown = daemon.cli("status").out
    daemon.stop()
    (daemon.folder / "router.pem").write_bytes(far.key.read_bytes())
    daemon.start()
    until(lambda: rows()[0][2] is not None, daemon.tail)

    assert again == [(7, 1, None)]
    assert 'the certificate of oauth "ms" expires in less than 7 days' in shown
