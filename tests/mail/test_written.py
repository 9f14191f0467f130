"""Mail of our own: it asks for no machine's answer, its subject is one clean line, its text comes back as it was."""

import email
import email.policy
from datetime import UTC, datetime

import pytest

from router.mail import written

AT = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("auto", ["auto-generated", "auto-replied"])
def test_no_machine_is_to_answer_it(auto: str) -> None:
    """By the field of RFC 3834, and by that of Exchange, which must not keep back bounces."""
    head = email.message_from_bytes(written.head("7 waiting", AT, auto))  # type: ignore[arg-type]
    assert head["Auto-Submitted"] == auto
    assert head["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert head["Date"] == "Fri, 27 Nov 2026 07:00:00 +0000"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("7 waiting · Fri 27 Nov", "7 waiting · Fri 27 Nov"),
        ("7\r\nBcc: all@example.com", "7 Bcc: all@example.com"),
        ("=?utf-8?q?evil?=", "=?utf-8?q?evil?="),
        ("x" * 400, "x" * 150),
    ],
)
def test_a_subject_is_one_field(subject: str, shown: str) -> None:
    """Whatever is in it."""
    head = email.message_from_bytes(written.head(subject, AT), policy=email.policy.default)
    assert head["Subject"] == shown
    assert head["Bcc"] is None


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("As of 07:00.\n\nJane Ferris waits for 3 days.", "quoted-printable"),
        ("a line of its own " * 60, "quoted-printable"),
        (".\n..\nFrom me\n  two blanks  \n=3D", "quoted-printable"),
        ("お客様が三日間お待ちです。" * 20, "base64"),
    ],
)
def test_a_text_comes_back_as_it_was(text: str, encoding: str) -> None:
    """In the shorter encoding; lines are short, and of ASCII."""
    octets = written.part("text/plain", text)
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert mail["Content-Transfer-Encoding"] == encoding
    assert octets.isascii()
    assert max(map(len, octets.splitlines())) <= 76
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
