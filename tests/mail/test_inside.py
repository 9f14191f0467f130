"""Our marks in what a mail encloses."""

from __future__ import annotations

import base64

import pytest

from router.mail.body import read_body
from router.mail.mark import make
from tests.bench.bounces import lines

MARK = make(b"key", "01jd8vq2kx5m9r3t")
COPY = lines(f"X-Router-Copy: {MARK}", "Subject: Order", "", "Where is it?")


def enclosing(content_type: str, inner: bytes, encoding: str = "7bit") -> bytes:
    """A mail with a text and one more part."""
    head = lines('Content-Type: multipart/mixed; boundary="b"', "", "--b", "", "Look.", "--b")
    return (
        head
        + lines(f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", "")
        + inner
        + b"\r\n--b--\r\n"
    )


@pytest.mark.parametrize(
    "raw",
    [
        enclosing("message/rfc822", COPY),
        enclosing("text/rfc822-headers", COPY),
        enclosing("message/global-headers", COPY.upper()),
        enclosing("message/rfc822", base64.encodebytes(COPY), "base64"),
        enclosing('application/octet-stream; name="Order.eml"', base64.encodebytes(COPY), "base64"),
        enclosing("message/rfc822", COPY.replace(b"Copy: ", b"Copy:\r\n ")),  # a hop folded it
        enclosing("message/rfc822", lines(f"Message-ID: <{MARK}.wrapped@router.example.com>", "", "")),
        enclosing("message/rfc822", enclosing("message/rfc822", COPY)),  # the bounce of a bounce
    ],
)
def test_a_mark_in_an_enclosed_message_is_found(raw: bytes) -> None:
    """Whatever the hops did to it."""
    assert read_body(raw).enclosed == (MARK,)


def test_a_mark_in_the_text_is_another_thing() -> None:
    """A person may quote it."""
    body = read_body(b"\r\n> X-Router-Copy: " + MARK.encode() + b"\r\n")

    assert (body.enclosed, body.quoted) == ((), (MARK,))


@pytest.mark.parametrize(
    "raw", [COPY, enclosing("text/plain", b"X-Router-Copy: no mark"), enclosing("image/png", COPY)]
)
def test_what_is_not_enclosed_is_not_found(raw: bytes) -> None:
    """The mail's own mark is read elsewhere."""
    assert read_body(raw).enclosed == ()


def test_a_thousand_marks_are_twenty() -> None:
    """Each is verified."""
    many = b"".join(b"X-Router-Copy: %d.aaaaaaaaaaaaaaaa\r\n" % number for number in range(1000))

    assert len(read_body(enclosing("message/rfc822", many)).enclosed) == 20
    assert len(read_body(b"Subject: x\r\n\r\n" + many).quoted) == 20
