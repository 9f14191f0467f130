"""Replies as mail programs write them, each with the digest's own words of command in its quote."""

import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

from router.conversation.commands import read
from router.conversation.replytext import words_of
from router.mail.reading import read_mail

REPLIES = tomllib.loads(Path(__file__).with_name("quoting.toml").read_text())["reply"]
PLAIN = """5 customers wait. Begin with Jane Ferris: third letter, 3 days 14 h. Reply `fresh` for now.

Still waiting
1  Jane Ferris  3 days 14 h  "done 5 is what I was told"
   find it: from:jane@customer.example received:19/11/2026
   done 1 · phoned 1 · never 1
2  Kim Brook  2 days 3 h
   done 2 · phoned 2 · never 2

done 3 7 · phoned 1 · mine 5 · tomorrow 6 · never 4 · back 9 · fresh · park 14d
never 4
"""
HTML = "".join(f"<table><tr><td>{line}</td></tr></table>\n" for line in PLAIN.splitlines())
QUOTED = "".join(f"> {line}\n" for line in PLAIN.splitlines())


def mail_of(row):
    """The bytes that its program sends."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Anna Hill <anna@example.com>", "router+token@example.com"
    mail["Subject"] = row.get("subject", "Re: Support: 5 waiting")
    mail["Date"], mail["Message-ID"] = "Fri, 20 Nov 2026 09:00:00 +0000", f"<{row['name']}@example.com>"
    if "subject" not in row:
        mail["In-Reply-To"] = "<1.digest@router.example.com>"
    filled = {
        kind: row[kind].lstrip("\n").replace("@PLAIN@", PLAIN).replace("@QUOTED@", QUOTED).replace("@HTML@", HTML)
        for kind in ("text", "html")
        if kind in row
    }
    if "text" in filled:
        params = {"format": "flowed"} if row.get("flowed") else {}
        mail.set_content(filled["text"], params=params)
    if "html" in filled and "text" in filled:
        mail.add_alternative(filled["html"], subtype="html")
    elif "html" in filled:
        mail.set_content(filled["html"], subtype="html")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("row", REPLIES, ids=[row["name"] for row in REPLIES])
def test_only_what_stands_above_the_quote_is_read(row):
    """The quote is full of orders that nobody gave."""
    raw = mail_of(row)
    found = read_mail(raw, len(raw), "anna@example.com")
    orders = read(words_of(found.message.subject, found.said.above, "Anna Hill"))

    given = [f"{one.verb} {' '.join(map(str, one.numbers))}" for one in orders.orders]
    assert given == row.get("expected", ["done 3", "phoned 1"])
    assert orders.unclear == ()
    assert found.verdict.kind == "person"


def test_every_row_has_a_name_of_its_own_and_a_reason():
    """A table that says nothing about why is a table that nobody can correct."""
    assert len({row["name"] for row in REPLIES}) == len(REPLIES) >= 20
    assert all(row["why"] for row in REPLIES)
