"""`router waiting` and what a person says of a conversation: `close`, `snooze`, `reopen`, `take`, `phoned`, `never`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.store.desk import seen
from tests.store.driver import Router, letter

Desk = Callable[[Callable[[Router], Any]], Any]
SENT = ("support-sent@router.example.com",)
ANNA = "anna@example.com"
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
KEYS = {
    *("thread", "mailbox", "customer", "subject", "snippet", "waiting_since", "customer_seconds", "service_seconds"),
    *("letters", "last_answer", "vip", "taken_by", "promise", "probably_finished"),
}


def mail(number: int, hours: float, who: str = "kim", text: str = "Where is my order?", **fields: str) -> Any:
    """A customer's letter, so many hours after Monday nine o'clock."""
    address = f"{who}@customer.example"
    given = {"From": f"{who.title()} <{address}>", "Subject": f"Order of {who}"} | fields
    return seen(letter(number, text, **given), sender=address, received=MONDAY + timedelta(hours=hours))


def answer(number: int, hours: float, to: str, text: str = "It left yesterday.", who: str = "kim") -> Any:
    """Anna's answer to the letter `to`."""
    raw = letter(number, text, From=ANNA, To=f"{who}@customer.example", In_Reply_To=f"<{to}@customer.example>")
    return seen(raw, sender=ANNA, recipients=SENT, received=MONDAY + timedelta(hours=hours))


@pytest.fixture
def fill(desk: Desk) -> Callable[..., dict[str, str]]:
    """Routes mail, one after the other; returns the conversation of each Message-ID."""

    def filled(*mails: Any) -> dict[str, str]:
        def work(router: Router) -> dict[str, str]:
            found = {}
            for one in mails:
                (routed,) = router.route(one)
                found[str(routed.analysis.message.message_id).partition("@")[0]] = str(routed.thread)
            return found

        made: dict[str, str] = desk(work)
        return made

    return filled


OTHER = answer(90, -200, "89", who="old")  # an answer was seen once: the mailbox is not blind


def customers(run: Run, *options: str) -> list[str]:
    """Who is listed."""
    return [row["customer"].partition("@")[0] for row in run("waiting", "--json", *options).rows]


def test_those_who_wait_are_listed_longest_first(run: Run, fill: Any) -> None:
    """With the keys of the contract, on both clocks."""
    fill(OTHER, mail(2, 5, "lee"), mail(1, 0), mail(3, 1, "mia"), answer(4, 2, "3", who="mia"))
    rows = run("waiting", "--json").rows

    assert [row["customer"] for row in rows] == ["kim@customer.example", "lee@customer.example"]
    assert set(rows[0]) >= KEYS
    assert (rows[0]["waiting_since"], rows[0]["letters"], rows[0]["mailbox"]) == (
        "2026-11-16T09:00:00.000Z",
        1,
        "support",
    )
    assert rows[0]["customer_seconds"] - rows[1]["customer_seconds"] == 5 * 3600
    assert (rows[0]["snippet"], rows[0]["last_answer"], rows[0]["vip"]) == ("Where is my order?", None, False)


def test_the_list_reads_well_on_a_terminal(run: Run, fill: Any) -> None:
    """Who, what, how long, and how to find it."""
    threads = fill(OTHER, mail(1, 0), answer(2, 1, "1"), mail(3, 2, In_Reply_To="<2@customer.example>"))
    out = run("waiting").out

    assert "Kim <kim@customer.example>" in out
    assert "letter 2; wrote again after our answer" in out
    assert f"our last word Mon 16 Nov 2026 10:00:00 GMT by {ANNA}" in out
    assert f"conversation {threads['3']}" in out
    assert out.endswith("1 wait\n")


def test_nobody_is_called_waiting_where_no_answer_was_ever_seen(run: Run, fill: Any) -> None:
    """Their number and the cure go to stderr; a list of 812 answered letters is thrown out the same day."""
    fill(mail(1, 0))
    found = run("waiting", "--json")

    assert (found.code, found.out) == (0, "")
    assert "1 conversations of support" in found.err
    assert "support-sent@" in found.err
    assert "router import --mailbox support --sent" in found.err
    assert customers(run, "--unknown") == ["kim"]
    assert run("thread", "--all", "--json").rows[0]["state"] == "unknown"


def test_one_mailbox_can_be_asked_for(run: Run, fill: Any) -> None:
    """A lead's own."""
    fill(OTHER, mail(1, 0))

    assert customers(run, "--mailbox", "support") == ["kim"]
    assert customers(run, "--mailbox", "shop") == []
    assert "known: shop, support" in run("waiting", "--mailbox", "shup").err


def test_thanks_are_listed_last_and_marked(run: Run, fill: Any) -> None:
    """Probably finished is not surely finished."""
    fill(
        mail(1, 0),
        answer(2, 1, "1"),
        mail(3, 2, text="Thanks a lot!", Subject="Re: Order", In_Reply_To="<2@customer.example>"),
        mail(4, 9, "lee"),
    )
    rows = run("waiting", "--json").rows

    assert [(row["customer"][:3], row["probably_finished"]) for row in rows] == [("lee", False), ("kim", True)]


def test_a_promise_that_has_fallen_due_is_listed_with_its_words(run: Run, fill: Any) -> None:
    """It has been 14 months."""
    fill(mail(1, 0), answer(2, 1, "1", "I will get back to you by tomorrow."))
    (row,) = run("waiting", "--json").rows

    assert row["promise"] == "I will get back to you by tomorrow."
    assert row["waiting_since"].startswith("2026-11-18T00:00")
    assert row["customer"] == "kim@customer.example"


