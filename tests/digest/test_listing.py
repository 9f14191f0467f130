"""What a life of mail has taught of the list: promises that were thanked for, bounces, machines of ours."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from router.conversation.edition import Edition
from router.conversation.goallines import GoalLine
from router.digest.letter import Composed
from router.digest.plan import Office
from router.store import keeping
from router.store.asof import waiters_at
from router.store.proof import proof
from router.store.waiting import waiting
from tests.bench.year.writing import Mail, failure
from tests.digest.desk import Desk, london, plan, simple
from tests.digest.morning import ANNA, SENT, SEVEN, TOM, Morning, ago, clocks, listed, twin
from tests.store.desk import NOON, seen


def text(morning: Morning, **parts: object) -> str:
    """The text of this morning's, lines joined."""
    return " ".join(twin(morning.compose(**parts)[1].letters[0], "plain").split())


def thanked(morning: Morning) -> str:
    """A customer thanks for a promise that falls due on Friday; the Message-ID of the promise."""
    number = morning.write("Kim", ago(9))
    sent = morning.answer(number, "Kim", ago(5), "I will get back to you by Friday.", by=TOM)
    morning.write("Kim", ago(4), "Thank you very much!", **{"Subject": "Re: Order of Kim", "In-Reply-To": f"<{sent}>"})
    return sent


def test_thanks_for_a_promise_do_not_keep_it(sighted: Morning) -> None:
    """Who was told "by Friday" and thanked for it waits for Friday's word."""
    thanked(sighted)
    friday, _ = sighted.compose(made=ago(3), at=ago(3))
    monday, _ = sighted.compose()

    assert listed(friday.items) == [(1, "finished", 1)]
    assert listed(monday.items) == [(1, "promised", 1)]


def test_what_was_promised_for_a_day_is_due_on_that_day(sighted: Morning) -> None:
    """It falls due at the midnight that ends the day; nobody who reads "due Sat" would call that Friday."""
    thanked(sighted)

    assert "promised: “I will get back to you by Friday.” (Tom), due Fri 23:59" in text(sighted)


def test_a_promise_that_was_thanked_for_is_listed_alike_everywhere(sighted: Morning) -> None:
    """By `router waiting`, and as of an instant after which it was kept."""
    sent = thanked(sighted)
    rows = sighted.database.read(lambda connection: waiting(connection, SEVEN))
    sighted.answer(sent, "Kim", SEVEN + timedelta(hours=2), "It left today.", by=TOM)
    then = sighted.database.read(lambda connection: waiters_at(connection, SEVEN, SEVEN + timedelta(days=1)))

    assert [(row["probably_finished"], row["promised_by"]) for row in rows] == [(False, TOM)]
    assert [(row.since, row.finished, row.promised_by) for row in then] == [(None, False, TOM)]


