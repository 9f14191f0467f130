"""`router connect microsoft365`: what it asks, writes, prints and tests."""

import asyncio
import io
import re
import ssl
import stat
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.cli.connecting import rounds
from router.config import expand, load
from router.oauth.certificate import read_pair
from tests.bench.certificates import Pair, self_signed
from tests.bench.dovecot import Account, Dovecot
from tests.bench.identity import CLIENT, OBJECT, TENANT, Identity, application, identity
from tests.bench.installation import Ran
from tests.bench.introspection import introspection
from tests.bench.relay import EXTENSIONS, Relay
from tests.bench.wait import until
from tests.cli.conftest import Run

NAMES = {
    "--mailbox": "support@example.com",
    "--inbox": "ann@example.com",
    "--address": "router@example.com",
    "--operator": "it@example.com",
    "--timezone": "Europe/London",
    "--tenant": TENANT,
    "--client-id": CLIENT,
}


Hosts = Callable[[int, int], None]


@pytest.fixture
def provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """Who grants tokens, in the place of Microsoft."""
    with identity(folder) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        monkeypatch.setattr(rounds, "PAUSES", (0.3, 1.0))
        yield made


@pytest.fixture
def hosts(provider: Identity, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """Ports of this machine, in the place of the mail servers that [microsoft365] means; nobody is there at first."""

    def use(imap: int, smtp: int) -> None:
        usual = expand.PLATFORMS["microsoft365"]
        ours = replace(usual, imap="localhost", smtp="localhost", imap_port=imap, smtp_port=smtp)
        monkeypatch.setitem(expand.PLATFORMS, "microsoft365", ours)  # type: ignore[arg-type]

    use(1, 1)
    return use


@pytest.fixture
def pair(folder: Path, provider: Identity) -> Pair:
    """A certificate of their mail servers'."""
    return self_signed(folder, "mail", issuer=Pair(folder / "authority.pem", folder / "authority.key"))


@pytest.fixture
def dovecot(folder: Path, provider: Identity, pair: Pair) -> Iterator[Dovecot]:
    """One where an application's token opens every mailbox of the company."""
    users = {name: Account() for name in ("ann", "support")}
    with introspection(provider.tokens) as url:
        made = Dovecot(folder / "d", introspection=url, whole_domain=True, tls=pair, users=users).start()
        yield made
        made.stop()


@pytest.fixture
def connect(run: Run, provider: Identity, hosts: Hosts) -> Callable[..., Ran]:
    """Runs it with these names, others, or without some."""

    def ask(*words: object, **others: str | None) -> Ran:
        names = NAMES | {"--authority": provider.url}
        names |= {"--" + key.replace("_", "-"): value for key, value in others.items()}  # type: ignore[dict-item]
        given = [part for name, value in names.items() if value is not None for part in (name, value)]
        return run("connect", "microsoft365", *words, *given)

    return ask


def registered(folder: Path, provider: Identity) -> None:
    """The administrator has uploaded what is to be uploaded."""
    provider.certificates.append(folder / "router.cer")


async def test_from_names_to_green(
    connect: Callable[..., Ran], hosts: Hosts, provider: Identity, dovecot: Dovecot, pair: Pair, tmp_path: Path
) -> None:
    """It waits for the administrator, and ends when everything works: the whole of it without a hand on a file."""

    def administrator() -> None:
        until(lambda: len(provider.grants) >= 1, lambda: "nobody has asked for a token", 60)
        time.sleep(2)  # the first round is told; the next one comes after five seconds
        registered(tmp_path / "here", provider)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    helper = threading.Thread(target=administrator)
    async with Relay(extensions=[*EXTENSIONS, "AUTH XOAUTH2"], tls=tls, mode="starttls") as relay:
        hosts(dovecot.tls_port, relay.port)
        helper.start()
        ends: list[Ran] = []  # of a thread that nobody waits for, should it never end
        threading.Thread(target=lambda: ends.append(connect("here")), daemon=True).start()
        await asyncio.to_thread(until, lambda: bool(ends), lambda: "it never became green", 90)
        await asyncio.to_thread(helper.join)
    (ran,) = ends
    told = ran.out + ran.err

    assert ran.code == 0, told
    assert re.search(r"FAULT +oauth .* is not registered for the application", ran.err)
    assert re.search(r"\d of \d are missing; again in \d s", ran.out)
    assert re.search(r'ok +oauth "microsoft365": a token is granted', ran.out)
    assert re.search(r'ok +inbox "ann": localhost: logged in as ann@example.com; INBOX is there', ran.out)
    assert re.search(r'ok +source "support-imap": localhost: logged in as support@example.com; INBOX has 0', ran.out)
    assert re.search(r'ok +relay ".*": connected by STARTTLS, logged in as router@example.com', ran.out)
    assert ran.out.rstrip().endswith(f"all is green; next: `router --config {tmp_path}/here/router.toml run`")
    assert dovecot.mails() == {}
    assert ran.err.count("is not registered for the application") == 1
    assert not any(token in told for token in provider.tokens)
    assert "PRIVATE KEY" not in told
    assert relay.mails == []


def test_the_file_is_short_and_stands_for_all_of_it(connect: Callable[..., Ran], tmp_path: Path) -> None:
    """A source for every mailbox, IMAP for every inbox, a relay: what the short form promises."""
    connect("here", "--once", "--mailbox", "Shop@example.com", "--inbox", "helen@example.com")
    written = (tmp_path / "here" / "router.toml").read_text("utf-8")
    settings = load(tmp_path / "here" / "router.toml", {})

    assert len(tomllib.loads(written)) == 4
    assert len(written.splitlines()) < 32
    assert [(one.mailbox, one.username) for one in settings.sources] == [
        ("shop", "shop@example.com"),
        ("support", "support@example.com"),
    ]
    assert [(one.deliver, one.username) for one in settings.inboxes] == [
        ("imap", "helen@example.com"),
        ("imap", "ann@example.com"),
    ]
    assert settings.relay is not None
    assert settings.relay.username == settings.router.address == "router@example.com"
    assert settings.router.operator == ("it@example.com",)
    assert {one.oauth for one in (*settings.sources, *settings.inboxes, settings.relay)} == {"microsoft365"}


def test_the_key_is_made_for_its_owner_alone_and_never_anew(connect: Callable[..., Ran], tmp_path: Path) -> None:
    """Whoever begins again has uploaded its certificate already."""
    first = connect("here", "--steps", client_id=None)
    key = tmp_path / "here" / "secrets" / "router.pem"
    pair, octets, made = read_pair(key), key.read_bytes(), sorted(path.name for path in (tmp_path / "here").iterdir())
    again = connect("here", "--once")

    assert (first.code, again.code) == (0, 1)
    assert made == ["router.cer", "secrets"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert timedelta(days=729) < pair.ends - datetime.now(UTC) < timedelta(days=731)
    assert key.read_bytes() == octets
    assert (tmp_path / "here" / "router.cer").read_text() == pair.certificate
    assert f"{tmp_path}/here/router.cer\n    (thumbprint {pair.thumbprint}" in first.out


def test_a_certificate_of_ones_own_is_used_where_it_is(connect: Callable[..., Ran], tmp_path: Path) -> None:
    """And what is none is told before anything is written."""
    mine = application(tmp_path, "mine")
    (tmp_path / "broken.pem").write_text(mine.certificate.read_text())
    broken = connect("there", "--once", certificate="broken.pem")
    ran = connect("here", "--once", certificate="mine.pem")

    assert (broken.code, (tmp_path / "there" / "router.toml").exists()) == (1, False)
    assert "broken.pem holds no private key" in broken.err
    assert ran.code == 1
    assert f'certificate_file = "{tmp_path}/mine.pem"' in (tmp_path / "here" / "router.toml").read_text()
    assert not (tmp_path / "here" / "secrets").exists()
    assert (tmp_path / "here" / "router.cer").read_text() == mine.certificate.read_text()


def test_a_secret_stays_in_its_file(connect: Callable[..., Ran], provider: Identity, tmp_path: Path) -> None:
    """It is named, and never shown."""
    (tmp_path / "client").write_text("correct")
    (tmp_path / "client").chmod(0o600)
    ran = connect("here", "--once", secret_file="client")

    assert f'client_secret_file = "{tmp_path}/client"' in (tmp_path / "here" / "router.toml").read_text()
    assert 'ok      oauth "microsoft365": a token is granted' in ran.out
    assert "correct" not in ran.out + ran.err
    assert "FromBase64String" not in ran.out


def test_the_steps_have_the_companys_names(connect: Callable[..., Ran]) -> None:
    """They are pasted, not filled in."""
    out = connect("here", "--steps", client_id=None, mailbox="o'neil@example.com").out

    assert "Set-Mailbox -Identity 'o''neil@example.com' -MessageCopyForSentAsEnabled $true" in out
    assert "Add-MailboxPermission -Identity 'ann@example.com' -User $objectId -AccessRights FullAccess" in out
    assert "Set-CASMailbox -Identity 'router@example.com' -SmtpClientAuthenticationDisabled $false" in out
    assert "New-MgApplication -DisplayName 'All emails to my inbox'" in out
    assert "New-ServicePrincipal -AppId $clientId -ObjectId $objectId" in out
    assert "Set-Mailbox -Identity 'ann@example.com'" not in out  # her answers are in her own Sent Items anyhow
    assert not re.search(r"\b(?:CLIENT_ID|OBJECT_ID|TENANT|ACCOUNT)\b", out)


def test_ids_that_a_token_tells_are_in_the_steps(
    connect: Callable[..., Ran], provider: Identity, tmp_path: Path
) -> None:
    """The object id is the usual mistake; a right that is missing is named."""
    connect("here", "--once")
    registered(tmp_path / "here", provider)
    granted = connect("here", "--once").out
    provider.roles = ["IMAP.AccessAsApp"]
    lacking = connect("here", "--once").out

    assert f"$clientId = '{CLIENT}'; $objectId = '{OBJECT}'" in granted
    assert "Connect-MgGraph" not in granted
    assert f"its Object ID is {OBJECT}" in granted
    assert "Application permissions: SMTP.SendAsApp. Then" in lacking
    assert "Connect-MgGraph" in lacking


def test_a_national_cloud_is_where_powershell_logs_in(connect: Callable[..., Ran]) -> None:
    """Another country, other doors."""
    out = connect("here", "--steps", authority="https://login.microsoftonline.us").out

    assert "-NoWelcome -Environment USGov\n" in out
    assert "Connect-ExchangeOnline -ShowBanner:$false -ExchangeEnvironmentName O365USGovGCCHigh\n" in out


WRONG = [
    ({"tenant": None, "client_id": None}, (), "missing: --tenant, --client-id; without an application as yet, --steps"),
    ({"mailbox": None}, (), "missing: --mailbox"),
    ({"inbox": None, "operator": None}, ("--steps",), "missing: --inbox, --operator"),
    ({"client_id": "router"}, (), "'router': expected an Application (client) ID, such as"),
    ({"timezone": "London"}, (), "'London': expected a time zone by its IANA name"),
    ({"mailbox": "support"}, (), "'support': expected a mail address"),
    ({"tenant": "a b"}, (), "'a b': expected a domain"),
    ({"certificate": "none.pem"}, (), "File 'none.pem' does not exist"),
]


@pytest.mark.parametrize(("others", "words", "expected"), WRONG)
def test_what_is_missing_or_wrong_is_named_where_nobody_can_be_asked(
    connect: Callable[..., Ran], tmp_path: Path, others: dict[str, str | None], words: tuple[str, ...], expected: str
) -> None:
    """Wrong usage, and nothing is left behind."""
    ran = connect("here", *words, **others)

    assert ran.code == 2
    assert expected in ran.err
    assert not (tmp_path / "here").exists()


def test_two_proofs_or_two_places_are_one_too_many(run: Run, connect: Callable[..., Ran], tmp_path: Path) -> None:
    """Which of them was meant?"""
    (tmp_path / "a").touch()
    proofs = connect("here", certificate="a", secret_file="a")
    places = run("--config", "x.toml", "connect", "microsoft365", "here")

    assert (proofs.code, proofs.err) == (2, "router: --certificate or --secret-file, not both\n")
    assert (places.code, places.err) == (2, "router: DIR or --config, not both\n")


def test_a_fault_of_the_configuration_is_told_before_it_is_written(connect: Callable[..., Ran], tmp_path: Path) -> None:
    """By the name that it would have had."""
    ran = connect("here", "--once", inbox="ann@elsewhere.example")

    assert ran.code == 78
    assert ran.err.startswith('router.toml: inbox[1] "ann".address = "ann@elsewhere.example": expected an address in')
    assert [path.name for path in (tmp_path / "here").iterdir() if "toml" in path.name] == []


def test_what_is_there_is_tested_and_never_written_over(connect: Callable[..., Ran], tmp_path: Path) -> None:
    """The same line again goes on; another one is refused, or keeps the old file."""
    connect("here", "--once")
    file = tmp_path / "here" / "router.toml"
    before = file.read_text() + "# mine\n"
    file.write_text(before)
    same, other = connect("here", "--once"), connect("here", "--once", inbox="helen@example.com")
    kept = file.read_text()
    forced = connect("here", "--once", "--force", inbox="helen@example.com")

    assert (same.code, other.code, forced.code) == (1, 2, 1)
    assert "testing:" in same.out
    assert f"--inbox: {file} says otherwise" in other.err
    assert kept == before == (tmp_path / "here" / "router.toml.before-1").read_text()
    assert "helen@example.com" in file.read_text()
    assert "ann@example.com" not in file.read_text()


def test_a_configuration_without_microsoft_is_left_alone(run: Run, connect: Callable[..., Ran], tmp_path: Path) -> None:
    """Such as that of `router init`."""
    run("init", "here")
    before = (tmp_path / "here" / "router.toml").read_text()
    ran = connect("here", "--once")

    assert ran.code == 1
    assert "add a table [microsoft365] to it" in ran.err
    assert (tmp_path / "here" / "router.toml").read_text() == before


def test_a_terminal_is_asked_for_what_no_option_says(
    run: Run, provider: Identity, hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again where the answer is none; the application's id last, since the steps make it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = ["support", "support@example.com, shop@example.com", "ann@example.com", "", "it@example.com"]
    typed = "\n".join([*answers, "Europe/London", "", "no", CLIENT]) + "\n"
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    ran = run("connect", "microsoft365", "here", "--once", "--authority", provider.url)
    settings = load(tmp_path / "here" / "router.toml", {})

    assert ran.code == 1
    assert ran.out.index("New-MgApplication") < ran.out.index("Application (client) ID, which the steps above end with")
    assert ran.out.count("Connect-ExchangeOnline -ShowBanner") == 1
    assert [one.addresses[0] for one in settings.mailboxes] == ["support@example.com", "shop@example.com"]
    assert (settings.router.address, settings.oauths[0].tenant) == ("router@example.com", "example.com")
    assert settings.oauths[0].client_id == CLIENT
