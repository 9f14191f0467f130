"""The live half of `router check`, with real servers, and with what real ones do not do on demand."""

import asyncio
import base64
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTPAuthenticationError
from imapclient.exceptions import LoginError

from router.cli.checking import tries
from router.cli.checking.cause import cause
from router.cli.checking.finding import Way
from router.delivery.smtp import session
from router.intake.credentials import server_tls
from tests.bench.certificates import Pair, self_signed
from tests.bench.cutproxy import CutProxy
from tests.bench.daemon import Daemon
from tests.bench.dovecot import BARE, PASSWORD, Account, Dovecot
from tests.bench.imap import FakeImap
from tests.bench.installation import Ran, configuration
from tests.bench.ports import free_port
from tests.bench.postfix import Postfix
from tests.bench.relay import CLOSE, EXTENSIONS, SILENCE, Relay
from tests.cli.conftest import Run
from tests.conftest import short_folder

AUTH = (*EXTENSIONS, "AUTH PLAIN LOGIN")
_IMAP = """
[[inbox]]
address = "ann@example.com"
deliver = "imap"
host = "{host}"
port = {port}
security = "{security}"
username = "{user}"
password_file = "secret"
{more}
"""
_SMTP = """
[relay]
host = "localhost"
port = {port}
security = "{security}"
{login}

[[inbox]]
address = "ann@example.com"
deliver = "smtp"

[[inbox]]
address = "bob@example.com"
deliver = "smtp"
"""


# Words of the source that stand where codes stand.
NO_CODES = {"check", "new", "listener", "configuration", "operator", "inbox", "relay", "oauth", "postgresql", "digest"}
NO_CODES |= {"source", "mailbox", "answers"}
NO_CODES |= {"fault", "remark", "failed"}  # the last is what the last line of the template is for


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for localhost."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def dovecot(pair: Pair) -> Iterator[Dovecot]:
    """A mail server with TLS and several accounts."""
    users = {name: Account() for name in ("ann", "new", "wrong")} | {"full": Account(quota=100)}
    with short_folder() as folder:
        made = Dovecot(folder / "d", tls=pair, users=users).start()
        yield made
        made.stop()


@pytest.fixture
def rows(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: Pair) -> Callable[..., Any]:
    """What `check --json` says of a configuration with these inboxes: exit code, and what is no plain success."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.certificate))
    session._authorities.cache_clear()
    (tmp_path / "secret").write_text(PASSWORD)
    (tmp_path / "secret").chmod(0o600)

    def ask(inboxes: str, router: str = 'address = "router@example.com"') -> Ran:
        (tmp_path / "router.toml").write_text(configuration(free_port(), inboxes=inboxes, router=router))
        return run("check", "--json")

    return ask


def imap(port: int, *, host: str = "localhost", security: str = "none", user: str = "ann", more: str = "") -> str:
    """An IMAP inbox."""
    return _IMAP.format(host=host, port=port, security=security, user=user, more=more)


def smtp(port: int, *, security: str = "none", login: str = "") -> str:
    """Two inboxes behind one relay."""
    return _SMTP.format(port=port, security=security, login=login)


LOGIN = 'username = "r@example.com"\npassword_file = "secret"'


def about(ran: Ran, what: str = "inbox", name: str = "ann", state: str = "fault") -> dict[str, Any]:
    """The one finding about something."""
    (found,) = (row for row in ran.rows if (row["what"], row["name"], row["state"]) == (what, name, state))
    return found


def mails(dovecot: Dovecot, user: str) -> list[tuple[str, int]]:
    """Every folder and how many mails it has."""
    with dovecot.client(user) as client:
        names = [name for _, _, name in client.list_folders()]
        return [(name, client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in sorted(names)]


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_an_imap_inbox_is_tried_and_left_as_it_was(rows: Any, dovecot: Dovecot, security: str) -> None:
    """A mail goes in and out; a folder that is missing is told and not made."""
    port = dovecot.tls_port if security == "tls" else dovecot.port
    before = mails(dovecot, "new")
    more = 'automatic_folder = "Customers/Automatic"'
    ran = rows(imap(port, security=security, user="new", more=more))

    assert ran.code == 0
    assert about(ran, state="ok") == {"what": "inbox", "name": "ann", "state": "ok", "error": None, "cure": None}
    assert set(ran.rows[0]) == {"what", "name", "state", "error", "cure"}
    assert mails(dovecot, "new") == before == [("INBOX", 0)]
    with dovecot.client("new") as client:
        assert client.list_sub_folders() == []


def test_people_read_a_line_for_each_try(run: Run, tmp_path: Path, rows: Any, dovecot: Dovecot) -> None:
    """What works goes to stdout, with what is so."""
    rows(imap(dovecot.port, more='folder = "Customers"'))
    ran = run("check")
    lines = ran.out.splitlines()

    assert 'ok      inbox "ann": localhost: logged in as ann; Customers is missing and can be made' in lines
    assert lines[-1].startswith("router.toml is good")


@pytest.mark.parametrize(
    ("change", "error", "cure"),
    [
        ({"user": "nobody"}, "refuses the login of nobody", "write the right password into {folder}/secret"),
        ({"port": 1}, "localhost:1 is closed", "right port"),
        ({"host": "nowhere.invalid", "port": 993}, "the name nowhere.invalid is not found", "right host"),
        ({"security": "tls"}, "speaks no TLS from the first octet on", 'security = "starttls"'),
        ({"host": "127.0.0.1", "security": "starttls"}, "is for another name", "the name that stands in the certif"),
        ({"user": "full"}, "the mailbox is full", "make room"),
    ],
)
def test_each_fault_of_an_imap_inbox_has_its_cure(
    rows: Any, dovecot: Dovecot, tmp_path: Path, change: dict[str, Any], error: str, cure: str
) -> None:
    """In plain words, without the password."""
    ran = rows(imap(**({"port": dovecot.port} | change)))
    found = about(ran)

    assert ran.code == 1
    assert error in found["error"]
    assert cure.format(folder=tmp_path) in found["cure"]
    assert PASSWORD not in ran.out + ran.err


def test_a_certificate_that_nobody_knows_is_told(rows: Any, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how one of one's own is trusted."""
    monkeypatch.delenv("SSL_CERT_FILE")
    found = about(rows(imap(dovecot.tls_port, security="tls")))

    assert "authority that this machine does not trust" in found["error"]
    assert "SSL_CERT_FILE" in found["cure"]


