"""From the configuration to the places that copies go to."""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.config import load, mailing
from router.delivery.apart import CourierApart
from router.delivery.courier import Copy
from router.delivery.forms import as_is
from router.delivery.smtp.courier import SmtpCourier
from router.destinations import Destination, destinations
from router.logins import Logins
from router.mail import mark
from router.store.content import InMemory
from tests.store.desk import NOON

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


DIGEST = '[[digest]]\nname = "nightly"\nto = ["anna@example.com", "mike@example.com"]\nat_once = {0}\n'
MAILDIR = '[[inbox]]\naddress = "mike@example.com"\ndeliver = "maildir"\npath = "mike"\n'


def test_people_get_digests_behind_the_same_relay(places: Places) -> None:
    """Each under his address, in one form that changes nothing; founders too, where something may be told at once."""
    (place,) = places(INBOX.format("helen"), DIGEST.format("true"))
    served = courier(place)._inboxes

    assert names(place) == ("helen", "anna@example.com", "mike@example.com", "helen@example.com")
    assert {served[name].form for name in names(place)[1:]} == {as_is}
    assert served["helen"].form is not as_is
    assert served["anna@example.com"].address == "anna@example.com"


def test_founders_get_no_letters_where_nothing_is_told_at_once(places: Places) -> None:
    """No channel without a use."""
    (place,) = places(INBOX.format("helen"), DIGEST.format("false"))

    assert names(place) == ("helen", "anna@example.com", "mike@example.com")


def test_a_relay_for_digests_alone_is_a_place(places: Places) -> None:
    """No founder is behind it."""
    maildir, place = places(MAILDIR, DIGEST.format("false"))

    assert (names(maildir), names(place)) == (("mike",), ("anna@example.com", "mike@example.com"))


def test_without_a_relay_the_courier_of_an_inbox_brings_digests(tmp_path: Path) -> None:
    """Also one with a mail server of its own; there the letter goes as it is."""
    (tmp_path / "secret").touch(mode=0o600)
    own = INBOX.format("anna") + 'host = "smtp.example.net"\nsecurity = "none"\n'
    text = ROUTER.format(router="").replace("[relay]", "[alarm]").partition("[alarm]")[0]
    (tmp_path / "router.toml").write_text(text + MAILDIR + own + DIGEST.format("true"))
    settings = load(tmp_path / "router.toml", {})
    maildir, place = destinations(settings, KEY, Logins(settings))

    assert mailing.ways(settings) == {"anna@example.com": "anna@example.com", "mike@example.com": "mike"}
    assert (names(maildir), names(place)) == (("mike",), ("anna", "anna@example.com"))


def test_a_letter_of_ours_goes_as_it_is() -> None:
    """Block and body together are its bytes: no trace field, no Resent, nothing renamed."""
    body = "From: router@example.com\r\nSubject: Ü\r\nDelivered-To: x@example.com\r\n\r\nGrüße\r\n".encode()
    copy = Copy("c", "e", "anna@example.com", b"X-Router-Copy: t\r\n", InMemory(body), NOON, None, False, False)
    form = as_is(copy)

    assert b"".join(form.pieces()) == b"X-Router-Copy: t\r\n" + body
    assert (form.size, form.eight_bit, form.changed) == (18 + len(body), True, ())
