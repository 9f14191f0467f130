"""`router trace` and `router thread`: the way of a mail, and its conversation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from router.delivery.forms import form
from router.delivery.smtp.courier import DOUBLED
from router.store import tables
from router.store.outbox import ADD_COPY
from router.wording import Wording
from tests.cli.conftest import Run
from tests.store.desk import a_copy_row, put, seen
from tests.store.driver import Router, letter, sighting_row

CHANGES = (form.LINE_ENDS, form.DISARMED, form.DELIVERED_TO, form.MAILBOX_LINE, form.MUNGED, form.WRAPPED)
Desk = Callable[[Callable[[Router], Any]], Any]


@pytest.fixture
def filled(desk: Desk) -> None:
    """A question, its repeat and an answer; and a mail of somebody else."""

    def fill(router: Router) -> None:
        answer = letter(2, From="anna@example.com", To="kim@customer.example", In_Reply_To="<1@customer.example>")
        batch = [
            seen(letter(1, Subject="Where is my parcel?")),
            seen(letter(1, Subject="Where is my parcel?")),
            seen(answer, recipients=("support-sent@router.example.com",)),
            seen(letter(3, From="lee@customer.example", Subject="\x1b[31mHello 100%"), sender="lee@customer.example"),
            seen(letter(4, Subject="=?utf-8?q?=C3=84RGER?=")),
        ]
        for one in batch:
            router.database.write("t", lambda c, one=one: c.execute(tables.sighting.insert().values(sighting_row(one))))
        router.route(*batch)

    desk(fill)


@pytest.mark.parametrize(
    ("what", "subjects"),
    [
        ("<1@customer.example>", ["Where is my parcel?"]),
        ("1@customer.example", ["Where is my parcel?"]),
        ("parcel where", ["Where is my parcel?"]),
        ("lee@customer.example", ["Hello 100%"]),
        ("100%", ["Hello 100%"]),
        ("ärger", ["ÄRGER"]),
    ],
)
def test_a_mail_is_traced_by_what_people_know(run: Run, filled: None, what: str, subjects: list[str]) -> None:
    """With its sightings and its copies."""
    rows = run("trace", "--json", what).rows

    assert [row["subject"].removeprefix("[31m") for row in rows] == subjects
    assert all(row["sightings"] and row["copies"] for row in rows)
    assert set(rows[0]) >= {"message", "message_id", "sightings", "thread", "why", "copies"}


def test_a_trace_in_words_shows_the_repeat_and_the_copies(run: Run, filled: None) -> None:
    """Received, came again, and where each copy stands."""
    text = run("trace", "parcel").out

    assert "received" in text
    assert "came again" in text
    assert text.count("pending") == 2


def test_an_answer_says_why_it_was_not_copied(run: Run, filled: None) -> None:
    """Counted openly; and to whom it went, since it is no mail of the customer's."""
    out = run("trace", "2@customer.example").out

    assert "an answer of ours" in out
    assert "to           kim@customer.example" in out
    assert "from         kim@customer.example" not in out


@pytest.mark.parametrize("words", [["trace", "nothing"], ["trace", "--json", "no@body.example"], ["thread", "none"]])
def test_what_is_unknown_is_1(run: Run, filled: None, words: list[str]) -> None:
    """And says how to ask."""
    ran = run(*words)

    assert (ran.code, ran.out) == (1, "")
    assert words[-1] in ran.err


@pytest.mark.parametrize("words", [["trace", "hello"], ["thread", "--all"], ["trace", "--json", "hello"]])
def test_no_customer_gives_orders_to_the_terminal(run: Run, filled: None, words: list[str]) -> None:
    """An escape sequence in a subject could hide lines or type commands."""
    ran = run(*words)

    assert ran.code == 0
    assert "\x1b" not in ran.out


def test_a_conversation_is_shown_by_its_name_and_by_its_messages(run: Run, filled: None) -> None:
    """Both sides of it, in order."""
    (row,) = run("thread", "--json", "<2@customer.example>").rows

    assert [(one["direction"], one["message_id"]) for one in row["messages"]] == [
        ("in", "1@customer.example"),
        ("out", "2@customer.example"),
    ]
    assert set(row) >= {"thread", "mailboxes", "customer", "state", "waiting_since", "related", "messages"}
    assert run("thread", "--json", row["thread"]).rows == [row]
    assert row["customer"] == "kim@customer.example"