def bounce(morning: Morning, sent: str) -> None:
    """An answer to Kim comes back two days ago."""
    report = Mail(
        "1@mx.example.net",
        ago(2),
        "UTC",
        ("Mail Delivery System", "mailer-daemon@mx.example.net"),
        ("", ANNA),
        "Undelivered Mail Returned to Sender",
        failure(sent, "kim@customer.example", "b"),
        headers=(("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"'),),
    )
    morning.route(seen(report.octets(), sender="", recipients=("support@example.com",), received=ago(2)))


def test_an_answer_that_came_back_is_told(sighted: Morning) -> None:
    """Whoever wrote it reads "no answer of ours yet", and would write to the same address again."""
    number = sighted.write("Kim", ago(9))
    before, _ = sighted.compose(made=ago(3), at=ago(3))
    bounce(sighted, sighted.answer(number, "Kim", ago(2), "It left yesterday."))

    assert "no answer of ours yet; a mail of ours came back Sat 07:00" in text(sighted)
    assert "came back" not in text(sighted, made=ago(3), at=ago(3))
    assert [item.number for item in before.items] == [1]


def test_what_came_back_before_a_wait_is_not_told(sighted: Morning) -> None:
    """It was answered by another way, and then something else was asked."""
    number = sighted.write("Kim", ago(9))
    bounce(sighted, sighted.answer(number, "Kim", ago(2), "It left yesterday."))
    sent = sighted.answer(number, "Kim", ago(1, 2), "It left yesterday, by another way.")
    again = {"Subject": "Re: Order of Kim", "In-Reply-To": f"<{sent}>"}
    sighted.write("Kim", ago(1), "It came in pieces. What now?", **again)

    assert "we answered Sun 05:00 (Anna) from:kim" in text(sighted)


def test_who_was_cleared_is_no_mail_server(sighted: Morning) -> None:
    """A bounce belongs to a conversation, and is nobody whom it is about."""
    number = sighted.write("Kim", ago(9))
    friday, _ = sighted.compose(made=ago(3), at=ago(3))
    bounce(sighted, sighted.answer(number, "Kim", ago(2), "It left yesterday."))
    sighted.answer(number, "Kim", ago(1), "It left yesterday, by another way.")

    assert "Kim: answered Sun 07:00 by Anna" in text(sighted, last=friday)


def test_answers_are_seen_from_people_who_wrote_to_somebody_outside(sighted: Morning) -> None:
    """Not from a machine of ours, nor from whoever asks a colleague."""
    number = sighted.write("Kim", ago(3))
    machine = Mail(
        "2@example.com",
        ago(2),
        "UTC",
        ("Support", "support@example.com"),
        ("Kim", "kim@customer.example"),
        "Re: Order of Kim",
        "We have received your letter.",
        headers=(("Auto-Submitted", "auto-replied"),),
        before=(number,),
    )
    aside = Mail("3@example.com", ago(2), "UTC", ("Tom", TOM), ("Anna", ANNA), "Fwd: Order of Kim", "Do you know?")
    for mail in (machine, aside):
        sighted.route(seen(mail.octets(), sender=mail.writer[1], recipients=SENT, received=ago(2)))
    sighted.answer(number, "Kim", ago(1), by=ANNA)
    found = sighted.database.read(lambda connection: proof(connection, ["support"], [], ago(7), SEVEN))

    assert found.authors == (ANNA,)


def test_a_digest_of_a_router_that_runs_does_not_say_that_it_is_down(desk: Desk) -> None:
    """Its last pulse may be long ago: after a start, or a sleep of the machine, the digest is made before the next."""
    alive = []

    def asked(connection: Connection, made: Edition, before: Edition | None) -> Composed:
        alive.append(proof(connection, ["support"], [], ago(7), made.made).alive)
        return simple(connection, made, before)

    desk.database.write("test", lambda connection: keeping.touch(connection, NOON))
    stage = desk.made(plan(), composers=(asked,))
    desk.tick(NOON, stage)
    desk.tick(london("2026-11-21T07:00"), stage)

    assert alive == [london("2026-11-21T07:00")]


def test_thanks_that_a_question_followed_are_cleared_by_its_answer(sighted: Morning) -> None:
    """The line of the thanks is gone because the customer asked on and was answered, and not for needing none."""
    number = sighted.write("Kim", ago(9))
    sent = sighted.answer(number, "Kim", ago(5))
    reply = {"Subject": "Re: Order of Kim", "In-Reply-To": f"<{sent}>"}
    sighted.write("Kim", ago(4), "Thank you very much!", **reply)
    friday, _ = sighted.compose(made=ago(3), at=ago(3))
    asked = sighted.write("Kim", ago(2), "But where is the second one?", **reply)
    sighted.answer(asked, "Kim", ago(1), "It left, too.")

    assert listed(friday.items) == [(1, "finished", 1)]
    assert "Kim: answered Sun 07:00 by Anna" in text(sighted, last=friday)


@pytest.mark.parametrize(
    ("kept", "due", "shown"),
    [
        (14, 25, "56 %"),  # 0.56 times 100 is a little more than 56
        (57, 100, "57 %"),  # 0.57 times 100 a little less
        (29, 100, "29 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.6 %"),  # never more than was kept
        (1999, 2000, "99.9 %"),
        (1, 1, "100 %"),
        (0, 7, "0 %"),
    ],
)
def test_the_share_that_was_kept_is_rounded_down_to_a_tenth(sighted: Morning, kept: int, due: int, shown: str) -> None:
    """And whole ones are whole."""

    def goals(connection: Connection, mailboxes: Collection[str], now: datetime) -> list[GoalLine]:
        return [GoalLine("first reply", timedelta(hours=4), "service", kept / due, 0.95, 6, 4, 2)]

    sighted.office = Office(clocks, goals=goals)

    assert f"within 4 h working: {shown} kept, the goal is 95 %;" in text(sighted)
