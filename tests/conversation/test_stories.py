"""The table of conversations: what is an answer, and what is not."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from router.store.conversations import threads
from router.store.spool import Sighting
from router.store.waiting import ANSWERS_SEEN
from tests.store.desk import opened, put, seen
from tests.store.driver import Router

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
MAILBOX, OUTBOUND, ANNA, KIM = (
    *("support@example.com", "support-sent@router.example.com", "anna@example.com", "kim@customer.example"),
)
STORIES = tomllib.loads((Path(__file__).parent / "stories.toml").read_text("utf-8"))["story"]


def name_of(number: int) -> str:
    """The Message-ID of a mail of a story."""
    return f"<{number}@mail.example>"


def report(mail: dict[str, Any]) -> bytes:
    """A delivery report, or a read receipt, about the mail that `re` names."""
    if mail.get("receipt"):
        kind, sort = "disposition-notification", "disposition-notification"
        told = f"Final-Recipient: rfc822; {KIM}\nOriginal-Message-ID: {name_of(mail['re'])}"
        told += "\nDisposition: manual-action/MDN-sent-manually; displayed"
    else:
        kind, sort = "delivery-status", "delivery-status"
        told = (
            f"Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; {mail['bounce']}\n"
            f"Action: {mail.get('action', 'failed')}\nStatus: {mail.get('status', '5.1.1')}"
        )
    return f"""From: {KIM if mail.get("receipt") else "MAILER-DAEMON@example.com"}
To: {MAILBOX}
Subject: {"Read: Order" if mail.get("receipt") else "Undelivered Mail Returned to Sender"}
Message-ID: <report-{mail["re"]}-{mail["at"]}@mail.example>
Date: Mon, 16 Nov 2026 12:00:00 +0000
Content-Type: multipart/report; report-type={sort}; boundary=x

--x

A report.
--x
Content-Type: message/{kind}

{told}

--x
Content-Type: text/rfc822-headers

Message-ID: {name_of(mail["re"])}

--x--
""".encode()


def written(number: int, mail: dict[str, Any]) -> bytes:
    """The mail as it is written."""
    if "bounce" in mail or mail.get("receipt"):
        return report(mail)
    sent = mail.get("sent", False)
    made = EmailMessage()
    made["From"] = mail.get("from", ANNA if sent else f"Kim <{KIM}>")
    made["To"] = mail.get("to", KIM if sent else MAILBOX)
    if "cc" in mail:
        made["Cc"] = mail["cc"]
    made["Subject"] = mail.get("subject", "Re: Order" if "re" in mail else "Order")
    made["Message-ID"] = name_of(number)
    made["Date"] = MONDAY + timedelta(hours=mail["at"])
    if "re" in mail:
        made["In-Reply-To"] = made["References"] = name_of(mail["re"])
    for field, value in mail.get("fields", {}).items():
        made[field] = value
    made.set_content(mail["text"])
    return made.as_bytes()


def sighting(number: int, mail: dict[str, Any]) -> Sighting:
    """The mail as it comes in."""
    machine = "bounce" in mail or mail.get("receipt")
    sender = "" if machine else mail.get("from", ANNA if mail.get("sent") else KIM)
    to = (OUTBOUND,) if mail.get("sent") else (MAILBOX,)
    return seen(written(number, mail), sender=sender, recipients=to, received=MONDAY + timedelta(hours=mail["at"]))


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """That has seen answers of the mailbox."""
    with opened(tmp_path) as database:
        put(database, (ANSWERS_SEEN, [{"mailbox": "support", "source": "smtp", "first": MONDAY, "last": MONDAY}]))
        yield Router(database)


@pytest.mark.parametrize("story", STORIES, ids=[story["why"] for story in STORIES])
@pytest.mark.parametrize("backwards", [False, True], ids=["as it came", "the other way round"])
def test_a_story_ends_as_it_should(router: Router, story: dict[str, Any], backwards: bool) -> None:
    """Whatever the order in which it is told."""
    numbered = list(enumerate(story["mails"], 1))
    for number, mail in reversed(numbered) if backwards else numbered:
        router.route(sighting(number, mail))
    views = router.database.read(lambda c: list(threads(c, None, MONDAY + timedelta(days=1))))
    first = min(range(len(story["mails"])), key=lambda at: story["mails"][at]["at"])
    (view,) = [one for one in views if any(m["message_id"] == name_of(first + 1)[1:-1] for m in one["messages"])]
    ends = [wait["end"] for wait in view["waits"] if wait["end"]]
    found = {
        "parts": [mail["part"] for mail in view["messages"]],
        "state": view["state"],
        "since": (datetime.fromisoformat(str(view["waiting_since"])) - MONDAY).total_seconds() / 3600
        if view["waiting_since"]
        else None,
        "finished": view["probably_finished"],
        "customer": view["customer"],
        "promise": view["promise"]["phrase"] if view["promise"] else "",
        "founder": ends[-1]["founder"] if ends else None,
    }

    expected = {key: value for key, value in story.items() if key not in ("why", "mails")}
    assert {key: found[key] for key in expected} == expected
