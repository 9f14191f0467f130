"""From the configuration to the places that copies go to."""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.config import load
from router.delivery.apart import CourierApart
from router.delivery.smtp.courier import SmtpCourier
from router.destinations import Destination, destinations
from router.logins import Logins
from router.mail import mark

KEY = b"key of the test"
ROUTER = """
[router]
hostname = "router.example.com"
timezone = "Europe/London"
address = "router@example.com"
{router}

[smtp]

[[mailbox]]
address = "support@example.com"

[relay]
host = "smtp.example.com"
username = "router@example.com"
password_file = "secret"

[delivery]
resend_after = "7m"
"""
INBOX = '[[inbox]]\naddress = "{0}@example.com"\ndeliver = "smtp"\n'

Places = Callable[..., list[Destination]]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """The places of a configuration with these inboxes."""

    def places(*inboxes: str, router: str = "") -> list[Destination]:
        (tmp_path / "secret").touch(mode=0o600)
        (tmp_path / "router.toml").write_text(ROUTER.format(router=router) + "\n".join(inboxes))
        settings = load(tmp_path / "router.toml", {})
        return destinations(settings, KEY, Logins(settings))

    return places


def names(place: Destination) -> tuple[str, ...]:
    """Its inboxes."""
    return tuple(one.inbox for one in place.channels)


def courier(place: Destination) -> Any:
    """That of a relay, which works in a process of its own."""
    assert isinstance(place.courier, CourierApart)
    moved = pickle.loads(pickle.dumps(place.courier._here))
    assert isinstance(moved, SmtpCourier)
    return moved


def test_inboxes_behind_one_mail_server_are_one_place(places: Places) -> None:
    """So that a mail for both goes there once."""
    (place,) = places(INBOX.format("mike"), INBOX.format("helen"))

    assert (place.name, names(place), place.lanes) == ("smtp.example.com:587", ("mike", "helen"), 4)
    assert place.look_after == timedelta(minutes=7)
    inboxes = courier(place)._inboxes
    assert inboxes["mike"].form is inboxes["helen"].form
    relay = courier(place)._relay
    assert (relay.security, relay.username, relay.hostname) == ("starttls", "router@example.com", "router.example.com")
    assert relay.password_file.name == "secret"


def test_another_form_is_another_transaction_of_the_same_place(places: Places) -> None:
    """One founder wants mails wrapped."""
    (place,) = places(INBOX.format("mike"), INBOX.format("helen") + 'from_mode = "wrap"\n')

    inboxes = courier(place)._inboxes
    assert inboxes["mike"].form is not inboxes["helen"].form


def test_each_login_is_a_place_of_its_own(places: Places) -> None:
    """And has a name of its own, also at one host."""
    own = 'host = "smtp.example.com"\nport = 587\n'
    maildir = '[[inbox]]\naddress = "tom@example.com"\ndeliver = "maildir"\npath = "tom"\n'
    found = places(
        INBOX.format("mike"),
        INBOX.format("helen") + own,
        INBOX.format("ann") + 'host = "smtp.gmail.com"\n',
        maildir,
    )

    assert [(place.name, names(place), place.lanes) for place in found] == [
        ("tom", ("tom",), 1),
        ("smtp.example.com:587 as router@example.com, starttls", ("mike",), 4),
        ("smtp.example.com:587 as nobody, starttls", ("helen",), 4),
        ("smtp.gmail.com:587", ("ann",), 2),
    ]


@pytest.mark.parametrize(
    ("router", "begin", "domain"),
    [("", "router+", "example.com"), ('bounce_domain = "b.example.com"', "", "b.example.com")],
)
def test_a_bounce_comes_back_to_an_address_that_nobody_can_make_up(
    places: Places, router: str, begin: str, domain: str
) -> None:
    """It names the message; the customer never hears of a founder's mailbox."""
    (place,) = places(INBOX.format("mike"), router=router)
    message = "01jd8vq2kx5m9r3t"
    local, _, host = courier(place)._sender(message).rpartition("@")

    assert host == domain
    assert mark.verify(KEY, local.removeprefix(begin)) == message
    assert len(local) <= 64


def test_the_domains_that_copies_stay_in_are_a_wall(places: Places) -> None:
    """In the courier itself, beside the check of the configuration."""
    (place,) = places(INBOX.format("mike"), router='copy_domains = ["example.com"]')

    assert courier(place)._allowed("mike@example.com")
    assert not courier(place)._allowed("mike@sub.example.com")
    assert not courier(place)._allowed("mike@example.org")
