"""Warnings that stop nothing."""

from pathlib import Path

import pytest

from router.config.notes import notes

from .conftest import SMALLEST, Read

QUIET = """
[smtp]
[relay]
host = "smtp.example.com"
"""
ROUTER = 'address = "router@example.com"\noperator = ["it@example.com"]'


def test_a_configuration_without_a_risk_is_without_a_note(read: Read) -> None:
    """A note that is always there is never read."""
    assert notes(read(QUIET, router=ROUTER)) == ()


DIGEST = "[[digest]]\nname = 'd'\nto = ['anna@example.com']\n"
OWN = """
[[source]]
name = "own"
kind = "own"
host = "HOST"
username = "router@example.com"
password_file = "file"
"""


@pytest.mark.parametrize(
    ("more", "router", "told"),
    [
        ("", "", True),
        ("", 'trusted_authserv = ["mx.example.com"]', False),
        (OWN.replace("HOST", "imap.example.com"), "", True),  # anybody can write what Exchange would
        (OWN.replace("HOST", "outlook.office365.com"), "", False),
    ],
)
def test_replies_that_nothing_can_prove_are_told(
    read: Read, tmp_path: Path, more: str, router: str, told: bool
) -> None:
    """A lead would reply each morning, and nothing would change."""
    (tmp_path / "file").touch(mode=0o600)
    found = notes(read(QUIET + DIGEST + more, router=f"{ROUTER}\n{router}"))

    assert any(note.startswith("replies to digests need router.trusted_authserv") for note in found) == told


def test_replies_that_nothing_reads_are_told(read: Read) -> None:
    """The router's own mailbox is read by a source of its own, or sends its mail on to the listener."""
    found = notes(read(QUIET.replace("[smtp]", "") + DIGEST, router=ROUTER))

    assert any(note.startswith("replies to digests come to router@example.com, which nothing reads") for note in found)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "[[goal]]\nname = 'g'\nwithin = '4h'\n",
            'goal "g" counts service hours, and "support" has none: all hours count',
        ),
        (
            "[[digest]]\nname = 'd'\nto = ['support@example.com']\n",
            'digest "d".to names support@example.com, which the router itself reads: what it sends there comes back in',
        ),
        (
            "[[goal]]\nname = 'g'\nclock = 'customer'\nwithin = '4h'\nvip = true\n",
            'goal "g" counts VIPs only, and no rule has vip = true: it counts nothing',
        ),
    ],
)
def test_a_risk_is_told(read: Read, more: str, expected: str) -> None:
    """Each in one sentence with the name of the key."""
    assert expected in notes(read(QUIET + more, router=ROUTER))


def test_a_router_that_gets_no_mail_says_so(read: Read) -> None:
    """Neither a listener nor a source."""
    assert "neither [smtp] nor a [[source]] is there: no mail comes in" in notes(read())


def test_networks_that_nothing_is_taken_from_are_told(read: Read) -> None:
    """Half of a setting looks like a whole one."""
    (note,) = notes(read(QUIET.replace("[smtp]", '[smtp]\njournal_from = ["192.0.2.0/24"]'), router=ROUTER))

    assert note == "smtp.journal_from is there, and no smtp.journal: no address takes journal reports"


def test_a_small_limit_is_told(read: Read) -> None:
    """What the server in front took would be refused for good."""
    (note,) = notes(read(QUIET.replace("[smtp]", '[smtp]\nmax_message_size = "10MB"'), router=ROUTER))

    assert note.startswith("smtp.max_message_size = 10000000: ")


@pytest.mark.parametrize(
    ("router", "expected"),
    [
        ("", "neither router.operator nor alarm.command nor alarm.webhook is there: nobody hears of trouble"),
        (
            'operator = ["it@example.com"]',
            "router.operator is there, and no [relay] or no router.address: no mail can tell the operator of trouble",
        ),
    ],
)
def test_an_alarm_that_reaches_nobody_is_told(read: Read, router: str, expected: str) -> None:
    """Trouble that nobody hears of is found by customers."""
    assert expected in notes(read("[smtp]\n", router=router))


