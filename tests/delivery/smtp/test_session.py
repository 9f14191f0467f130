"""Connecting, TLS and logins: what is the place's fault, and said in words that help."""

import asyncio
import base64
import hmac
from pathlib import Path

import pytest

from router.delivery.courier import Delivered, Outcome, Transient
from router.delivery.smtp.session import CannotSend, Patience, connect
from router.intake.credentials import Credentials, server_tls
from router.intake.users import Hash, Users
from router.oauth.tokens import NoToken, TokenRefused
from router.store.database import Database
from tests.bench.certificates import Pair, trusting
from tests.bench.letters import sha256
from tests.bench.ports import free_port
from tests.bench.relay import CLOSE, EXTENSIONS, SILENCE, Farewell, Relay, Script
from tests.delivery.copies import BLOCK
from tests.delivery.smtp.sending import copies, courier, mails
from tests.delivery.smtp.sending import relay as to_relay
from tests.intake.test_tls import listening
from tests.store.conftest import database as database

AUTH = (*EXTENSIONS, "AUTH PLAIN LOGIN")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file of a password."""
    file = tmp_path / "secret"
    file.write_text("correct horse\n")
    return file


def plain(name: str, password: str) -> str:
    """AUTH PLAIN, as it goes over the wire."""
    return "AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode()


async def outcomes(port: int, **parts: object) -> list[Outcome]:
    """What becomes of three mails for two."""
    async with courier(port, **parts) as one:
        return await one.deliver(copies(*mails(3)))


async def refused(port: int, **parts: object) -> str:
    """Why there is no session."""
    with pytest.raises(CannotSend) as caught:
        await connect(to_relay(port, **parts))
    return str(caught.value).replace(str(port), "PORT")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_mails_go_over_tls(pair: Pair, security: str) -> None:
    """From the begin, or after STARTTLS, in several records."""
    large = b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 20_000
    relay = Relay(tls=server_tls(pair.certificate, pair.key), mode=security)  # type: ignore[arg-type]
    async with relay as bench, courier(bench.port, security=security, tls=trusting(pair)) as one:
        await one.deliver(copies(*mails(3), large))

    assert [mail.octets for mail in bench.mails] == [BLOCK + mail for mail in (*mails(3), large)]
    assert [command.split()[0] for command in bench.commands[: 2 if security == "tls" else 3]] == (
        ["EHLO", "MAIL"] if security == "tls" else ["EHLO", "STARTTLS", "EHLO"]
    )


async def test_tls_is_never_given_up() -> None:
    """Who takes STARTTLS out of the answer to EHLO would read along."""
    async with Relay() as bench:
        error = await refused(bench.port, security="starttls")

    assert error == "localhost:PORT: SMTP STARTTLS extension not supported by server."
    assert bench.commands == ["EHLO router.example.com"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_knows_is_refused(pair: Pair, security: str) -> None:
    """Nothing of a mail or a password is said to whoever has it."""
    server = server_tls(pair.certificate, pair.key)
    async with Relay(tls=server, mode=security) as bench:  # type: ignore[arg-type]
        error = await refused(bench.port, security=security, username="r", password_file=pair.key)

    assert error.startswith("localhost:PORT: its certificate is not trusted: self")
    assert not [command for command in bench.commands if command.startswith(("AUTH", "MAIL"))]


async def test_an_authority_that_is_trusted_from_now_on_needs_no_restart(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate store is renewed while we run; what was read of it before is read again."""
    async with Relay(tls=server_tls(pair.certificate, pair.key), mode="tls") as bench:
        await refused(bench.port, security="tls")
        monkeypatch.setenv("SSL_CERT_FILE", str(pair.certificate))
        session = await connect(to_relay(bench.port, security="tls"))
        await session.quit()

    assert [command.split()[0] for command in bench.commands] == ["EHLO", "QUIT"]


async def test_a_certificate_for_another_host_is_refused(pair: Pair) -> None:
    """It names localhost."""
    async with Relay(tls=server_tls(pair.certificate, pair.key), mode="tls") as bench:
        one = to_relay(bench.port, security="tls", tls=trusting(pair))
        with pytest.raises(CannotSend, match=r"127\.0\.0\.1"):
            await connect(type(one)("127.0.0.1", one.port, one.security, one.hostname, tls=one.tls))


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        (AUTH, [plain("r@example.com", "correct horse")]),
        ([*EXTENSIONS, "AUTH LOGIN"], ["AUTH LOGIN ckBleGFtcGxlLmNvbQ==", "Y29ycmVjdCBob3JzZQ=="]),
    ],
)
async def test_a_login_by_password(secret: Path, extensions: list[str], expected: list[str]) -> None:
    """By the better of the methods that the server knows."""
    async with Relay(extensions=extensions) as bench:
        await outcomes(bench.port, username="r@example.com", password_file=secret)

    assert bench.commands[1 : len(expected) + 1] == expected
    assert len(bench.mails) == 3


