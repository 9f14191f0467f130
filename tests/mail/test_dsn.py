"""Delivery reports in the shapes in which they come."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.body import read_body
from router.mail.dsn import Bounce, Fate, bounce, fates, in_prose, readers
from router.mail.message import read
from router.mail.refusal import cause
from router.mail.ses import notification
from tests.bench.bounces import RECIPIENT, SHAPES, Shape, report

RETURNED = b"Received: from x by y\r\nSubject: Order\r\nFrom: kim@customer.example\r\n\r\nStatus 5.9.9\r\n"


def read_fates(raw: bytes) -> tuple[Fate, ...]:
    return fates(read(raw), read_body(raw))


def of(*status: str) -> tuple[Fate, ...]:
    """What a report with these lines of status says."""
    return read_fates(report("Reporting-MTA: dns; x", "", *status))


def test_a_receipt_is_of_whom_it_names() -> None:
    """Dovecot's sieve writes it as the postmaster."""
    raw = report(
        "Reporting-UA: x; y", f"Final-Recipient: rfc822; {RECIPIENT}", "Disposition: automatic-action; deleted"
    )
    receipt = raw.replace(b"delivery-status", b"disposition-notification")

    assert readers(read_body(receipt)) == (Fate((RECIPIENT,), "", "", ""),)
    assert readers(read_body(raw)) == ()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_world_s_reports_are_read(shape: Shape) -> None:
    """What the recipient's server said, not what the mail says that it returned."""
    (fate,) = read_fates(shape.make(RECIPIENT, RETURNED))

    assert (RECIPIENT in fate.addresses, fate.action, fate.status) == (True, shape.action, shape.status)


@pytest.mark.parametrize(
    ("lines", "addresses", "action", "status"),
    [
        # the address
        (["Final-Recipient: rfc822; <Mike@Example.com>"], (RECIPIENT,), "failed", ""),
        (["Final-Recipient:mike@example.com"], (RECIPIENT,), "failed", ""),
        (["Final-Recipient: LOCAL;mike"], (), "failed", ""),
        (
            ["Final-Recipient: rfc822;a@x", "Original-Recipient: rfc822;mike@example.com"],
            ("a@x", RECIPIENT),
            "failed",
            "",
        ),
        (["X-Actual-Recipient: rfc822; mike@example.com"], (RECIPIENT,), "failed", ""),
        (["Final-Recipient: rfc822;", " mike@example.com"], (RECIPIENT,), "failed", ""),
        (["Final-Recipient: rfc822;a@x", "Final-Recipient: rfc822;b@x"], ("a@x",), "failed", ""),
        # the code
        (["Status: 5.2.2 (mailbox full)"], (), "failed", "5.2.2"),
        (["Status: 5.0.0", "Diagnostic-Code: smtp; 550 5.1.1 unknown"], (), "failed", "5.1.1"),
        (["Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.7.1 IP address blacklisted"], (), "failed", "5.7.1"),
        (["Status: 4.4.7", "Diagnostic-Code: smtp; 550 5.0.0 expired"], (), "failed", "4.4.7"),
        (["Diagnostic-Code: smtp; 550 5.1.1 unknown"], (), "failed", "5.1.1"),
        (["Diagnostic-Code: smtp; connect to 5.1.2.3[5.1.2.3]: refused"], (), "failed", ""),
        (["Status: nonsense"], (), "failed", ""),
    ],
)
def test_the_fields_of_a_report(lines: list[str], addresses: tuple[str, ...], action: str, status: str) -> None:
    """RFC 3464, and what others make of it."""
    (fate,) = of("Action: failed", *lines)

    assert (fate.addresses, fate.action, fate.status) == (addresses, action, status)


@pytest.mark.parametrize(
    ("action", "read"),
    [("Failed", "failed"), ("delayed (will retry)", "delayed"), ("delivered", "delivered"), ("lost", "")],
)
def test_an_action_is_one_of_five(action: str, read: str) -> None:
    """RFC 3464 section 2.3.3."""
    assert [fate.action for fate in of("Final-Recipient: rfc822; a@x", f"Action: {action}")] == [read]


def test_each_recipient_has_its_own_fate() -> None:
    """One report may speak of several copies."""
    found = of("Final-Recipient: rfc822; a@x", "Action: failed", "", "Final-Recipient: rfc822; b@x", "Action: delayed")

    assert [(fate.addresses, fate.action) for fate in found] == [(("a@x",), "failed"), (("b@x",), "delayed")]


