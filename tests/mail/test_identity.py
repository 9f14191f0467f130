"""When two messages are the same mail."""

from __future__ import annotations

import time

import pytest

from router.mail.body import read_body
from router.mail.header import split
from router.mail.identity import content_id, digest, rebuilt_id
from router.mail.message import read

MAIL = (
    b"Received: by mx1\r\nFrom: anna@example.com\r\nTo: support@example.org\r\nSubject: a very\r\n long subject\r\n"
    b"Date: Fri, 22 Feb 2008 10:00:00 +0200\r\nMessage-ID: <a@x>\r\n\r\nHello\r\nthere\r\n"
)


def content(raw: bytes) -> bytes | None:
    return content_id(raw, split(raw))


def rebuilt(raw: bytes) -> bytes | None:
    return rebuilt_id(read(raw), read_body(raw))


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"by mx1", b"by mx2"),
        b"Delivered-To: x@y\r\nList-Id: <l.x>\r\n" + MAIL,
        MAIL + b"\r\n",
        MAIL.removesuffix(b"\r\n"),
        MAIL.replace(b"very\r\n long", b"very long"),
        b"From anna@example.com Fri Feb 22 10:00:00 2008\n" + MAIL,
    ],
    ids=["LF", "trace", "list", "line-added", "line-dropped", "unfolded", "mbox"],
)
def test_the_way_of_a_mail_does_not_change_it(other):
    """The same mail by two ways is copied once."""
    assert content(other) == content(MAIL) is not None
    assert digest(other) != digest(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Hello", b"Hallo"),
        MAIL.replace(b"a very", b"no very"),
        MAIL.replace(b"<a@x>", b"<b@x>"),
        MAIL.replace(b"anna@", b"bert@"),
        MAIL.replace(b"10:00", b"10:01"),
        MAIL.replace(b"Hello\r\nthere", b"Hello there"),
        MAIL.replace(b"To: support@", b"Cc: support@"),
        b"To: more@example.org\r\n" + MAIL,
        MAIL.replace(b"\r\nHello", b"\r\n\r\nHello"),
    ],
)
def test_another_mail_with_a_known_id_is_another_mail(other):
    """Whoever reuses a known Message-ID must not have his mail swallowed."""
    assert content(other) != content(MAIL)


def test_without_id_and_date_there_is_no_identity():
    """Two bare mails that say the same are two mails."""
    assert content(b"From: a@x\n\nhelp") is None
    assert content(b"From: a@x\nDate: x\n\nhelp") is not None
    assert content(b"From: a@x\nMessage-ID: <a>\n\nhelp") is not None


def test_a_rebuilt_mail_is_known_again():
    """Exchange takes MIME apart and writes another message with the same words."""
    other = MAIL.replace(b"To: support@example.org\r\n", b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n")
    other = other.replace(b"+0200", b"+0200 (CEST)").replace(b"Hello\r\nthere\r\n", b"SGVsbG8KCiB0aGVyZQ==\r\n")

    assert content(other) != content(MAIL)
    assert rebuilt(other) == rebuilt(MAIL) is not None


@pytest.mark.parametrize(
    "raw",
    [
        MAIL.replace(b"Message-ID", b"X-Message-ID"),
        MAIL + b"x" * 300_000,
        MAIL.replace(b"Message-ID", b"Content-Type: multipart/mixed\r\nMessage-ID"),
        MAIL.replace(b"Hello\r\nthere\r\n", b""),
    ],
    ids=["no-id", "not-whole", "defects", "no-text"],
)
def test_a_body_that_proves_nothing_identifies_nothing(raw):
    """Two encrypted mails look alike; half a text looks like the other half."""
    assert rebuilt(raw) is None


def test_other_words_or_attachments_are_another_mail():
    """The evidence of the rebuilt identity."""
    attached = b'Content-Disposition: attachment; filename="%b"\r\nMessage-ID'
    with_parts = MAIL.replace(b"Message-ID", b'Content-Type: multipart/mixed; boundary="b"\r\nMessage-ID').replace(
        b"Hello", b"--b\r\n\r\nHello\r\n--b\r\n" + attached % b"a.pdf" + b": x\r\n\r\nx\r\n--b--\r\n"
    )

    assert rebuilt(with_parts) is not None
    assert rebuilt(with_parts.replace(b"a.pdf", b"b.pdf")) != rebuilt(with_parts)
    assert rebuilt(MAIL.replace(b"Hello", b"Hallo")) != rebuilt(MAIL)
    assert rebuilt(MAIL.replace(b"anna@", b"bert@")) != rebuilt(MAIL)


def test_fifty_megabytes_take_no_time():
    """Identity is computed for every message, whatever its size."""
    raw = MAIL + b"x" * 76 * 650_000
    raw = MAIL + (b"x" * 76 + b"\r\n") * 650_000
    started = time.thread_time()
    content(raw)

    assert time.thread_time() - started < 1.5