def test_a_server_without_starttls_is_told_the_setting(rows: Any) -> None:
    """The password stays at home."""
    with FakeImap() as server:
        found = about(rows(imap(server.port, security="starttls")))

    assert "offers no STARTTLS" in found["error"]
    assert 'security = "tls"' in found["cure"]
    assert "LOGIN" not in server.commands


def test_a_server_that_cannot_remove_single_mails_is_tried_beside(rows: Any, pair: Pair) -> None:
    """In a folder that goes with the mail in it."""
    with short_folder() as folder:
        bare = Dovecot(folder / "d", capability=BARE).start()
        try:
            ran = rows(imap(bare.port))
            left = mails(bare, "ann")
        finally:
            bare.stop()

    assert ran.code == 0, ran.out
    assert "no UIDPLUS" in about(ran, state="remark")["error"]
    assert left == [("INBOX", 0)]


def test_a_folder_that_cannot_be_made_is_told(rows: Any, dovecot: Dovecot) -> None:
    """Here the account may not write where its mail lies."""
    home = dovecot.home("wrong")
    rows(imap(dovecot.port, user="wrong"))
    os.chmod(home / "Maildir", 0o500)
    try:
        found = about(rows(imap(dovecot.port, user="wrong", more='folder = "Customers"')))
    finally:
        os.chmod(home / "Maildir", 0o700)

    assert "the folder Customers is missing and cannot be made" in found["error"]
    assert "make it in a mail program" in found["cure"]


def test_a_mail_that_may_have_stayed_is_named(rows: Any, dovecot: Dovecot) -> None:
    """Where the connection ends between append and removal."""
    with CutProxy(dovecot.port) as proxy:
        proxy.cut("down", b"APPENDUID")
        found = about(rows(imap(proxy.port)))

    assert 'a mail with the subject "router check check-' in found["cure"]


async def ask(rows: Any, text: str) -> Ran:
    """The same beside a server on this loop."""
    ran = await asyncio.to_thread(rows, text)
    assert isinstance(ran, Ran)
    return ran


async def test_a_relay_is_tried_once_and_no_mail_is_sent(rows: Any) -> None:
    """An envelope for each inbox, taken back."""
    async with Relay(extensions=AUTH) as relay:
        ran = await ask(rows, smtp(relay.port, login=LOGIN))
    verbs = [command.split()[0] for command in relay.commands]

    assert ran.code == 0
    assert verbs == ["EHLO", "AUTH", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "RSET", "QUIT"]
    assert relay.commands[2].startswith("MAIL FROM:<router+check.")
    assert relay.mails == []
    assert [(row["what"], row["name"]) for row in ran.rows if row["what"] != "database" and row["state"] == "ok"][-3:]
    assert PASSWORD not in ran.out + ran.err
    assert base64.b64encode(PASSWORD.encode()).decode() not in ran.out + ran.err


