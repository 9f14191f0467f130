"""How `auto` decides."""

import pytest

from router.delivery.forms import for_relay
from tests.bench.forms import LETTER, copy_of, octets, relay

GOOD = b"Authentication-Results: mx.example.com; dkim=pass header.d=customer.example\r\n"
SIGNATURE = (
    b"DKIM-Signature: v=1; d=customer.example; h=From:To:\r\n Disposition-Notification-To : Delivered-To; b=x\r\n"
)
RECEIPT = b"Disposition-Notification-To: jane@customer.example\r\n"


def is_redirected(mail: bytes, **more: object) -> bool:
    trusting = {"trusted_authserv": frozenset({"mx.example.com"}), **more}
    return "munged" not in for_relay(copy_of(mail), relay("auto", **trusting)).changed


def test_a_good_signature_of_the_sender_is_redirected() -> None:
    """It passes DMARC by itself."""
    assert is_redirected(GOOD + LETTER)


@pytest.mark.parametrize(
    "mail",
    [
        LETTER,
        GOOD.replace(b"pass", b"fail") + LETTER,
        GOOD.replace(b"customer", b"mailer") + LETTER,
        GOOD.replace(b"mx.", b"mx2.") + LETTER,
        b"Authentication-Results: spam.example.com; spf=pass\r\n" + GOOD + LETTER,  # not the topmost
        GOOD + b"From: Eve <eve@bank.example>\r\n" + LETTER,  # two, and a program may show the other
        GOOD + LETTER.replace(b"<Jane@customer.example>", b"<Jane@customer.example>, <eve@bank.example>"),
        GOOD + LETTER.replace(b"\r\n", b"\n"),
        GOOD + SIGNATURE + RECEIPT + LETTER,
    ],
)
def test_everything_else_is_munged(mail: bytes) -> None:
    """A mail that is refused is worse than one in our name."""
    assert not is_redirected(mail)


def test_a_request_for_a_receipt_that_is_not_signed_may_be_disarmed() -> None:
    """The signature stays good."""
    assert is_redirected(GOOD + SIGNATURE.replace(b"Disposition-Notification-To", b"Subject") + RECEIPT + LETTER)


def test_a_signed_delivered_to_stays() -> None:
    """Nobody signs it; where somebody does, the signature is worth more."""
    line = b"Delivered-To: mike@example.com\r\n"

    assert is_redirected(GOOD + SIGNATURE + line + LETTER)
    assert b"\r\n" + line in octets(for_relay(copy_of(GOOD + SIGNATURE + line + LETTER), relay("redirect")))


def test_a_relay_that_takes_our_own_from_only_gets_that() -> None:
    """Microsoft refuses others with 5.7.60, Google writes its own over them."""
    assert not is_redirected(GOOD + LETTER, own_from_only=True)


def test_without_a_trusted_server_everything_is_munged() -> None:
    """Anybody can write the field."""
    assert not is_redirected(GOOD + LETTER, trusted_authserv=frozenset())