def test_the_words_of_a_server_are_one_clean_line() -> None:
    """They stand in `trace` and in a terminal."""
    (fate,) = of("Action: failed", "Diagnostic-Code: smtp; 550 \x1b[31mno\x00 way", "\tat all")

    assert fate.text == "550 [31mno way at all"


def test_a_report_that_says_nothing_is_completed_by_the_words_beside_it() -> None:
    """OpenSMTPD writes 5.0.0, and the reason only into the text."""
    raw = report("", "Action: failed", "Status: 5.0.0", text="550 5.7.25 no PTR record")

    assert [fate.status for fate in read_fates(raw)] == ["5.7.25"]


@pytest.mark.parametrize(
    ("raw", "sender", "is_report"),
    [
        (b"From: MAILER-DAEMON@x\n\nwhatever", "a@x", True),
        (b"From: Postmaster <postmaster@x>\n\nwhatever", "", True),
        (b"From: a@x\nSubject: Unzustellbar: Order\n\n", "", True),
        (b"From: a@x\n\nuser unknown", "", True),
        (b"From: a@x\n\nuser unknown", "a@x", False),  # a person may say so
        (b"From: a@x\n\nI am away", "", False),
    ],
)
def test_reports_without_any_sign(raw: bytes, sender: str, is_report: bool) -> None:
    """Nobody but a mail server writes in the name of nobody that something was not delivered."""
    assert in_prose(read(raw), read_body(raw), sender) is is_report


@pytest.mark.parametrize(
    "raw",
    [
        report(*["Final-Recipient: rfc822; a@x", "Action: failed", ""] * 20_000),
        report("", "Diagnostic-Code: " + "5." * 50_000),
        report("", *["Final-Recipient: rfc822;" + "<" * 900] * 50),
        b"From: mailer-daemon\n\n" + b"a" * 250_000,
        b"From: mailer-daemon\n\n" + b"@a" * 100_000,
        b"From: mailer-daemon\n\n" + b"-" * 250_000,
        b"From: mailer-daemon\n\n" + b"5.1." * 60_000,
        b"X-Failed-Recipients: " + b"a@x," * 10_000 + b"\n\n",
    ],
)
def test_hostile_reports_are_read_in_time(raw: bytes) -> None:
    """Anybody may send one to us."""
    started = time.perf_counter()
    found = read_fates(raw)

    assert time.perf_counter() - started < 1
    assert len(found) <= 100


@given(
    st.lists(
        st.sampled_from(["Final-Recipient: rfc822;", "Action: ", "Status: ", "", " ", "a@x", "5.1.1", "\0"]) | st.text()
    )
)
def test_whatever_stands_in_a_report_it_is_read(parts: list[str]) -> None:
    """And what is found can be stored."""
    for fate in read_fates(report(*parts)):
        for text in (*fate.addresses, fate.status, fate.text):
            assert "\0" not in text
            text.encode("utf-8")


QMAIL = (
    "From: MAILER-DAEMON@x\nTo: anna@example.com\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n"
)
AMAZON = '{"notificationType":"Bounce","mail":{"source":"anna@example.com"},"bounce":{"bouncedRecipients":[%s]}}'