async def test_an_old_server_gets_the_answer_to_its_challenge(secret: Path) -> None:
    """CRAM-MD5 (RFC 2195), where nothing better is offered; the challenge is "Username:"."""
    async with Relay({"AUTH": "334 VXNlcm5hbWU6"}, extensions=[*EXTENSIONS, "AUTH CRAM-MD5 NTLM"]) as bench:
        await outcomes(bench.port, username="r", password_file=secret)
    name, _, proof = base64.b64decode(bench.commands[2]).decode().partition(" ")

    assert bench.commands[1] == "AUTH CRAM-MD5"
    assert (name, proof) == ("r", hmac.new(b"correct horse", b"Username:", "md5").hexdigest())
    assert len(bench.mails) == 3


async def test_a_new_password_needs_no_restart(secret: Path) -> None:
    """The file is read at every login."""
    async with Relay(extensions=AUTH) as bench, courier(bench.port, username="r", password_file=secret) as one:
        await one.deliver(copies(*mails(1)))
        await one.close()
        await asyncio.to_thread(secret.write_text, "new\n")
        await one.deliver(copies(*mails(1)))

    logins = [command for command in bench.commands if command.startswith("AUTH")]
    assert logins == [plain("r", "correct horse"), plain("r", "new")]


async def test_a_wrong_password_is_tried_once(secret: Path) -> None:
    """By one method, for all mails: whoever tries on locks the account."""
    async with Relay({"AUTH": "535 5.7.8 wrong"}, extensions=AUTH) as bench:
        found = await outcomes(bench.port, username="r", password_file=secret)

    assert found == [Transient(f"localhost:{bench.port}: the login is refused: 535 5.7.8 wrong", of_login=True)] * 6
    assert len([command for command in bench.commands if command.startswith("AUTH")]) == 1


async def test_a_server_that_cannot_look_up_now_has_refused_no_password(secret: Path) -> None:
    """RFC 4954 section 4.7: it passes by itself, and nobody has to be called for it."""
    bench = Relay({"AUTH": ["454 4.7.0 later"]}, extensions=AUTH)
    async with bench, courier(bench.port, username="r", password_file=secret) as one:
        before = await one.deliver(copies(*mails(1)))
        after = await one.deliver(copies(*mails(1)))

    assert before == [Transient(f"localhost:{bench.port}: no login for now: 454 4.7.0 later")] * 2
    assert [type(end) for end in after] == [Delivered, Delivered]


class Tokens:
    """Two of them."""

    def __init__(self, *tokens: str, again: bool = False) -> None:
        self.left, self.again = list(tokens), again
        self.complaints: list[str] = []

    def token(self) -> str:
        if not self.left:
            raise NoToken("nobody gives us one")
        return self.left[0]

    def refused(self, token: str, said: str) -> TokenRefused:
        self.complaints.append(said)
        self.left.remove(token)
        return TokenRefused("role-missing", said=said, again=self.again)