@pytest.mark.parametrize(
    ("script", "error", "cure"),
    [
        ({"AUTH": "535 5.7.8 bad credentials"}, "refuses the login of r@example.com", "write the right password into"),
        (
            {"AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."},
            "SMTP AUTH is switched off",
            "Set-CASMailbox r@example.com",
        ),
        (
            {"AUTH": "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."},
            "refuses the login",
            "needs oauth",
        ),
        ({"AUTH": "534 5.7.9 Application-specific password required."}, "refuses the login", "app password"),
        ({"MAIL": "550 5.7.60 SMTP; Client does not have permissions to send as this sender"}, "not send as", "Send"),
        ({"MAIL": "530 5.7.57 Client not authenticated to send mail"}, "wants a login", "username"),
        ({"MAIL": "553 5.7.1 not owned by user"}, "refuses the envelope sender router+check", "bounce_domain"),
        ({"GREETING": CLOSE}, "localhost", None),
        ({"RCPT": CLOSE}, "ended the connection", "its log says why"),
    ],
)
async def test_each_fault_of_a_relay_is_told_once_with_its_cure(
    rows: Any, script: dict[str, Any], error: str, cure: str | None
) -> None:
    """And of the inboxes behind it nothing is claimed."""
    async with Relay(script, extensions=AUTH) as relay:
        ran = await ask(rows, smtp(relay.port, login=LOGIN))
    found = about(ran, "relay", f"localhost:{relay.port}")

    assert ran.code == 1
    assert error in found["error"]
    assert cure is None or cure in found["cure"]
    assert [about(ran, name=name, state="untried")["cure"] for name in ("ann", "bob")] == [None, None]


async def test_a_refused_recipient_is_no_fault_of_the_others(rows: Any) -> None:
    """Nor is one that is put off a fault at all."""
    async with Relay({"RCPT TO:<ann": "550 5.1.1 nobody", "RCPT TO:<bob": "450 4.2.0 greylisted"}) as relay:
        ran = await ask(rows, smtp(relay.port))

    assert ran.code == 1
    assert "(550 5.1.1 nobody)" in about(ran)["error"]
    assert "greylisting" in about(ran, name="bob", state="remark")["cure"]


async def test_what_a_relay_lacks_is_a_remark(rows: Any) -> None:
    """Copies go all the same, most of them."""
    async with Relay(extensions=["SIZE 1000"]) as relay:
        ran = await ask(rows, smtp(relay.port))
    remarks = [row["error"] for row in ran.rows if (row["what"], row["state"]) == ("relay", "remark")]

    assert ran.code == 0
    assert [text.split(":")[0] for text in remarks] == [
        "no PIPELINING",
        "no 8BITMIME",
        "takes mails up to 1.0 kB, the router up to 50.0 MB",
    ]