@pytest.mark.parametrize(
    ("words", "state", "listed"),
    [
        (("close",), "closed", False),
        (("phoned",), "answered", False),
        (("never",), "none", False),
        (("take",), "waiting", True),
        (("snooze", "--until", "3d"), "snoozed", False),
        (("snooze", "--until", "2036-01-01"), "snoozed", False),
        (("snooze", "--until", "2036-01-01 09:00"), "snoozed", False),
        (("reopen",), "waiting", True),
    ],
)
def test_a_persons_word_holds(run: Run, fill: Any, words: tuple[str, ...], state: str, listed: bool) -> None:
    """With who and why in the log."""
    threads = fill(OTHER, mail(1, 0))
    done = run(words[0], threads["1"], *words[1:], "--by", "Tom@Example.com", "--why", "was in the shop")
    (view,) = run("thread", threads["1"], "--json").rows

    assert (done.code, done.err) == (0, "")
    assert view["state"] == state
    assert customers(run) == (["kim"] if listed else [])
    assert [(one["word"], one["by"], one["why"]) for one in view["words"]] == [
        (words[0], "tom@example.com", "was in the shop")
    ]


def test_a_conversation_may_be_named_by_one_of_its_mails(run: Run, fill: Any) -> None:
    """A Message-ID is what people have at hand."""
    threads = fill(OTHER, mail(1, 0))

    assert run("close", "<1@customer.example>", "--by", ANNA, "--json").rows == [{"thread": threads["1"]}]


def test_never_holds_for_every_conversation_of_the_sender_and_can_be_taken_back(run: Run, fill: Any) -> None:
    """A supplier's statements need no answer; his next letter is copied all the same."""
    threads = fill(OTHER, mail(1, 0), mail(2, 1, Subject="Another"), mail(3, 2, "lee"))
    run("never", threads["1"], "--by", ANNA)
    assert customers(run) == ["lee"]

    fill(mail(4, 3, Subject="A third"))
    assert customers(run) == ["lee"]

    run("never", threads["1"], "--undo", "--by", ANNA)
    assert customers(run) == ["kim", "kim", "lee", "kim"], "what came meanwhile was never looked at"
    fill(mail(5, 4, Subject="A fourth"))
    assert customers(run) == ["kim", "kim", "lee", "kim", "kim"]
    (thread,) = run("thread", "<4@customer.example>", "--json").rows
    assert thread["messages"][0]["needs_reasons"] == ["never-mind"]


def test_taking_a_never_back_asks_for_no_machine(run: Run, fill: Any) -> None:
    """An automatic reply that came meanwhile needs an answer no more than before."""
    threads = fill(OTHER, mail(1, 0))
    run("never", threads["1"], "--by", ANNA)
    fill(mail(2, 1, Subject="Automatic reply: Order", Auto_Submitted="auto-replied"))
    run("never", threads["1"], "--undo", "--by", ANNA)

    assert customers(run) == ["kim"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("close", "nothing", "--by", ANNA), "no conversation is known by 'nothing'"),
        (("close", "THREAD"), "Missing option '--by'"),
        (("close", "THREAD", "--by", "anna"), "a mail address, such as"),
        (("snooze", "THREAD", "--by", ANNA), "Missing option '--until'"),
        (("snooze", "THREAD", "--by", ANNA, "--until", "soon"), "expected a day such as"),
        (("snooze", "THREAD", "--by", ANNA, "--until", "2020-01-01"), "is not ahead"),
    ],
)
def test_what_cannot_be_done_is_told(run: Run, fill: Any, words: tuple[str, ...], told: str) -> None:
    """And changes nothing."""
    threads = fill(OTHER, mail(1, 0))
    found = run(*(threads["1"] if word == "THREAD" else word for word in words))

    assert found.code in (1, 2)
    assert told in found.err
    assert customers(run) == ["kim"]


def test_the_answer_of_a_founder_is_named_as_one(run: Run, fill: Any) -> None:
    """The others learn of it."""
    raw = letter(2, From="mike@example.com", To="kim@customer.example", In_Reply_To="<1@customer.example>")
    threads = fill(
        mail(1, 0), seen(raw, sender="mike@example.com", recipients=SENT, received=MONDAY + timedelta(hours=2))
    )
    (view,) = run("thread", threads["1"], "--json").rows

    assert view["waits"][0]["end"]["founder"] == "mike"
    assert "answered Mon 16 Nov 2026 11:00:00 GMT by mike@example.com (founder mike)" in run("thread", threads["1"]).out


def test_a_bounce_of_our_answer_opens_the_wait_again(run: Run, fill: Any, installed: Path) -> None:
    """The customer has heard nothing."""
    report = (
        b"From: MAILER-DAEMON@example.com\r\nTo: support@example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        b"Message-ID: <b@mx.example.com>\r\nDate: Mon, 16 Nov 2026 11:00:00 +0000\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nNot delivered.\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        b"Final-Recipient: rfc822; kim@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2@customer.example>\r\n\r\n--x--\r\n"
    )
    threads = fill(mail(1, 0), answer(2, 1, "1"), seen(report, sender="", received=MONDAY + timedelta(hours=2)))
    (view,) = run("thread", threads["1"], "--json").rows

    assert [one["part"] for one in view["messages"]] == ["letter", "bounced", "bounce"]
    assert (view["state"], view["waiting_since"]) == ("waiting", "2026-11-16T09:00:00.000Z")