@pytest.mark.parametrize(
    ("raw", "recipients", "status", "reason"),
    [
        # a report names them
        (
            report("", "Final-Recipient: rfc822; A@x.example", "Action: failed", "Status: 5.1.1"),
            "a@x.example",
            "5.1.1",
            "user-unknown",
        ),
        # whom it was forwarded to is another name of the same
        (
            report(
                "", "Final-Recipient: rfc822;a@x", "Original-Recipient: rfc822;b@x", "Action: failed", "Status: 5.2.2"
            ),
            "a@x",
            "5.2.2",
            "mailbox-full",
        ),
        # several, of which one was reached
        (
            report(
                "",
                "Final-Recipient: rfc822;a@x",
                "Action: failed",
                "Status: 5.1.1",
                "",
                "Final-Recipient: rfc822;b@x",
                "Action: delivered",
                "Status: 2.1.5",
                "",
                "Final-Recipient: rfc822;c@x",
                "Action: failed",
                "Status: 5.2.2",
            ),
            "a@x c@x",
            "5.1.1",
            "user-unknown",
        ),
        # only a delay
        (report("", "Final-Recipient: rfc822;a@x", "Action: delayed", "Status: 4.4.1"), "a@x", "4.4.1", "network"),
        # the words say more than the code
        (
            report(
                "",
                "Final-Recipient: rfc822;a@x",
                "Action: failed",
                "Status: 5.7.1",
                "Diagnostic-Code: smtp; 550 5.7.1 does not pass DMARC",
            ),
            "a@x",
            "5.7.1",
            "authentication",
        ),
        # OpenSMTPD: each recipient's reason stands beside the report
        (
            report(
                "",
                "Final-Recipient: rfc822;a@x",
                "Action: failed",
                "Status: 5.0.0",
                "",
                "Final-Recipient: rfc822;b@x",
                "Action: failed",
                "Status: 5.0.0",
                text="a@x: 552 5.2.2 Mailbox full\r\nb@x: 550 5.1.1 User unknown",
            ),
            "a@x b@x",
            "5.2.2",
            "mailbox-full",
        ),
        # the report names nobody
        (
            report("", "Final-Recipient: X400; c=de;", "Action: failed", text="<a@x>: user unknown"),
            "a@x",
            None,
            "user-unknown",
        ),
        # prose: not the sender, not the postmaster, not who is quoted in the server's words
        (
            QMAIL.encode() + b"<a@x>:\nRemote host said: 550 5.1.1 no such user, ask help@x\n",
            "a@x",
            "5.1.1",
            "user-unknown",
        ),
        (QMAIL.encode() + b"<a@x>:\n552 over quota\n\n<b@x>:\n550 no\n", "a@x b@x", "5.0.0", "mailbox-full"),
        (
            b"From: postmaster@x\nTo: anna@example.com\n\nThe mail of anna@example.com to a@x expired.",
            "a@x",
            None,
            "expired",
        ),
        (
            b"X-Failed-Recipients: a@x, b@x\n\nMessage from anna@example.com: host not found",
            "a@x b@x",
            None,
            "host-unknown",
        ),
        # Amazon's JSON, wrapped by the mail that carried it
        (
            b"From: no-reply@sns.amazonaws.com\n\n"
            + (
                AMAZON % '{"emailAddress":"a@x","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user\nunknown"}'
            ).encode(),
            "a@x",
            "5.1.1",
            "user-unknown",
        ),
        # nothing at all
        (b"From: MAILER-DAEMON\n\nSorry.", "", None, "unknown"),
    ],
)
def test_whom_a_bounce_is_about(raw: bytes, recipients: str, status: str | None, reason: str) -> None:
    """Whoever did not get our answer waits still."""
    assert bounce(read(raw), read_body(raw)) == Bounce(tuple(recipients.split()), status, reason)


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        ("5.1.1", "", "user-unknown"),
        ("5.1.10", "", "user-unknown"),
        ("5.2.2", "552 no", "mailbox-full"),
        ("5.7.26", "", "authentication"),
        ("5.7.606", "Access denied, banned sending IP", "blocked"),
        ("5.7.1", "554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", "blocked"),
        ("5.7.1", "", "policy"),
        ("5.0.0", "550 Account disabled", "disabled"),
        ("5.0.0", "552 message size exceeds fixed maximum size", "too-large"),
        ("4.4.1", "connect to x[192.0.2.1]:25: Connection refused", "network"),
        ("4.4.7", "", "expired"),
        ("", "Unbekannt verzogen: Adresse unbekannt", "user-unknown"),
        ("", "", "unknown"),
    ],
)
def test_why_a_server_refused(status: str, text: str, reason: str) -> None:
    """The words where they are plain, else the code."""
    assert cause(status, text) == reason


@pytest.mark.parametrize(
    "text",
    ["{", "[" * 100_000, '{"Message":' * 50_000, '{"notificationType":[]}', "{}", '{"Message":"{"}', '{"bounce":1}'],
)
def test_json_that_tells_nothing_is_no_notification(text: str) -> None:
    """Anybody may write some."""
    assert notification(text) is None


CORPORA = os.environ.get("MAIL_CORPORA")


@pytest.mark.skipif(not CORPORA, reason="MAIL_CORPORA does not name a folder with mail")
def test_real_reports_are_read_as_others_read_them() -> None:
    """Codes that a bounce parser made up itself (5.0.910) are left out: they stand in no report."""
    folder = Path(CORPORA or "")
    expected = json.loads((folder / "truth" / "sisimai_expected.json").read_text())
    counts: Counter[bool] = Counter()
    for name, told in expected.items():
        codes = [one["dsn"] for one in told]
        if codes[0] and not any(re.fullmatch(r"[45]\.0\.(?:0|\d{3})", code) for code in codes):
            raw = (folder / "bounce-sisimai" / "maildir" / "bsd" / f"{name}.eml").read_bytes()
            counts[codes[0] in [fate.status for fate in read_fates(raw)]] += 1

    assert counts.total() > 300
    assert counts[True] / counts.total() > 0.95
