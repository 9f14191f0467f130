"""The mail as received, with lines of ours in front."""

import subprocess
from base64 import b64encode
from email import message_from_bytes
from email.policy import default

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.forms import for_relay, for_store
from tests.bench.forms import BLOCK, LETTER, WRAPPER, copy_of, octets, relay
from tests.bench.need import need


@pytest.fixture(scope="module")
def signer():
    """Signs a mail, and says whether the signature of another is good."""
    openssl = need("openssl")
    private = subprocess.run([openssl, "genrsa", "2048"], capture_output=True, check=True).stdout
    public = [openssl, "rsa", "-pubout", "-outform", "DER"]
    record = b"v=DKIM1; k=rsa; p=" + b64encode(
        subprocess.run(public, input=private, capture_output=True, check=True).stdout
    )

    def sign(mail: bytes, names: list[bytes]) -> bytes:
        return dkim.sign(mail, b"s", b"customer.example", private, include_headers=names) + mail

    def good(mail: bytes) -> bool:
        return dkim.verify(mail, dnsfunc=lambda name, timeout=5: record)

    return sign, good


def test_lines_of_ours_stand_before_the_received_bytes() -> None:
    """RFC 5322 section 3.6.6, and the trace of our hop."""
    form = for_relay(copy_of(LETTER), relay("redirect"))

    assert form.changed == ()
    assert octets(form) == (
        b"Received: by router.example.com (router) id 01jd8vq2kx5m9r3t; Fri, 20 Nov\r\n 2026 09:30:00 +0000\r\n"
        b"Resent-Date: Fri, 20 Nov 2026 09:30:00 +0000\r\n"
        b"Resent-From: <router@example.com>\r\n"
        b"Resent-To: mike@example.com, helen@example.com\r\n"
        b"Resent-Message-ID: <01jd8vq2kx5m9r3t.k7d2aaaaaaaaaaaa.resent@router.example.com>\r\n"
        b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n" + BLOCK + LETTER
    )


@given(st.lists(st.binary(max_size=80).filter(lambda line: not set(line) & {0, 10, 13}), max_size=20))
def test_a_mail_of_clean_lines_is_sent_byte_by_byte(lines: list[bytes]) -> None:
    """To a folder and to a relay; whatever its lines say."""
    mail = b"From: a@x\r\n" + b"".join(line + b"\r\n" for line in lines)
    stored, sent = for_store(copy_of(mail), WRAPPER, mdn_flag=True), for_relay(copy_of(mail), relay("redirect"))

    assert octets(stored) == BLOCK + mail
    assert octets(sent).endswith(BLOCK + mail)
    assert stored.changed == sent.changed == ()


def test_the_form_is_the_same_for_every_inbox_and_attempt() -> None:
    """Equal bytes share a transaction, and a repeat can be recognised."""
    first, second = copy_of(LETTER), copy_of(LETTER, id="c2", inbox="helen", look_first=True, doubts=1)

    for mode in ("redirect", "munge", "wrap"):
        assert octets(for_relay(first, relay(mode))) == octets(for_relay(second, relay(mode)))


def test_a_signed_mail_stays_signed(signer) -> None:
    """All that makes a customer's From pass at the next server."""
    sign, good = signer
    mail = sign(LETTER, [b"from", b"to", b"subject", b"date", b"message-id"])

    assert good(octets(for_relay(copy_of(mail), relay("redirect"))))
    assert good(octets(for_store(copy_of(mail), WRAPPER, mdn_flag=True)))


def test_a_field_that_is_signed_as_missing_is_left_out(signer) -> None:
    """Exim signs Resent-From and its kin whether they are there or not; ours would break that."""
    sign, good = signer
    names = [b"from", b"subject", b"resent-from", b"resent-to", b"resent-date", b"resent-message-id"]
    mail = sign(LETTER, names)
    sent = octets(for_relay(copy_of(mail), relay("redirect")))

    assert good(mail)
    assert not good(b"Resent-From: x@example.com\r\n" + mail)
    assert b"Resent-" not in sent.removesuffix(mail)
    assert good(sent)


def test_a_field_that_is_signed_as_often_as_it_is_there_may_be_repeated(signer) -> None:
    """RFC 6376 section 5.4.2: they are counted from the bottom."""
    sign, good = signer
    mail = sign(b"Resent-From: a@customer.example\r\n" + LETTER, [b"from", b"resent-from"])
    sent = octets(for_relay(copy_of(mail), relay("redirect")))

    assert sent.count(b"Resent-From:") == 2
    assert good(sent)


@pytest.mark.parametrize(
    "line", [b"Delivered-To: support@example.com\r\n", b"delivered-to:\r\n <Mike@example.com>\r\n"]
)
def test_a_delivered_to_of_ours_is_renamed(line: bytes) -> None:
    """Postfix would bounce a copy to Mike, or one that Mike sends back, as a loop."""
    form = for_relay(copy_of(line + LETTER), relay("redirect"))

    assert form.changed == ("delivered-to-renamed",)
    assert octets(form).endswith(BLOCK + b"X-Original-" + line + LETTER)


def test_a_delivered_to_of_others_stays() -> None:
    """It says where the mail has been."""
    form = for_relay(copy_of(b"Delivered-To: jane@customer.example\r\n" + LETTER), relay("redirect"))

    assert form.changed == ()


@pytest.mark.parametrize(
    ("mail", "changed", "end"),
    [
        (b"From: a@x\n\nb\rc\n", ("line-ends",), b"From: a@x\r\n\r\nb\r\nc\r\n"),
        (b"From: a@x\r\n\r\nno end", ("line-ends",), b"From: a@x\r\n\r\nno end\r\n"),
        (b"From: a@x", ("line-ends",), b"From: a@x\r\n"),
        (
            b"From a Fri\r\nFrom: a@x\r\n\r\n",
            ("mailbox-line-renamed",),
            b"X-Mailbox-Line: From a Fri\r\nFrom: a@x\r\n\r\n",
        ),
        (b"From: a@x\r\n\r\n" + b"x" * 2000 + b"\r\n", (), b"x" * 2000 + b"\r\n"),
        (b" folded\r\nFrom: a@x\r\n\r\n", (), b"+0000\r\n folded\r\nFrom: a@x\r\n\r\n"),
    ],
)
def test_what_cannot_pass_is_changed_and_stated(mail: bytes, changed: tuple[str, ...], end: bytes) -> None:
    """And nothing else is."""
    form = for_relay(copy_of(mail), relay("redirect"))

    assert form.changed == changed
    assert octets(form).endswith(end)


def test_a_continuation_at_the_top_spoils_no_mark() -> None:
    """It falls to the date, which nothing depends on."""
    read = message_from_bytes(octets(for_relay(copy_of(b" x\r\n" + LETTER), relay("redirect"))), policy=default)

    assert read["X-Router-Copy"] == "01jd8vq2kx5m9r3t.k7d2aaaaaaaaaaaa"
    assert read["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert read["From"] == "Jane Miller <Jane@customer.example>"
