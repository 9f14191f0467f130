"""Requests for a receipt."""

import pytest

from router.delivery.forms import for_relay, for_store, wants_receipt
from tests.bench.forms import BLOCK, LETTER, WRAPPER, Pieced, copy_of, octets, relay

ASKING = b"disposition-notification-to\r\n".replace(b"\r\n", b" :\r\n Jane <jane@customer.example>\r\n")


@pytest.mark.parametrize(
    "name", [b"Disposition-Notification-To", b"RETURN-RECEIPT-TO", b"X-Confirm-Reading-To", b"read-receipt-to"]
)
@pytest.mark.parametrize("mode", ["redirect", "munge"])
def test_a_request_is_disarmed_on_its_way_through_a_relay(name: bytes, mode: str) -> None:
    """Or Outlook tells the customer when the founder read it."""
    form = for_relay(copy_of(name + b": jane@customer.example\r\n" + LETTER), relay(mode))

    assert "receipt-request-disarmed" in form.changed
    assert b"\r\nX-Disarmed-" + name + b": jane@customer.example\r\n" in octets(form)


def test_every_request_is_disarmed_and_nothing_else_is_changed() -> None:
    """Folded, repeated, in any case."""
    form = for_relay(
        copy_of(ASKING + LETTER.replace(b"\r\n\r\n", b"\r\n" + ASKING + b"\r\n" + ASKING, 1)), relay("redirect")
    )
    disarmed = b"X-Disarmed-" + ASKING

    assert octets(form).endswith(
        BLOCK + disarmed + LETTER.replace(b"\r\n\r\n", b"\r\n" + disarmed + b"\r\n" + ASKING, 1)
    )


def test_in_a_folder_the_flag_is_enough() -> None:
    """RFC 3503: `$MDNSent` says that the receipt is settled, and the mail stays as it is."""
    copy = copy_of(ASKING + LETTER)

    assert wants_receipt(copy)
    assert octets(for_store(copy, WRAPPER, mdn_flag=True)) == BLOCK + ASKING + LETTER
    assert for_store(copy, WRAPPER, mdn_flag=True).changed == ()


def test_in_a_folder_without_the_flag_it_is_disarmed() -> None:
    """Exchange has the flag, others have not."""
    form = for_store(copy_of(ASKING + LETTER), WRAPPER, mdn_flag=False)

    assert form.changed == ("receipt-request-disarmed",)
    assert octets(form) == BLOCK + b"X-Disarmed-" + ASKING + LETTER


def test_a_mail_that_asks_for_nothing_wants_nothing() -> None:
    """The words in a body are none."""
    assert not wants_receipt(copy_of(LETTER + ASKING))


def test_a_header_that_is_not_read_to_its_end_may_ask_for_a_receipt() -> None:
    """The flag costs nothing; without it the mail is wrapped."""
    copy = copy_of(Pieced(b"From: a@x\r\n" + b"X-Filler: x\r\n" * 100 + ASKING + b"\r\nx\r\n", 100, head_size=300))

    assert wants_receipt(copy)
    assert for_store(copy, WRAPPER, mdn_flag=True).changed == ()
    assert for_store(copy, WRAPPER, mdn_flag=False).changed == ("wrapped:header",)
    assert for_relay(copy, relay("redirect")).changed == ("wrapped:header",)
