"""Logging in: over TLS, with a password or a token, and what a refusal sets off."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from router.delivery.courier import Delivered, Transient
from router.delivery.imap.courier import ImapCourier
from router.oauth.tokens import NoToken, TokenRefused
from tests.bench.certificates import Pair, self_signed, trusting
from tests.bench.cutproxy import CutProxy
from tests.bench.dovecot import PASSWORD, Dovecot
from tests.bench.imap import FakeImap
from tests.bench.introspection import introspection
from tests.bench.ports import free_port
from tests.conftest import short_folder
from tests.delivery.imap.conftest import NewCourier, numbered, octets


@dataclass
class Tokens:
    """A source of tokens."""

    given: list[str]
    again: tuple[int, ...] = ()  # after which refusals another is worth a try
    refusals: list[str] = field(default_factory=list)

    def token(self) -> str:
        if not self.given:
            raise NoToken("nobody is there")
        return self.given[0]

    def refused(self, token: str, said: str) -> TokenRefused:
        self.refusals.append(said)
        self.given.remove(token)
        return TokenRefused("role-missing", said=said, again=len(self.refusals) in self.again)


def error_of(courier: ImapCourier) -> str:
    """Why a copy was not delivered."""
    (end,) = courier.deliver([numbered(1)])
    assert isinstance(end, Transient), end
    return end.error


@pytest.fixture(scope="module")
def pair(module_folder: Path) -> Pair:
    """A certificate for localhost."""
    return self_signed(module_folder)


@pytest.fixture(scope="module")
def secure(pair: Pair) -> Iterator[Dovecot]:
    """A server with a certificate."""
    with short_folder() as folder:
        made = Dovecot(folder / "d", tls=pair).start()
        yield made
        made.stop()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_copy_goes_over_tls(new_courier: NewCourier, secure: Dovecot, pair: Pair, security: str) -> None:
    """From the first octet, or after STARTTLS."""
    port = secure.tls_port if security == "tls" else secure.port
    before = len(secure.bodies())
    parts = {"host": "localhost", "port": port, "username": "ann", "security": security}
    (end,) = new_courier(**parts, tls=trusting(pair)).deliver([numbered(1)])

    assert isinstance(end, Delivered)
    assert len(secure.bodies()) == before + 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("host", "trusted"), [("localhost", False), ("127.0.0.1", True)])
def test_a_certificate_of_somebody_else_is_not_good(
    new_courier: NewCourier, secure: Dovecot, pair: Pair, security: str, host: str, trusted: bool
) -> None:
    """No password goes to it."""
    port = secure.tls_port if security == "tls" else secure.port
    tls = trusting(pair) if trusted else None
    error = error_of(new_courier(host=host, port=port, username="ann", security=security, tls=tls))

    assert error.startswith(f"the certificate of {host}:{port} is not good: ")


def test_starttls_that_is_not_offered_is_told(new_courier: NewCourier, dovecot: Dovecot) -> None:
    """Nor does a password go out in the clear then."""
    error = error_of(new_courier(security="starttls"))

    assert error == f'127.0.0.1:{dovecot.port} offers no STARTTLS: is security = "tls" meant?'


def test_a_server_that_is_not_there_is_told(new_courier: NewCourier) -> None:
    """The port may be wrong."""
    port = free_port()

    assert error_of(new_courier(port=port)).startswith(f"127.0.0.1:{port} cannot be reached: ")


def test_a_server_that_does_not_speak_is_given_up(new_courier: NewCourier, proxy: CutProxy) -> None:
    """TLS is meant, perhaps."""
    proxy.hold("down", 0)
    began = time.monotonic()
    error = error_of(new_courier(port=proxy.port, connect_seconds=0.5))

    assert "timed out" in error
    assert time.monotonic() - began < 5


def test_a_server_without_auth_plain_is_logged_in_to_by_login(
    new_courier: NewCourier, dovecot: Dovecot, password: Path, proxy: CutProxy
) -> None:
    """Every server has that; it carries ASCII only."""
    proxy.change("down", b"AUTH=PLAIN", b"AUTH=XXXXX")
    error = error_of(new_courier(port=proxy.port))
    password.write_text('it"s \\ wrong')
    refused = error_of(new_courier(port=proxy.port))

    assert error == "127.0.0.1 offers no AUTH=PLAIN, and LOGIN carries ASCII passwords only"
    assert "refuses the login" in refused
    with FakeImap(capabilities="IMAP4rev1") as fake:
        assert isinstance(new_courier(port=fake.port).deliver([numbered(1)])[0], Delivered)
        assert fake.lines[1].endswith(b'"it\\"s \\\\ wrong"\r\n')


def test_where_no_password_may_go_none_goes(new_courier: NewCourier) -> None:
    """LOGINDISABLED: RFC 3501 section 6.2.3."""
    with FakeImap(capabilities="IMAP4rev1 LOGINDISABLED") as fake:
        error = error_of(new_courier(port=fake.port))

    assert error == "127.0.0.1 takes no password over this connection: choose another security"
    assert fake.commands == ["CAPABILITY", "LOGOUT"]


def test_a_refused_password_is_not_tried_again_at_once_unless_it_changes(
    new_courier: NewCourier, user: str, password: Path, proxy: CutProxy
) -> None:
    """Servers lock accounts at which somebody knocks too often."""
    now = [0.0]
    password.write_text("wrong")
    courier = new_courier(port=proxy.port, monotonic=lambda: now[0])
    tried = []
    for pause in (0, 10, 25, 31, 30):
        now[0] += pause
        assert error_of(courier).startswith(f"127.0.0.1 refuses the login of {user}: [AUTHENTICATIONFAILED]")
        tried.append(proxy.connections)
    password.write_text(PASSWORD)

    assert tried == [1, 1, 2, 2, 3]
    assert isinstance(courier.deliver([numbered(1)])[0], Delivered)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("NO [UNAVAILABLE] not now", "127.0.0.1 cannot take logins now: [UNAVAILABLE] not now"),
        ("NO Server Unavailable. 15", "127.0.0.1 cannot take logins now: Server Unavailable. 15"),
        ("", "127.0.0.1 ended the connection at the login: "),
    ],
)
def test_a_server_that_cannot_check_the_login_is_asked_again(new_courier: NewCourier, answer: str, error: str) -> None:
    """It says nothing about the password."""
    with FakeImap(answers={"AUTHENTICATE": answer}) as fake:
        courier = new_courier(port=fake.port)
        errors = [error_of(courier), error_of(courier)]

    assert [one.startswith(error) for one in errors] == [True, True]
    assert fake.commands.count("AUTHENTICATE") == 2


def test_a_server_that_goes_away_right_after_the_login_is_tried_again(new_courier: NewCourier) -> None:
    """Nothing was on its way."""
    with FakeImap(answers={"AUTHENTICATE": "OK welcome"}) as fake, CutProxy(fake.port) as between:
        between.cut("down", b"OK welcome\r\n", keep=12)
        courier = new_courier(port=between.port)
        error = error_of(courier)
        (end,) = courier.deliver([numbered(1)])

    assert error.startswith("127.0.0.1 ended the connection at the login: ")
    assert isinstance(end, Delivered)


def test_a_password_that_cannot_be_read_is_told(new_courier: NewCourier, tmp_path: Path) -> None:
    """The file was there at the start."""
    assert "No such file" in error_of(new_courier(proof=tmp_path / "gone"))


@pytest.fixture
def guarded(tokens: dict[str, str]) -> Iterator[Dovecot]:
    """A server that asks about tokens."""
    with short_folder() as folder, introspection(tokens) as url:
        made = Dovecot(folder / "d", introspection=url).start()
        yield made
        made.stop()


@pytest.fixture
def tokens() -> dict[str, str]:
    """Those that are good, and whose they are."""
    return {"good": "ann"}


def test_a_token_does_for_a_password(new_courier: NewCourier, guarded: Dovecot) -> None:
    """XOAUTH2, as Microsoft and Google want it."""
    courier = new_courier(port=guarded.port, username="ann", proof=Tokens(["good"]))
    (end,) = courier.deliver([numbered(1)])

    assert isinstance(end, Delivered)
    assert guarded.bodies() == [octets(numbered(1))]


def test_a_withdrawn_token_is_replaced_at_once(new_courier: NewCourier, guarded: Dovecot) -> None:
    """Once: the copy does not wait for the next attempt."""
    source = Tokens(["stale", "good"], again=(1,))
    courier = new_courier(port=guarded.port, username="ann", proof=source)

    assert isinstance(courier.deliver([numbered(1)])[0], Delivered)
    assert len(source.refusals) == 1


def test_a_server_without_tokens_is_shown_none(new_courier: NewCourier, dovecot: Dovecot) -> None:
    """Its word against one would be taken for a missing right."""
    source = Tokens(["good"])

    assert error_of(new_courier(username="ann", proof=source)) == "127.0.0.1 offers no XOAUTH2"
    assert source.refusals == []


def test_two_tokens_in_a_row_are_enough(new_courier: NewCourier, guarded: Dovecot) -> None:
    """Whatever their source says: who goes on knocking is locked out."""
    source = Tokens(["stale", "staler", "good"], again=(1, 2))
    error = error_of(new_courier(port=guarded.port, username="ann", proof=source))

    assert error.endswith("[role-missing]")
    assert source.given == ["good"]


def test_exchange_says_late_that_a_mailbox_is_closed(new_courier: NewCourier) -> None:
    """The login is good, and every command after it bad (pitfall 42): that is a refusal, with a pause."""
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2", answers={"LIST": "BAD User is authenticated but not connected."}) as server:
        source = Tokens(["a", "b"])
        courier = new_courier(port=server.port, username="ann", proof=source)
        errors = [error_of(courier), error_of(courier)]

    assert errors[0] == errors[1]
    assert "User is authenticated but not connected" in source.refusals[0]
    assert server.commands.count("AUTHENTICATE") == 1


def test_a_refused_token_is_told_to_its_source(new_courier: NewCourier, guarded: Dovecot) -> None:
    """With the status that the server gives; the next login is not at once."""
    now = [0.0]
    source = Tokens(["stale", "good"])
    courier = new_courier(port=guarded.port, username="ann", proof=source, monotonic=lambda: now[0])
    errors = [error_of(courier), error_of(courier)]
    now[0] = 31

    assert errors[0] == errors[1]
    assert errors[0].startswith("127.0.0.1 refuses the login of ann: ")
    assert errors[0].endswith("(status 401) [role-missing]")
    assert len(source.refusals) == 1
    assert isinstance(courier.deliver([numbered(1)])[0], Delivered)


def test_without_a_token_nobody_logs_in(new_courier: NewCourier) -> None:
    """Who gives them says why."""
    assert error_of(new_courier(username="ann", proof=Tokens([]))) == "no access token for ann: nobody is there"


def test_the_connection_is_ended_at_the_close(new_courier: NewCourier, proxy: CutProxy, dovecot: Dovecot) -> None:
    """Quickly, also where the server has stopped answering."""
    courier = new_courier(port=proxy.port)
    courier.deliver([numbered(1)])
    proxy.hold("down", b"BYE")
    began = time.monotonic()
    courier.close()

    assert time.monotonic() - began < 4
    assert isinstance(courier.deliver([numbered(2)])[0], Delivered)
