"""The mail in our name."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.forms import for_relay
from router.mail import words
from router.mail.address import addresses
from router.mail.header import split
from tests.bench.forms import BLOCK, LETTER, copy_of, octets, relay

OURS = b'From: "Jane Miller via Support" <router@example.com>\r\n'


def munged(mail: bytes) -> bytes:
    return octets(for_relay(copy_of(mail), relay("munge")))


def parsed(mail: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(mail, policy=default))


def test_only_the_named_fields_change() -> None:
    """What threads a reply at the customer, and the body, are as they were."""
    signed = b"DKIM-Signature: v=1; h=from; b=abc\r\n def\r\nSender: app@customer.example\r\n" + LETTER
    form = for_relay(copy_of(signed), relay("munge"))
    renamed = re.sub(rb"(?m)^(DKIM-Signature|Sender|From):", rb"X-Original-\1:", signed)

    assert form.changed == ("munged",)
    assert octets(form) == (
        b"Received: by router.example.com (router) id 01jd8vq2kx5m9r3t; Fri, 20 Nov\r\n 2026 09:30:00 +0000\r\n"
        b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n"
        + OURS
        + b"Reply-To: Jane Miller <Jane@customer.example>\r\n"
        + BLOCK
        + renamed
    )


def test_a_reply_goes_to_the_customer_and_threads_there() -> None:
    """As a mail program makes it: to Reply-To, with the ids of what it answers."""
    read = parsed(munged(LETTER))

    assert read["From"] == "Jane Miller via Support <router@example.com>"
    assert read["Reply-To"] == "Jane Miller <Jane@customer.example>"
    assert read["Message-ID"] == "<order-7@customer.example>"
    assert read["References"] == "<order-5@customer.example> <order-6@example.com>"
    assert read["Subject"] == "Where is my order?"
    assert (read["To"], read["Cc"]) == ("support@example.com", "Tom <tom@customer.example>")


def test_the_customers_own_reply_to_stays() -> None:
    """It is where he wants the answer."""
    sent = munged(b"Reply-To: Desk <desk@customer.example>\r\n" + LETTER)

    assert split(sent).all("reply-to") == (b"Desk <desk@customer.example>",)


def test_a_reply_to_without_an_address_is_none() -> None:
    """Else a reply would come to us."""
    assert split(munged(b"Reply-To: \r\n" + LETTER)).all("reply-to") == (b"Jane Miller <Jane@customer.example>",)


def test_an_address_keeps_its_case_beside_a_name_that_is_written_anew() -> None:
    """Help desks put tokens into theirs."""
    sent = munged("From: Jörg <Reply+AbC@customer.example>\r\n\r\n".encode("latin-1"))

    assert (split(sent).first("reply-to") or b"").endswith(b" <Reply+AbC@customer.example>")


def test_a_mail_without_a_from_gets_ours_and_leads_nowhere() -> None:
    """The From is still one address."""
    read = parsed(munged(b"Subject: x\r\n\r\ny\r\n"))

    assert read["From"] == "Support <router@example.com>"
    assert read["Reply-To"] is None


def test_of_several_froms_one_is_left() -> None:
    """RFC 5322 section 3.6; Gmail refuses two."""
    sent = munged(b"From: Eve <eve@customer.example>\r\n" + LETTER)

    assert split(sent).all("from") == (b'"Eve via Support" <router@example.com>',)
    assert len(split(sent).all("x-original-from")) == 2
    assert split(sent).all("reply-to") == (b"Eve <eve@customer.example>",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b'"O\'Hara, Jo \\"J\\""', 'O\'Hara, Jo "J"'),
        (b"back\\\\slash", "back\\\\slash"),
        (b"=?utf-8?q?J=C3=B6rg?=", "Jörg"),
        (b"J\xf6rg", "Jörg"),
        ("我们".encode(), "我们"),
        (b"=?utf-8?q?a=0D=0ABcc:_x@y?=", "a Bcc: x@y"),
        (
            b"=?utf-8?b?" + b"PT91dGYtOD9xP2E9MEQ9MEFCY2M6P3g/PQ==" + b"?=",
            "=?utf-8?q?a=0D=0ABcc:?x?=",
        ),  # a word in a word
        (b'"a\rBcc: x@y"', "a Bcc: x@y"),
        (b'"<ceo@example.com>"', "<ceo@example.com>"),
        (b"=?utf-8?q?=E2=80=AEmoc?=", "moc"),  # writes from right to left
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),
    ],
)
def test_a_name_stays_a_name(name: bytes, shown: str) -> None:
    """Quoted, encoded, or with the line ends of a header inside."""
    sent = munged(b"From: " + name + b" <jane@customer.example>\r\n\r\n")
    header = split(sent)
    (found,) = addresses(header.first("from") or b"")

    assert found.addr == "router@example.com"
    assert header.first("bcc") is None
    assert found.name == f"{shown} via Support"
    assert [one.addr for one in addresses(header.first("reply-to") or b"")] == ["jane@customer.example"]


@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_no_from_writes_a_header(value: bytes) -> None:
    """Whatever stands in it is at most a name, and ours is the only From before the received lines."""
    value = value.replace(b"\0", b"").replace(b"\n", b"")
    sent = munged(b"Subject: x\r\nFrom: " + value + b"\r\n\r\ny\r\n")
    front = split(sent[: sent.index(b"\r\nX-Router-Copy:") + 2] + b"\r\n")

    assert {field.name for field in front.fields} <= {"received", "x-auto-response-suppress", "from", "reply-to"}
    assert front.all("from")[0].endswith(b" <router@example.com>")
    assert max(map(len, sent[: sent.index(b"X-Router-Copy:")].split(b"\r\n"))) <= 998


def test_a_name_of_five_thousand_octets_is_cut_in_our_fields() -> None:
    """And stays whole where the customer wrote it."""
    sent = munged(b"From: " + b"x" * 5000 + b" <jane@customer.example>\r\n\r\n")
    front = sent[: sent.index(b"X-Router-Copy:")]

    assert max(map(len, front.split(b"\r\n"))) <= 78
    assert words.decode(split(front).first("reply-to") or b"").endswith("… <jane@customer.example>")
    assert b"X-Original-From: " + b"x" * 5000 in sent
