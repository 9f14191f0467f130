"""The new text of replies: languages, programs, positions."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from router.mail.body import read_body
from router.mail.text.said import TEXT_CAP, Said

ROWS = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))["reply"]


def said(row: dict[str, Any]) -> Said:
    """What a row's mail says."""
    mail = EmailMessage()
    mail["Subject"] = row.get("subject", "Re: Your order")
    html = "html" in row
    mail.set_content(
        row["html" if html else "text"].removeprefix("\n"), subtype="html" if html else "plain", cte="base64"
    )
    return read_body(mail.as_bytes()).said


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_what_is_new_in_a_reply(row):
    """Each row says why."""
    found = said(row)

    assert found.new_text.split() == row["new"].split(), row["why"]
    assert not any(line.lstrip().startswith(">") for line in found.new_text.splitlines())


def test_every_row_has_a_name_of_its_own_and_a_reason():
    """A table that says nothing about why is a table that nobody can correct."""
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 60
    assert all(row["why"] for row in ROWS)


def test_thousands_of_empty_lines_hide_nothing():
    """The cap on lines is one on lines that say something."""
    found = read_body(b"Subject: x\n\n>" + b"\n" * 50_000 + b"It is broken.\n").said

    assert (found.new_text, found.snippet) == ("It is broken.", "It is broken.")


def test_a_long_text_is_capped():
    """It is kept of every mail."""
    found = read_body(b"Subject: x\n\n" + b"It is broken. " * 10_000).said

    assert len(found.new_text) <= TEXT_CAP
    assert found.snippet.startswith("It is broken.")


def test_the_html_form_is_asked_where_the_plain_one_shows_no_quote():
    """Its containers need no language; the plain form is what is read wherever it will do."""
    mail = EmailMessage()
    mail["Subject"], mail["In-Reply-To"] = "Re: Your order", "<1@example.com>"
    mail.set_content("It is broken.\n\nXyz qrs:\n\nIs it?\n")
    mail.add_alternative(
        "<p>It is broken.</p><div class=gmail_attr>Xyz qrs:</div><blockquote>Is it?</blockquote>", subtype="html"
    )

    assert read_body(mail.as_bytes()).said.new_text == "It is broken."
    del mail["In-Reply-To"]
    assert read_body(mail.as_bytes()).said.new_text.endswith("Is it?")


def test_a_footer_in_plain_text_does_not_hide_a_mail_in_html():
    """A list server adds its footer as a part of its own."""
    mail = EmailMessage()
    mail.set_content("<p>It is broken.</p>", subtype="html")
    mail.make_mixed()
    footer = EmailMessage()
    footer.set_content("-- \nlamp-users mailing list\n")
    mail.attach(footer)
    body = read_body(mail.as_bytes())

    assert body.said.new_text == "It is broken."
    assert body.text == "It is broken.\n-- \nlamp-users mailing list"


def test_flowed_lines_are_joined():
    """RFC 3676: an attribution that was wrapped softly is one line, and so is a paragraph."""
    raw = (
        b"Content-Type: text/plain; format=flowed; delsp=no\n\n"
        b"The lamp is \nbroken.\n\n >100 volts\n\nOn 2 Nov 2026 at 10:00, Customer \nSupport wrote:\n> Is \n> it?\n-- \nKim\n"
    )

    assert read_body(raw).said.new_text == "The lamp is broken.\n\n>100 volts"


@pytest.mark.parametrize("name", ["forward-without-a-word", "contact-form", "gmail-forward"])
def test_the_snippet_of_a_forward_is_what_it_says(name):
    """Who wrote to whom stands in the text; the line in a list is about the matter."""
    row = next(row for row in ROWS if row["name"] == name)
    wanted = {
        "forward-without-a-word": "You owe us 70 euro.",
        "contact-form": "Name: Kim Lee Email: kim@example.org Subject: Lamp Message: It is broken.",
        "gmail-forward": "Please look at this.",
    }

    assert said(row).snippet.startswith(wanted[name])
