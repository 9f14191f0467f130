"""TLS of the listener: 1.2 or later, nothing kept across its begin, a certificate that can be renewed."""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from router.intake import replies
from router.intake.accept import Acceptor
from router.intake.credentials import BadCertificate, Credentials, server_tls
from router.intake.smtp import Limits, Listener, Reception
from router.store.database import Database
from router.store.spool import Spool
from tests.bench.certificates import Pair, self_signed, trusting
from tests.bench.smtp import Client, Reply
from tests.store.desk import StandingClock

T = TypeVar("T")
LIMITS = Limits(1_000_000, 10, 20, 20, idle_seconds=60)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for localhost."""
    return self_signed(tmp_path_factory.mktemp("tls"))


class Bench:
    """A listener, and a client in another thread."""

    def __init__(self, listener: Listener, port: int) -> None:
        self.listener, self.reception, self.port = listener, listener.reception, port

    async def talk(self, say: Callable[[Client], T], **how: Any) -> T:
        """Speak over a connection of one's own."""

        def session() -> T:
            with Client(self.port, timeout=20, **how) as client:
                return say(client)

        return await asyncio.to_thread(session)


@asynccontextmanager
async def listening(
    database: Database | None, credentials: Credentials, allow: str = "127.0.0.0/8", **more: Any
) -> AsyncIterator[Bench]:
    """A listener on a free port."""
    spool = Spool(database) if database else cast(Spool, None)
    reception = Reception(
        Acceptor(spool, StandingClock()),
        hostname="router.example.com",
        allow_from=[ip_network(allow)],
        knows=lambda address: address == "support@example.com",
        limits=more.pop("limits", LIMITS),
        counts=Counter(),
        credentials=credentials,
        **more,
    )
    listener = Listener(reception)
    _, port = await listener.start("127.0.0.1", 0)
    try:
        yield Bench(listener, port)
    finally:
        await listener.stop(1)