RULES = [
    ('copy_to = ["*"]', False),
    ('copy_to = ["mike"]\n[rule.when]\nmailbox = "s*"', False),
    ('copy_to = ["mike"]\n[rule.when]\nsubject = "*offer*"', False),  # now and then is enough
    ('vip = true\n[rule.when]\nmailbox = "support"', True),  # it copies nothing
    ('copy_to = ["mike"]\n[rule.when]\nmailbox = "shop"', True),
    ('copy_to = ["mike"]\n[rule.unless]\nmailbox = "support"', True),
    ('copy_to = ["mike"]\n[rule.unless]\nmailbox = "support"\nsubject = "x"', False),
]


@pytest.mark.parametrize(("rule", "told"), RULES)
def test_a_mailbox_that_no_rule_copies_is_told(read: Read, tmp_path: Path, rule: str, told: bool) -> None:
    """Every customer's mail is copied somewhere, or somebody knows that it is not."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "1.toml").write_text(f'[[rule]]\nname = "rule"\n{rule}\n', encoding="utf-8")
    found = notes(read(QUIET + '[[mailbox]]\naddress = "shop@example.com"\n', router=f'{ROUTER}\nrules = "rules"'))

    assert told == ('no rule copies mailbox "support" to any inbox' in found)


def test_tokens_that_everybody_can_read_are_told(read: Read, tmp_path: Path) -> None:
    """They are as good as a password; that the file is not there yet is no fault."""
    oauth = '[[oauth]]\nname = "m"\nprovider = "microsoft"\ntenant = "t"\nclient_id = "c"\ntoken_file = "tokens"\n'
    before = notes(read(QUIET + oauth, router=ROUTER))
    (tmp_path / "tokens").touch()
    (tmp_path / "tokens").chmod(0o644)
    (note,) = notes(read(QUIET + oauth, router=ROUTER))

    assert before == ()
    assert note.startswith('oauth[1] "m".token_file: every user of this machine can read')


def test_a_secret_that_everybody_can_read_is_told_with_its_cure(read: Read, tmp_path: Path) -> None:
    """Only secrets; a certificate is public."""
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o644)
    relay = QUIET + 'username = "router@example.com"\npassword_file = "file"\n'
    (note,) = notes(read(relay, router=ROUTER))
    (tmp_path / "file").chmod(0o600)

    assert note == f"relay.password_file: every user of this machine can read {tmp_path}/file; chmod 600 cures it"
    assert notes(read(relay, router=ROUTER)) == ()


@pytest.mark.parametrize(("host", "told"), [("smtp.example.com", True), ("localhost", False)])
def test_a_password_in_the_clear_is_told(read: Read, tmp_path: Path, host: str, told: bool) -> None:
    """Unless it never leaves the machine."""
    (tmp_path / "file").touch(mode=0o600)
    relay = f'[smtp]\n[relay]\nhost = "{host}"\nsecurity = "none"\nusername = "r@example.com"\npassword_file = "file"\n'

    assert told == any(note.startswith('relay.security = "none"') for note in notes(read(relay, router=ROUTER)))


@pytest.mark.parametrize("way", ['deliver = "imap"\nhost = "mail.example.com"', 'deliver = "smtp"'])
def test_a_login_by_token_is_carried_out(read: Read, way: str, tmp_path: Path) -> None:
    """Of an inbox and of the relay; alarms go by mail too."""
    (tmp_path / "file").touch(mode=0o600)
    base = SMALLEST.replace('deliver = "maildir"\npath = "inboxes/mike"\n', f'{way}\noauth = "m"\nusername = "m"\n')
    relay = 'username = "r@example.com"\noauth = "m"\n'
    oauth = '[[oauth]]\nname = "m"\nprovider = "google"\nservice_account_file = "file"\n'

    assert notes(read(QUIET + relay + oauth, base=base, router=ROUTER)) == ()