def test_a_conversation_names_those_beside_it(run: Run, desk: Desk) -> None:
    """A stranger who refers to a customer's mail has one of his own; both are told of each other."""

    def fill(router: Router) -> None:
        eve = letter(2, From="eve@evil.example", Subject="Re: Order", In_Reply_To="<1@customer.example>")
        router.route(seen(letter(1)), seen(eve, sender="eve@evil.example"), seen(letter(3, Subject="Another matter")))

    desk(fill)
    (kim,) = run("thread", "--json", "1@customer.example").rows
    (eve,) = run("thread", "--json", "2@customer.example").rows
    (later,) = run("thread", "--json", "3@customer.example").rows

    assert (kim["customer"], kim["related"]) == ("kim@customer.example", [eve["thread"]])
    assert (eve["customer"], eve["related"]) == ("eve@evil.example", [kim["thread"]])
    assert later["related"] == []
    assert f"beside it: {eve['thread']}" in run("thread", kim["thread"]).out


def test_all_conversations_are_listed(run: Run, filled: None) -> None:
    """One object per line, one paragraph for each."""
    assert len(run("thread", "--all", "--json").rows) == 3
    assert run("thread", "--all").out.count("conversation ") == 3


def test_wording_is_the_users_own_where_he_has_one(run: Run, filled: None, installed: Path) -> None:
    """Not every company speaks English."""
    (installed / "words").mkdir()
    (installed / "words/trace.txt.j2").write_text("Nachricht {{ messages[0].subject }}\n")
    text = (installed / "router.toml").read_text()
    (installed / "router.toml").write_text(text.replace("[router]", '[router]\ntemplates = "words"'))

    assert run("trace", "parcel").out == "Nachricht Where is my parcel?\n"
    assert run("thread", "--all").code == 0  # those that he has not come from the shipped ones


@pytest.mark.parametrize("template", ["{{ nothing }}", "{% if %}", "{{ messages[0].__class__.__mro__ }}", "\xff"])
def test_a_template_that_is_wrong_is_told_in_words(run: Run, filled: None, installed: Path, template: str) -> None:
    """Its author reads what is wrong with it."""
    (installed / "words").mkdir()
    (installed / "words/trace.txt.j2").write_text(template, encoding="latin-1")
    text = (installed / "router.toml").read_text()
    (installed / "router.toml").write_text(text.replace("[router]", '[router]\ntemplates = "words"'))
    ran = run("trace", "parcel")

    assert ran.code in (1, 78)
    assert "trace.txt.j2" in ran.err


def test_a_trace_shows_every_receipt_in_words(run: Run, filled: None, desk: Desk) -> None:
    """Where each copy lies, when it came there, what was changed, and what came back."""
    at = "2026-11-20T12:00:03.000Z"
    back = [{"kind": "bounce", "status": "5.2.2", "at": at, "message": "m3", "then": "failed"}]
    relay = {"relay": "smtp.example.com", "queue_id": "4F2B91C0", "reply": "250 2.0.0 Ok: queued as 4F2B91C0", "at": at}
    rows: list[dict[str, Any]] = [
        {"inbox": "anna", "receipt": relay, "changed": ["munged", "possibly-doubled"], "attempts": 2},
        {"inbox": "paul", "receipt": {"folder": "INBOX.Customers", "uid": 42, "at": at}, "attempts": 1},
        {"inbox": "tom", "receipt": {"file": "/srv/tom/new/1", "at": at}, "attempts": 1},
        {"inbox": "zoe", "receipt": relay, "state": "failed", "last_error": "bounced: 5.2.2", "came_back": back},
    ]

    def fill(router: Router) -> None:
        message = router.database.read(lambda c: c.exec_driver_sql("SELECT id FROM message LIMIT 1").scalar())
        made = [a_copy_row(b"") | {"state": "delivered", "message": message} | row for row in rows]
        put(router.database, (ADD_COPY, made))

    desk(fill)
    lines = [line.strip() for line in run("trace", "parcel").out.splitlines()]

    assert [line for line in lines if "delivered" in line] == [
        f"{name:12} delivered Fri 20 Nov 2026 12:00:03 GMT{more}  copy {copy_of(lines, name)}"
        for name, more in (("anna", " at attempt 2"), ("paul", ""), ("tom", ""))
    ]
    assert "taken by smtp.example.com as 4F2B91C0: 250 2.0.0 Ok: queued as 4F2B91C0" in lines
    assert "changed: sent in the router's name, with Reply-To to the customer; possibly there twice" in lines
    assert "in INBOX.Customers, UID 42" in lines
    assert "/srv/tom/new/1" in lines
    assert "bounced 5.2.2  Fri 20 Nov 2026 12:00:03 GMT  (given up)  mail m3" in lines


def copy_of(lines: list[str], inbox: str) -> str:
    """The id of a copy in a trace."""
    return next(line.rpartition(" ")[2] for line in lines if line.startswith(inbox))


@pytest.mark.parametrize("code", [*CHANGES, DOUBLED, "wrapped:refused", "wrapped:nul"])
def test_every_change_has_words(code: str) -> None:
    """A receipt is read by people too."""
    source = '{% from "words.txt.j2" import change %}{{ change(code) }}'
    words = Wording()._environment.from_string(source).render(code=code)

    assert words
    assert words != code