async def test_a_mail_over_tls_is_stored(database: Database, pair: Pair) -> None:
    """The large one goes over several records, and through a file."""

    def say(client: Client) -> tuple[str, list[int]]:
        client.start_tls(trusting(pair))
        version = client.socket.version()  # type: ignore[attr-defined]
        return version, [client.mail(b"x" * size).code for size in (10, 900_000)]

    async with listening(database, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        assert await bench.talk(say) == ("TLSv1.3", [250, 250])


async def test_starttls_is_offered_before_it_and_not_behind(pair: Pair) -> None:
    """TLS within TLS is nothing."""

    def say(client: Client) -> tuple[str, str, Reply]:
        before = client.command("EHLO x").text
        client.start_tls(trusting(pair), greet=False)
        return before, client.command("EHLO x").text, client.command("STARTTLS")

    async with listening(None, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        before, behind, again = await bench.talk(say)

    assert "STARTTLS" in before.split("\n")
    assert "STARTTLS" not in behind.split("\n")
    assert str(again) == replies.NOT_NOW


async def test_what_was_said_in_the_clear_does_not_count_behind_it(pair: Pair) -> None:
    """Somebody between may have said it (RFC 3207 section 4.2): no greeting, no sender, no recipient is kept."""

    def say(client: Client) -> list[str]:
        client.command("MAIL FROM:<a@x.example>")
        client.command("RCPT TO:<support@example.com>")
        client.start_tls(trusting(pair), greet=False)
        found = [str(client.command("DATA")), str(client.command("MAIL FROM:<a@x.example>"))]
        client.command("EHLO x")
        return [*found, str(client.command("DATA"))]

    async with listening(None, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        assert await bench.talk(say) == [replies.MAIL_FIRST, replies.HELO_FIRST, replies.MAIL_FIRST]


async def test_a_command_that_came_with_starttls_is_never_carried_out(pair: Pair) -> None:
    """CVE-2011-0411: the next reply is the one to the first command within TLS."""

    def say(client: Client) -> list[str]:
        client.start_tls(trusting(pair), before=b"NOOP\r\nVRFY injected\r\n", greet=False)
        return [str(client.command("HELO x")), str(client.command("NOOP")), str(client.command("QUIT"))]

    async with listening(None, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        assert await bench.talk(say) == ["250 router.example.com", replies.OK, replies.BYE]


async def test_old_tls_is_refused(pair: Pair) -> None:
    """RFC 8996."""
    old = trusting(pair)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    async with listening(None, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await bench.talk(lambda client: client.start_tls(old))


@pytest.mark.parametrize("rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b""])
async def test_a_handshake_that_fails_leaves_no_session(pair: Pair, rubbish: bytes) -> None:
    """Nobody tells aiosmtpd's session about it; its place would be taken for ever."""

    def say(client: Client) -> None:
        client.send(b"STARTTLS\r\n")
        client.reply()
        if rubbish:
            client.send(rubbish)
            client.replies()

    async with listening(None, Credentials(server_tls(pair.certificate, pair.key))) as bench:
        await bench.talk(say)
        for _ in range(100):
            if not bench.reception.sessions:
                break
            await asyncio.sleep(0.02)

        assert bench.reception.sessions == {}


async def test_without_tls_nothing_but_starttls_where_it_is_required(database: Database, pair: Pair) -> None:
    """530, also for commands that are none (RFC 3207 section 4)."""

    def say(client: Client) -> tuple[list[str], int]:
        commands = (
            "MAIL FROM:<a@x.example>",
            "RCPT TO:<a@x>",
            "DATA",
            "RSET",
            "VRFY x",
            "AUTH PLAIN",
            "HELO x",
            "XYZZY",
        )
        found = [str(client.command(line)) for line in commands]
        assert str(client.command("NOOP")) == replies.OK
        client.start_tls(trusting(pair))
        return found, client.mail(b"x").code

    credentials = Credentials(server_tls(pair.certificate, pair.key), require_tls=True)
    async with listening(database, credentials) as bench:
        assert await bench.talk(say) == ([replies.TLS_FIRST] * 8, 250)


async def test_a_renewed_certificate_counts_for_the_next_connection(tmp_path: Path) -> None:
    """A session that began before goes on with what it began with."""
    old, new = self_signed(tmp_path, "old"), self_signed(tmp_path, "new")

    async with listening(None, Credentials(server_tls(old.certificate, old.key))) as bench:
        begun = asyncio.create_task(
            bench.talk(lambda client: (time.sleep(0.5), client.start_tls(trusting(old)))[1].code)
        )
        await asyncio.sleep(0.2)
        bench.reception.credentials = Credentials(server_tls(new.certificate, new.key))
        assert await bench.talk(lambda client: client.start_tls(trusting(new)).code) == 220
        with pytest.raises(ssl.SSLCertVerificationError):
            await bench.talk(lambda client: client.start_tls(trusting(old)))

        assert await begun == 220


@pytest.mark.parametrize("known", [True, False])
async def test_a_certificate_of_our_authority_proves_who_somebody_is(
    database: Database, pair: Pair, tmp_path: Path, known: bool
) -> None:
    """From any network, without a login; who shows none is asked to log in."""
    authority = self_signed(tmp_path, "authority")
    peer = self_signed(tmp_path, "peer", authority)
    tls = server_tls(pair.certificate, pair.key, authority.certificate)

    def say(client: Client) -> str:
        client.start_tls(trusting(pair, show=peer if known else None))
        return str(client.mail(b"x"))[:3]

    async with listening(database, Credentials(tls), allow="192.0.2.0/24") as bench:
        assert await bench.talk(say) == ("250" if known else "530")


async def test_a_certificate_of_somebody_else_proves_nothing(pair: Pair, tmp_path: Path) -> None:
    """Everybody can sign himself."""
    stranger = self_signed(tmp_path, "stranger")
    tls = server_tls(pair.certificate, pair.key, self_signed(tmp_path, "authority").certificate)

    async with listening(None, Credentials(tls), allow="192.0.2.0/24") as bench:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await bench.talk(lambda client: client.start_tls(trusting(pair, show=stranger)))


@pytest.mark.parametrize("broken", ["missing", "rubbish", "another key", "pass phrase"])
def test_files_that_make_no_tls_are_told_apart_from_a_fault(pair: Pair, tmp_path: Path, broken: str) -> None:
    """One line for the administrator; and nobody is asked for a pass phrase on a terminal."""
    key = tmp_path / "key"
    if broken == "rubbish":
        key.write_text("rubbish")
    elif broken == "another key":
        key = self_signed(tmp_path).key
    elif broken == "pass phrase":
        key.write_text(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBK\n-----END ENCRYPTED PRIVATE KEY-----\n"
        )
    with pytest.raises(BadCertificate, match="certificate and key that belong together"):
        server_tls(pair.certificate, key)


def test_an_authority_that_cannot_be_read_is_told(pair: Pair, tmp_path: Path) -> None:
    """It would let nobody in, or everybody."""
    (tmp_path / "ca").write_text("rubbish")
    with pytest.raises(BadCertificate, match="authorities"):
        server_tls(pair.certificate, pair.key, tmp_path / "ca")
