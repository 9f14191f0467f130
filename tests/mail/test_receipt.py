"""When a mail of the past was received, and who sent it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from router.mail.header import split
from router.mail.receipt import EARLIEST, envelope_sender, received

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WRITTEN = datetime(2026, 3, 1, tzinfo=UTC)  # the file
FROM = b"Thu Nov  5 10:00:00 2026"

DATE = "Date: Thu, 5 Nov 2026 08:00:00 +0000\n"
HOP = "Received: from a by b with SMTP id 1; Thu, 5 Nov 2026 09:00:00 +0000\n"
EARLIER_HOP = "Received: from x by a; Thu, 5 Nov 2026 08:30:00 +0000\n"


def at(hour: int, minute: int = 0, day: int = 5) -> datetime:
    """An instant in November."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "separator", "sent", "expected", "why"),
    [
        (HOP + EARLIER_HOP + DATE, FROM, False, at(9), "the top Received is the hop that delivered it"),
        (DATE, FROM, False, at(8), "else the sender's claim: an export may write its own hour into the From_ line"),
        ("Subject: x\n", FROM, False, at(10), "else the mbox"),
        ("Subject: x\n", b"", False, WRITTEN, "else the file"),
        ("Received: by b; no date at all\n" + EARLIER_HOP, b"", False, at(8, 30), "the hop before it is close"),
        ("Received: from a by b\n" + DATE, b"", False, at(8), "a Received without a date"),
        ("Received: by b; Thu, 1 Jan 1970 00:00:00 +0000\n" + DATE, b"", False, at(8), "a clock that was not set"),
        ("Date: Fri, 1 Jan 2038 00:00:00 +0000\n", b"", False, WRITTEN, "a claim from the future is none"),
        ("Date: Fri, 20 Nov 2026 13:00:00 +0000\n", b"", False, NOW, "clocks that are ahead of ours by little"),
        ("Date: Sat, 21 Nov 2026 13:00:00 +0000\n", b"", False, WRITTEN, "and by more than any zone"),
        ("Date: Mon, 1 Jan 0001 00:00:00 +0000\n", b"", False, WRITTEN, "no year"),
        ("Date: Thu, 5 Nov 2026 08:00:00\n", b"", False, at(8), "no zone: UTC"),
        ("Date: Thu, 5 Nov 2026 08:00:00 -0000\n", b"", False, at(8), "an unknown zone: UTC"),
        ("Date: Thu, 5 Nov 2026 08:00:00 +9900\n", b"", False, WRITTEN, "a zone that is none"),
        ("Date: Thu, 5 Nov 2026 10:00:00 CEST\n", b"", False, at(10), "a zone's name that nobody knows: UTC"),
        ("Date: 5 Nov 26 08:00 GMT\n", b"", False, at(8), "RFC 822's two digits"),
        ("Subject: x\n", b"Thu Nov 05 10:00:00 +0100 2026", False, at(9), "a zone before the year, as in Takeout"),
        (HOP + DATE, FROM, True, at(8), "ours: its Date is the moment of sending"),
        (HOP, FROM, True, at(9), "ours without a Date"),
        ("Subject: x\n", FROM, True, at(10), "ours, with nothing but its From_ line"),
    ],
)
def test_the_time_of_receipt(header: str, separator: bytes, sent: bool, expected: datetime, why: str) -> None:
    """It is what every wait is counted from."""
    found = received(split(header.encode() + b"\nText\n"), separator, WRITTEN, NOW, sent=sent)

    assert found == expected, why
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), EARLIEST),
        (datetime(2031, 1, 1, tzinfo=UTC), NOW),
        (datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=3))), at(11, day=20)),
    ],
)
def test_it_is_within_bounds_whatever_the_file_says(stored: datetime, expected: datetime) -> None:
    """A mail of 1970 would wait longer than anybody for ever."""
    assert received(split(b"\n"), b"", stored, NOW, sent=False) == expected


@pytest.mark.parametrize(
    ("header", "expected", "why"),
    [
        ("Return-Path: <Kim@Customer.example>\nFrom: k@x.example\n", "kim@customer.example", "the envelope, as it was"),
        ("Return-Path: <>\nFrom: mailer-daemon@x.example\n", "", "the null sender of a bounce"),
        ("Return-Path: nonsense <\nFrom: Kim <k@x.example>\n", "k@x.example", "an unreadable one is none"),
        ("From: Kim <k@x.example>, b@x.example\n", "k@x.example", "else the first author"),
        ("Subject: x\n", "", "nobody"),
    ],
)
def test_the_envelope_sender(header: str, expected: str, why: str) -> None:
    """Bounces are known by it."""
    assert envelope_sender(split(header.encode() + b"\n")) == expected, why
