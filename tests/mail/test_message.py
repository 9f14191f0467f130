"""What a message says about itself."""

from __future__ import annotations

from datetime import UTC, datetime

from router.mail import ids
from router.mail.address import Address
from router.mail.message import read


def test_the_fields_of_a_message_are_read():
    """The ordinary case."""
    raw = (
        b"From: Anna <Anna@x.com>\r\nSender: office@x.com\r\nReply-To: r@x.com\r\nTo: a@y.com,\r\n b@y.com\r\n"
        b"Cc: c@y.com\r\nCc: d@y.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Fri, 22 Feb 2008 10:00:00 +0200\r\n"
        b"Message-ID: <m@x>\r\nIn-Reply-To: p@y\r\nReferences: <r@y>\r\n <p@y>\r\n\r\nbody"
    )

    message = read(raw)

    assert message.size == len(raw)
    assert (message.message_id, message.message_ids) == ("m@x", ("m@x",))
    assert message.from_ == (Address("Anna", "anna@x.com"),)
    assert message.sender == (Address("", "office@x.com"),)
    assert message.reply_to == (Address("", "r@x.com"),)
    assert [each.addr for each in message.to] == ["a@y.com", "b@y.com"]
    assert [each.addr for each in message.cc] == ["c@y.com", "d@y.com"]
    assert message.subject == "Grüße"
    assert message.date == datetime(2008, 2, 22, 8, tzinfo=UTC)
    assert (message.in_reply_to, message.references) == (("p@y",), ("r@y", "p@y"))
    assert message.defects == ()


def test_what_is_missing_is_empty_and_named():
    """A customer whose program forgets From is a customer."""
    message = read(b"Subject: x\n\nbody")

    assert (message.message_id, message.from_, message.date) == (None, (), None)
    assert message.defects == ("no-message-id", "no-from", "no-date")


def test_what_stands_twice_is_ambiguous():
    """A mail program may show the other From: it proves nothing."""
    message = read(b"From: a@x\nFrom: b@x\nMessage-ID: <1@x>\nMessage-ID: <2@x>\nDate: 22 Feb 2008 10:00\n\n")

    assert [each.addr for each in message.from_] == ["a@x"]
    assert message.message_ids == ("1@x", "2@x")
    assert message.defects == ("several-from", "several-message-id")


def test_a_field_that_cannot_be_read_costs_that_field_only(monkeypatch):
    """No exception leaves the reading of a message."""
    monkeypatch.setattr(ids, "message_ids", lambda value: 1 / 0)

    message = read(b"From: a@x\nMessage-ID: <1@x>\nDate: 22 Feb 2008 10:00\n\n")

    assert (message.message_id, message.from_[0].addr) == (None, "a@x")
    assert message.defects == ("unreadable-message-id", "no-message-id")
