"""`router check` and `router login` where logins go by token: each fault by its cause, with its cure."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.config import check_logins
from tests.bench.certificates import Pair
from tests.bench.identity import CLIENT, OBJECT, TENANT, Identity, application, identity, service_account
from tests.bench.imap import FakeImap
from tests.bench.installation import Ran, configuration
from tests.bench.ports import free_port
from tests.bench.relay import EXTENSIONS, Relay
from tests.cli.conftest import Run

OAUTH = """
[[oauth]]
name = "ms"
provider = "microsoft"
tenant = "{tenant}"
client_id = "{client}"
authority = "{url}"
{proof}
"""
CERTIFICATE, SECRET = 'certificate_file = "router.pem"', 'client_secret_file = "secret"'
ANN = """
[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "localhost"
port = {port}
security = "none"
username = "ann@example.com"
oauth = "{oauth}"
"""
WATCHED = """
[[source]]
name = "support-imap"
host = "localhost"
port = {port}
security = "none"
username = "support@example.com"
oauth = "ms"

[[inbox]]
address = "ann@example.com"
deliver = "none"
"""
RELAY = """
[relay]
host = "localhost"
port = {port}
security = "none"
username = "router@example.com"
oauth = "ms"

[[inbox]]
address = "ann@example.com"
deliver = "smtp"
"""

Check = Callable[..., Ran]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The application's certificate; an RSA key takes a while to make."""
    return application(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: Pair) -> Iterator[Identity]:
    """One that this machine trusts."""
    with identity(tmp_path) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        made.certificates.append(pair.certificate)
        yield made


@pytest.fixture
def check(run: Run, tmp_path: Path, provider: Identity, pair: Pair) -> Check:
    """What `check --json` says of these places with that application."""
    for name, text in (("router.pem", pair.key.read_text()), ("secret", "correct")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)

    def ask(
        places: str, proof: str = CERTIFICATE, *, command: tuple[str, ...] = ("check", "--json"), **app: str
    ) -> Ran:
        values = {"tenant": TENANT, "client": CLIENT, "url": provider.url} | app
        inboxes = OAUTH.format(proof=proof, **values) + places
        text = configuration(free_port(), inboxes=inboxes, router='address = "router@example.com"')
        (tmp_path / "router.toml").write_text(text)
        return run(*command)

    return ask


def about(ran: Ran, what: str, state: str = "fault") -> dict[str, Any]:
    """The one finding about something."""
    (found,) = (row for row in ran.rows if (row["what"], row["state"]) == (what, state))
    return found


PROVIDERS: list[tuple[str, dict[str, str], dict[str, Any], str, str]] = [
    (CERTIFICATE, {"tenant": "nobody.example"}, {}, 'Microsoft knows no tenant "nobody.example"', "Tenant ID"),
    (
        CERTIFICATE,
        {"client": "1111"},
        {},
        "the application 1111 is not known in the tenant example.com",
        "not the object",
    ),
    (SECRET, {}, {"secret": "another"}, "the client secret is wrong (AADSTS7000215", "the secret's value, not its id"),
    (SECRET, {}, {"old_secrets": {"correct"}}, "the client secret has expired (AADSTS7000222", "make a new one"),
    (CERTIFICATE, {}, {"certificates": []}, "is not registered for the application", "upload the certificate"),
    (CERTIFICATE, {}, {"ahead": 7200.0}, "clock is wrong by 120 min (slow)", "set this machine's clock"),
    (CERTIFICATE, {"url": "https://nowhere.invalid"}, {}, "https://nowhere.invalid is not found", "a name server"),
    (CERTIFICATE, {}, {"down": (503, {}, "busy")}, "the provider is out of order", "wait"),
    ('token_file = "tokens"', {}, {}, "nobody has signed in yet", "`router login ms`"),
]


@pytest.mark.parametrize(("proof", "ours", "theirs", "error", "cure"), PROVIDERS)
def test_each_fault_of_a_provider_is_told_once_with_its_cure(
    check: Check,
    provider: Identity,
    proof: str,
    ours: dict[str, str],
    theirs: dict[str, Any],
    error: str,
    cure: str,
) -> None:
    """Of the inbox behind it nothing is claimed, and its mail server is not asked."""
    for key, value in theirs.items():
        setattr(provider, key, value)
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2") as server:
        ran = check(ANN.format(port=server.port, oauth="ms"), proof, **ours)
    found = about(ran, "oauth")

    assert ran.code == 1
    assert error in found["error"]
    assert cure in found["cure"]
    assert about(ran, "inbox", "untried")["error"] == 'not tried, since oauth "ms" gives no token'
    assert server.commands == []


REFUSALS: list[tuple[dict[str, Any], dict[str, str], str, str]] = [
    (
        {},
        {"AUTHENTICATE": "NO AUTHENTICATE failed."},
        "the service principal is missing or has the wrong object id",
        f"New-ServicePrincipal -AppId {CLIENT} -ObjectId {OBJECT}",
    ),
    (
        {"roles": ["SMTP.SendAsApp"]},
        {"AUTHENTICATE": "NO AUTHENTICATE failed."},
        "lacks the right IMAP.AccessAsApp: it was not added, or an administrator has not consented",
        '"Grant admin consent"',
    ),
    (
        {},
        {"LIST": "BAD User is authenticated but not connected."},
        "may not open the mailbox ann@example.com",
        f"Add-MailboxPermission -Identity ann@example.com -User {OBJECT} -AccessRights FullAccess",
    ),
]


@pytest.mark.parametrize(("theirs", "answers", "error", "cure"), REFUSALS)
def test_what_exchange_refuses_is_told_apart(
    check: Check, provider: Identity, theirs: dict[str, Any], answers: dict[str, str], error: str, cure: str
) -> None:
    """It says the same each time; the cure can be copied."""
    for key, value in theirs.items():
        setattr(provider, key, value)
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2", answers=answers) as server:
        ran = check(ANN.format(port=server.port, oauth="ms"))
    found = about(ran, "inbox")

    assert about(ran, "oauth", "ok")
    assert error in found["error"]
    assert cure in found["cure"]
    assert not any(token in ran.out + ran.err for token in provider.tokens)


@pytest.mark.parametrize(
    ("roles", "answer", "error", "cure"),
    [
        (
            None,
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
            "SMTP AUTH is switched off for router@example.com",
            "Set-CASMailbox -Identity router@example.com -SmtpClientAuthenticationDisabled $false",
        ),
        (
            None,
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "SMTP AUTH is switched off for the whole tenant",
            "Set-TransportConfig -SmtpClientAuthenticationDisabled $false",
        ),
        (["IMAP.AccessAsApp"], "535 5.7.3 Authentication unsuccessful", "lacks the right SMTP.SendAsApp", "consent"),
        (None, "535 5.7.3 Authentication unsuccessful", "service principal", "New-ServicePrincipal"),
    ],
)
async def test_what_exchange_refuses_by_smtp(
    check: Check, provider: Identity, roles: list[str] | None, answer: str, error: str, cure: str
) -> None:
    """The same application, another right."""
    provider.roles = provider.roles if roles is None else roles
    async with Relay({"AUTH": answer}, extensions=[*EXTENSIONS, "AUTH XOAUTH2"]) as relay:
        ran = await asyncio.to_thread(check, RELAY.format(port=relay.port))
    found = about(ran, "relay")

    assert error in found["error"]
    assert cure in found["cure"]
    assert about(ran, "inbox", "untried")


def test_a_watched_account_is_tried_as_an_inbox_is(check: Check, provider: Identity) -> None:
    """Not at all without a token; what Exchange refuses has its cure."""
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2", answers={"AUTHENTICATE": "NO AUTHENTICATE failed."}) as server:
        place = WATCHED.format(port=server.port)
        refused = about(check(place), "source")
        asked = len(server.commands)
        provider.certificates.clear()
        untried = about(check(place), "source", "untried")
        again = len(server.commands)

    assert f"New-ServicePrincipal -AppId {CLIENT} -ObjectId {OBJECT}" in refused["cure"]
    assert untried["error"] == 'not tried, since oauth "ms" gives no token'
    assert again == asked > 0


def test_a_server_that_takes_no_tokens_is_told(check: Check) -> None:
    """The host is somebody else's."""
    with FakeImap() as server:
        found = about(check(ANN.format(port=server.port, oauth="ms")), "inbox")

    assert "takes no login by token" in found["error"]
    assert "password_file" in found["cure"]


GOOGLE = '[[oauth]]\nname = "google"\nprovider = "google"\nservice_account_file = "google.json"\n'


def test_the_faults_of_a_service_account(check: Check, provider: Identity, tmp_path: Path) -> None:
    """A delegation that is missing is everybody's; a wrong username one inbox's."""
    service_account(tmp_path, provider)
    provider.delegated = frozenset()
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2") as server:
        undelegated = check(GOOGLE + ANN.format(port=server.port, oauth="google"))
        provider.delegated = frozenset({"https://www.googleapis.com/auth/gmail.imap_admin"})
        places = ANN.format(port=server.port, oauth="google")
        bob = places.replace("ann@", "bob@")
        unknown = check(GOOGLE + places + bob)
    found = about(undelegated, "oauth")

    assert "may not act for ann@example.com" in found["error"]
    assert "allow client id 1097 the scopes https://mail.google.com/ and https://www.google" in found["cure"]
    assert "Google knows no account bob@example.com" in about(unknown, "inbox")["error"]


def test_a_secret_near_its_end_is_told(check: Check) -> None:
    """By check as by the alarm."""
    day = (datetime.now(UTC) + timedelta(days=6)).date()
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2") as server:
        proof = f"{SECRET}\nsecret_expires = {day}"
        remarks = [
            row["error"]
            for row in check(ANN.format(port=server.port, oauth="ms"), proof).rows
            if row["what"] == "oauth"
        ]

    assert remarks == [None, 'the secret of oauth "ms" expires in less than 7 days']


def test_a_library_that_is_missing_is_named_with_its_command(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed the package without its extra."""
    monkeypatch.setitem(check_logins._LIBRARIES, "microsoft", ("no_such.library", "microsoft"))
    ran = check(ANN.format(port=1, oauth="ms"))

    assert ran.code == 78
    assert ran.rows[0]["error"] == (
        'router.toml: oauth[1] "ms".provider = "microsoft": expected a library that is not installed: '
        "pip install 'all-emails-to-my-inbox[microsoft]'"
    )


def test_somebody_signs_in(check: Check, provider: Identity, tmp_path: Path) -> None:
    """And `check` finds it well from then on."""
    provider.approved = True
    place, proof = ANN.format(port=1, oauth="ms"), 'token_file = "tokens"'
    ran = check(place, proof, command=("login", "ms"))
    with FakeImap("IMAP4rev1 AUTH=XOAUTH2 UIDPLUS") as server:
        after = check(ANN.format(port=server.port, oauth="ms"), proof)

    assert ran.code == 0
    assert "open https://microsoft.example/devicelogin in a browser" in ran.out
    assert "AB12CD34" in ran.out
    assert "signed in as ann@example.com" in ran.out
    assert json.loads((tmp_path / "tokens").read_text())["RefreshToken"]
    assert about(after, "oauth", "ok")


def test_a_sign_in_that_fails_says_why(check: Check, provider: Identity) -> None:
    """With the cure; and where nobody has to sign in, that."""
    provider.public_client = False
    place = ANN.format(port=1, oauth="ms")
    refused = check(place, 'token_file = "tokens"', command=("login", "ms"))
    needless = check(place, command=("login", "ms"))
    unknown = check(place, command=("login", "google"))

    assert refused.code == 1
    assert "may not be signed in to with a code" in refused.err
    assert '"Allow public client flows"' in refused.err
    assert (needless.code, needless.err) == (
        2,
        'router: oauth "ms" has no token_file: nobody has to sign in for it\n',
    )
    assert (unknown.code, unknown.err) == (2, 'router: no [[oauth]] has the name "google" (ms)\n')