async def test_a_login_by_token() -> None:
    """XOAUTH2; one that is refused is told to its source."""
    tokens = Tokens("old", "new")
    async with Relay({"AUTH": ["535 5.7.3 expired"]}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        first = await outcomes(bench.port, username="r", tokens=tokens)
        second = await outcomes(bench.port, username="r", tokens=tokens)
        tokens.left.clear()
        third = await refused(bench.port, username="r", tokens=tokens)

    words = f"localhost:{bench.port}: the login is refused: 535 5.7.3 expired [role-missing]"
    assert first[0] == Transient(words, of_login=True)
    assert tokens.complaints == ["535 5.7.3 expired"]
    assert type(second[0]).__name__ == "Delivered"
    assert third == "localhost:PORT: no access token: nobody gives us one"
    said = [base64.b64decode(one.split()[2]) for one in bench.commands if one.startswith("AUTH")]
    assert said == [b"user=r\1auth=Bearer old\1\1", b"user=r\1auth=Bearer new\1\1"]


async def test_a_withdrawn_token_is_replaced_at_once() -> None:
    """Over a new connection, once."""
    tokens = Tokens("old", "older", "good", again=True)
    async with Relay({"AUTH": ["535 5.7.3 expired"]}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        fine = await outcomes(bench.port, username="r", tokens=tokens)
    async with Relay({"AUTH": "535 5.7.3 expired"}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        await refused(bench.port, username="r", tokens=tokens)

    assert type(fine[0]).__name__ == "Delivered"
    assert len(bench.connections) == 2


async def test_a_challenge_is_answered_with_an_empty_line() -> None:
    """Google tells the status there, and the end only then."""
    tokens = Tokens("old")
    status = base64.b64encode(b'{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}').decode()
    script = {"AUTH": f"334 {status}", "EMPTY LINE": ["535-5.7.8 no\r\n535 5.7.8 really"]}
    async with Relay(script, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        await refused(bench.port, username="r", tokens=tokens)

    assert bench.commands[2] == ""
    assert tokens.complaints == ["535 5.7.8 no 5.7.8 really (status 401)"]


async def test_a_long_token_goes_in_a_line_of_its_own() -> None:
    """A command has 512 octets (RFC 4954 section 4); those of Microsoft's tokens are thousands."""
    tokens = Tokens("t" * 2000)
    async with Relay({"AUTH": "334 "}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        await outcomes(bench.port, username="r", tokens=tokens)

    assert bench.commands[1] == "AUTH XOAUTH2"
    assert base64.b64decode(bench.commands[2]).endswith(b"t" * 2000 + b"\1\1")


async def test_a_server_that_cannot_tell_now_refuses_no_token() -> None:
    """454 4.7.0: its own part is out of order (RFC 4954 section 4.7); Exchange's 4xx about a mailbox is another matter."""
    tokens = Tokens("good", "good2")
    async with Relay({"AUTH": "454 4.7.0 later"}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as bench:
        await refused(bench.port, username="r", tokens=tokens)
    async with Relay({"AUTH": "430 4.2.0 STOREDRV; mailbox logon failure"}, extensions=["AUTH XOAUTH2"]) as bench:
        await refused(bench.port, username="r", tokens=tokens)

    assert tokens.complaints == ["430 4.2.0 STOREDRV; mailbox logon failure"]


@pytest.mark.parametrize(
    ("script", "extensions", "error"),
    [
        ({"GREETING": "554 5.7.1 blocked"}, AUTH, "greeting: 554 5.7.1 blocked"),
        ({"GREETING": Farewell("421 4.3.2 too many")}, AUTH, "greeting: 421 4.3.2 too many"),
        ({"GREETING": CLOSE}, AUTH, "Unexpected EOF received"),
        ({"GREETING": SILENCE}, AUTH, "no answer in time"),
        ({"EHLO": "550 5.7.1 not you", "HELO": "550 5.7.1 not you"}, AUTH, "EHLO: 550 5.7.1 not you"),
        ({"AUTH": SILENCE}, AUTH, "no answer in time"),
        ({"AUTH": "454 4.7.0 later"}, AUTH, "no login for now: 454 4.7.0 later"),
        ({}, EXTENSIONS, "the server offers no login by password (AUTH PLAIN, LOGIN or CRAM-MD5)"),
    ],
)
async def test_what_hinders_a_session_is_said(
    secret: Path, script: Script, extensions: tuple[str, ...], error: str
) -> None:
    """A 5xx before any mail is the place's fault, and passes."""
    async with Relay(script, extensions=extensions) as bench:
        parts = {"username": "r", "password_file": secret, "patience": Patience(greeting=0.5)}
        said = await refused(bench.port, **parts)

    assert error in said


async def test_a_server_that_is_not_there_is_told() -> None:
    """As is a password that nobody can read."""
    assert await refused(free_port()) == "localhost:PORT: Connection refused"

    async with Relay(extensions=AUTH) as bench:
        said = await refused(bench.port, username="r", password_file=Path("/nowhere"))
        assert said == "localhost:PORT: No such file or directory: /nowhere"


async def test_an_old_server_gets_mail_too() -> None:
    """HELO, no extensions."""
    async with Relay({"EHLO": "502 5.5.1 what?", "HELO": "250 old"}) as bench:
        await outcomes(bench.port)

    assert len(bench.mails) == 3
    assert bench.mails[0].command.endswith(">")


async def test_another_router_takes_it_with_tls_and_a_login(database: Database, pair: Pair, secret: Path) -> None:
    """Our own listener, which others have tested: TLS, AUTH, PIPELINING."""
    credentials = Credentials(server_tls(pair.certificate, pair.key), True, Users({"r": Hash.of("correct horse")}))
    login = {"security": "starttls", "tls": trusting(pair), "username": "r", "password_file": secret}
    parts = {"addresses": {"mike": "support@example.com"}, **login}
    async with listening(database, credentials, allow="192.0.2.0/24") as bench, courier(bench.port, **parts) as one:
        found = await one.deliver(copies(*mails(20), inboxes=["mike"]))

    stored = await asyncio.to_thread(
        database.read, lambda c: [row[0].hex() for row in c.exec_driver_sql("SELECT sha256 FROM sighting")]
    )
    assert {type(end).__name__ for end in found} == {"Delivered"}
    assert sorted(stored) == sorted(sha256(BLOCK + mail) for mail in mails(20))
