"""The text of bodies."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from router.mail import body as body_module
from router.mail.body import RAW_CAP, Body, read_body


def test_plain_text_is_preferred():
    """Most mail says the same twice."""
    mail = EmailMessage()
    mail.set_content("Grüße, plain\n")
    mail.add_alternative("<p>html</p>", subtype="html")

    body = read_body(mail.as_bytes())

    assert body.text == "Grüße, plain"
    assert body.content_types == ("multipart/alternative", "text/plain", "text/html")
    assert (body.whole, body.defects, body.attachments) == (True, (), ())


def test_html_is_read_where_nothing_else_is():
    """Outlook on telephones sends nothing else."""
    mail = EmailMessage()
    mail.set_content("<html><head><title>x</title></head><p>One<br>two &amp; three</p></html>", subtype="html")

    assert read_body(mail.as_bytes()).text == "One\ntwo & three"


def test_attachments_are_named_and_not_read():
    """They are part of what makes two messages the same."""
    mail = EmailMessage()
    mail.set_content("See the attachment.\n")
    mail.add_attachment("secret", filename="grüße.txt")
    mail.add_attachment(b"x", maintype="application", subtype="pdf")
    mail.add_attachment(EmailMessage())

    body = read_body(mail.as_bytes())

    assert body.text == "See the attachment."
    assert body.attachments == ("grüße.txt", "application/pdf", "message/rfc822")


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Type: text/markdown\n",
        b"Content-Type: text/x-unheard-of\n",
        b"Content-Type: text/enriched\n",
        b'Content-Type: text/plain; name="message.txt"\n',
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=message.txt\n",
    ],
)
def test_a_mail_with_any_text_has_a_text(fields):
    """A customer whose program calls it something else would be shown with no word (RFC 2046 section 4.1.4)."""
    body = read_body(fields + b"\nWhere is it?\n")

    assert (body.text, body.said.new_text) == ("Where is it?", "Where is it?")


def test_a_file_beside_an_empty_text_is_not_read():
    """What somebody attaches is not what he says."""
    mail = EmailMessage()
    mail.set_content("\n")
    mail.add_attachment("secret", filename="secret.txt")
    alone = EmailMessage()
    alone.add_attachment("secret", filename="secret.txt")

    assert [read_body(each.as_bytes()).said.new_text for each in (mail, alone)] == ["", ""]


@pytest.mark.parametrize(
    ("fields", "payload", "text"),
    [
        (b"", b"a\r\n\r\nb\r\n", "a\n\nb"),
        (b"Content-Type: text/plain; charset=iso-8859-1\n", b"caf\xe9", "café"),
        (b"Content-Transfer-Encoding: base64\n", b"R3LDvMOfZQ", "Grüße"),
        (b"Content-Transfer-Encoding: BASE64 \n", b"!!R3LD\nvMOfZQ==\n--\n", "Grüße"),
        (b"Content-Transfer-Encoding: quoted-printable\n", b"a=\nb=C3=BC=zz=", "abü=zz"),
        # charsets that are none
        (b'Content-Type: text/plain; charset=""\n', b"caf\xe9", "café"),
        (b"Content-Type: text/plain; charset=hex\n", b"6869", "6869"),
        (b"Content-Type: text/plain; charset=\x00\n", b"x", "x"),
        # what HTML says of itself, where the header is silent
        (b"Content-Type: text/html\n", b'<meta charset="koi8-r">\xf0\xd2\xc9', "При"),
        (b"Content-Type: text/html; charset=windows-1252\n", b"<meta charset=koi8-r>caf\xe9", "café"),
        # types that are none
        (b"Content-Type: text\n", b"x", "x"),
        (b"Content-Type: \n", b"x", "x"),
        (b"Content-Type: text/plain; name*\n", b"x", "x"),
        # controls do not get out
        (b"", b"a\x00\x1b[31m\xe2\x80\xaeb\tc", "a[31mb\tc"),
    ],
)
def test_text_is_decoded_whatever_is_declared(fields, payload, text):
    """What the customer wrote is worth more than what the program declared."""
    assert read_body(b"Subject: x\n" + fields + b"\n" + payload).text == text


def test_a_large_message_is_read_up_to_the_cap():
    """What was not read must be known: no identity rests on half a text."""
    body = read_body(b"Subject: x\n\n" + b"word " * 100_000)

    assert not body.whole
    assert 0 < len(body.text) <= RAW_CAP


def test_machine_readable_parts_are_kept_for_classification():
    """The kind of a report is inside it."""
    raw = (
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        b"--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n--b--\n"
    )

    body = read_body(raw)

    assert body.text == "Sorry."
    assert body.reports == (("message/delivery-status", "Reporting-MTA: dns; x\n\nAction: failed"),)


def test_a_fault_of_ours_is_an_unreadable_body(monkeypatch):
    """Whatever goes wrong in here, the message is copied."""
    monkeypatch.setattr(body_module, "read_structure", lambda *_: 1 / 0)

    assert read_body(b"Subject: x\n\ntext") == Body("", False, (), (), ("unreadable",))
