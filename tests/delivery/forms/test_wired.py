"""What the settings make of a relay."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.config import Settings, load
from router.config.providers import own_from_only
from router.delivery.forms import for_relay
from router.destinations import outward, wrapper
from router.wording import BadTemplate, Wording
from tests.bench.forms import LETTER, copy_of, octets

SETTINGS = """
[router]
timezone = "Europe/London"
hostname = "router.example.com"
address = "router@example.com"
trusted_authserv = ["MX.example.com"]
[relay]
host = "{host}"
security = "tls"
[[mailbox]]
addresses = ["support@example.com", "help@example.com"]
[[inbox]]
name = "mike"
address = "mike@example.com"
deliver = "smtp"
{inbox}
"""


def settings(tmp_path: Path, host: str = "relay.example.com", inbox: str = "") -> Settings:
    file = tmp_path / "router.toml"
    file.write_text(SETTINGS.format(host=host, inbox=inbox))
    return load(file, {})


def test_a_relay_is_made_of_the_settings(tmp_path: Path) -> None:
    """Mailboxes are called by their names."""
    found = settings(tmp_path, inbox='from_mode = "munge"')
    made = outward(found, found.inboxes[0], wrapper(found))

    assert (made.from_mode, made.own_from_only) == ("munge", False)
    assert made.trusted_authserv == {"mx.example.com"}
    assert made.wrapper.mailboxes == {"support@example.com": "Support", "help@example.com": "Support"}
    assert b'From: "Jane Miller via Support" <router@example.com>' in octets(for_relay(copy_of(LETTER), made))


@pytest.mark.parametrize(
    ("host", "inbox", "expected"),
    [
        ("smtp.office365.com", "", True),
        ("smtp.gmail.com", 'host = "mx.example.com"', False),
        ("relay.example.com", 'host = "smtp.gmail.com"', True),
    ],
)
def test_the_host_that_is_used_says_whose_from_it_takes(tmp_path: Path, host: str, inbox: str, expected: bool) -> None:
    """The inbox's own before that of all."""
    found = settings(tmp_path, host, inbox)

    assert outward(found, found.inboxes[0], wrapper(found)).own_from_only == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("email-smtp.eu-west-1.amazonaws.com", True),
        ("smtp.office365.com", True),
        ("example-com.mail.protection.outlook.com", False),
        ("notsendgrid.net", False),
        (None, False),
    ],
)
def test_relays_that_take_their_own_from_only_are_known(host: str | None, expected: bool) -> None:
    """And connectors of the same companies are not taken for them."""
    assert own_from_only(host) == expected


def test_without_an_address_the_host_writes(tmp_path: Path) -> None:
    """For inboxes that we file into ourselves."""
    found = settings(tmp_path)
    found = replace(found, router=found.router.model_copy(update={"address": None}))

    assert wrapper(found).address == "router@router.example.com"


def test_a_broken_template_of_the_users_holds_up_no_mail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The shipped wording is used, and the log says so."""
    (tmp_path / "sender.txt.j2").write_text("{{ nonsense }}")
    wording = Wording(tmp_path)
    values = {"name": "Jane", "address": "jane@customer.example", "mailbox": "Support"}

    assert wording.surely("sender.txt.j2", values) == "Jane via Support"
    assert "sender.txt.j2" in caplog.text
    with pytest.raises(BadTemplate):
        wording.render("sender.txt.j2", values)