async def test_starttls_and_certificates_of_a_relay(rows: Any, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words as for IMAP."""
    async with Relay() as relay:
        missing = about(await ask(rows, smtp(relay.port, security="starttls")), "relay", f"localhost:{relay.port}")
    async with Relay(tls=server_tls(pair.certificate, pair.key), mode="tls") as relay:
        fine = await ask(rows, smtp(relay.port, security="tls"))
        monkeypatch.delenv("SSL_CERT_FILE")
        session._authorities.cache_clear()
        unknown = about(await ask(rows, smtp(relay.port, security="tls")), "relay", f"localhost:{relay.port}")

    assert "offers no STARTTLS" in missing["error"]
    assert [row["state"] for row in fine.rows if row["what"] == "relay"] == ["ok"]
    assert "authority that this machine does not trust" in unknown["error"]


async def test_a_relay_that_hangs_is_given_up(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check ends, whatever the servers do."""
    monkeypatch.setattr(tries, "SECONDS", 0.5)
    monkeypatch.setattr(tries.run, "__defaults__", (0.5,))
    begun = time.monotonic()
    async with Relay({"EHLO": SILENCE}) as relay:
        ran = await ask(rows, smtp(relay.port))

    assert "no end within" in about(ran, "relay", f"localhost:{relay.port}")["error"]
    assert time.monotonic() - begun < 8


async def test_the_operator_is_behind_the_relay_too(rows: Any) -> None:
    """The address that alarms go to."""
    async with Relay({"RCPT TO:<it@": "550 5.1.1 retired"}) as relay:
        router = 'address = "router@example.com"\noperator = ["it@example.com"]'
        ran = await asyncio.to_thread(rows, smtp(relay.port), router)

    assert "retired" in about(ran, "operator", "it@example.com")["error"]


async def test_whoever_gets_digests_is_behind_the_relay_too(rows: Any) -> None:
    """A lead who never hears of a refusal believes that nobody waits."""
    digest = '\n[[digest]]\nname = "nightly"\nto = ["anna@example.com"]\n'
    async with Relay({"RCPT TO:<anna@": "550 5.1.1 retired"}) as relay:
        ran = await asyncio.to_thread(rows, smtp(relay.port) + digest, 'address = "router@example.com"')

    assert "retired" in about(ran, "digest", "anna@example.com")["error"]


def test_a_real_postfix_and_a_real_router(
    new_postfix: Callable[..., Postfix], new_daemon: Callable[..., Daemon]
) -> None:
    """While the router runs: its own listener is no fault."""
    postfix = new_postfix(
        free_port(),
        "smtpd_recipient_restrictions = check_recipient_access inline:{ { bob@example.com = REJECT } }, permit\n",
    )
    daemon = new_daemon(extra=smtp(postfix.port).replace("localhost", "127.0.0.1"), router='address = "r@example.com"')
    daemon.start()
    ran = daemon.cli("check", "--json")
    fine = {(row["what"], row["name"]) for row in ran.rows if row["state"] == "ok"}

    assert ran.code == 1
    assert fine >= {
        ("inbox", "ann"),
        ("inbox", "mike"),
        ("listener", f"127.0.0.1:{daemon.port}"),
        ("relay", f"127.0.0.1:{postfix.port}"),
    }
    assert "554 5.7.1" in about(ran, name="bob")["error"]
    assert postfix.queue() == []


def test_a_maildir_is_written_to_and_left_as_it_was(run: Run, rows: Any, tmp_path: Path) -> None:
    """Whether it is there already or not."""
    text = '[[inbox]]\naddress = "ann@example.com"\ndeliver = "maildir"\npath = "ann"\n'
    for part in ("tmp", "new", "cur"):
        (tmp_path / "ann" / part).mkdir(parents=True)
    ran = rows(text)

    assert ran.code == 0
    assert [path for path in (tmp_path / "ann").rglob("*") if path.is_file()] == []


def test_a_maildir_that_cannot_be_written_is_told(rows: Any) -> None:
    """By the folder whose rights are to be mended; not even root writes there."""
    found = about(rows('[[inbox]]\naddress = "ann@example.com"\ndeliver = "maildir"\npath = "/proc/ann"\n'))

    assert found["error"].startswith("/proc/ann cannot be written (")
    assert found["cure"] == "make /proc writable for the user that runs the router"


def test_a_faulty_configuration_is_json_too(run: Run, tmp_path: Path) -> None:
    """Programs read one form."""
    (tmp_path / "router.toml").write_text("[router]\n")
    ran = run("check", "--json")

    assert ran.code == 78
    assert {row["what"] for row in ran.rows} == {"configuration"}
    assert any("router.timezone" in row["error"] for row in ran.rows)


@pytest.mark.parametrize(
    ("host", "error", "code"),
    [
        ("outlook.office365.com", LoginError("b'AUTHENTICATE failed.'"), "basic-off"),
        ("imap.gmail.com", LoginError("b'[AUTHENTICATIONFAILED] Invalid credentials (Failure)'"), "app-password"),
        ("smtp.gmail.com", SMTPAuthenticationError(535, "5.7.8 Username and Password not accepted"), "app-password"),
        ("imap.example.com", LoginError("no"), "login-refused"),
        ("imap.gmail.com", LoginError("b'[UNAVAILABLE] Temporary failure'"), "login-later"),
        ("smtp.gmail.com", SMTPAuthenticationError(454, "4.7.0 Temporary failure"), "login-later"),
        ("mail.example.com", ssl.SSLCertVerificationError("certificate has expired"), "certificate-unknown"),
    ],
)
def test_providers_are_known_by_host_and_by_words(host: str, error: Exception, code: str) -> None:
    """A right password that is refused has another cure than a wrong one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "unable to get local issuer certificate"

    assert cause(error, Way("[relay]", host, 1, "tls", "r", None))[0] == code


def test_every_code_has_words() -> None:
    """None falls through to the last line of the template, and none there is of no use."""
    folder = Path(tries.__file__).parent
    source = "".join(file.read_text() for file in folder.glob("*.py"))
    told = re.findall(
        r'(?:Found\(|_remark\(|(?:FAULT|OK|REMARK|UNTRIED), |return |if \S+ else |", )"([a-z0-9-]+)"', source
    )
    template = (folder.parents[2] / "templates" / "check.txt.j2").read_text()
    worded = {part.partition('"')[0] for part in template.split('code == "')[1:]}

    assert worded - set(re.findall(r'"([a-z0-9-]+)"', source)) == set()
    assert set(told) - worded - NO_CODES == set()
