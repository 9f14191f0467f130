"""When a copy is due to be marked as answered."""

from datetime import timedelta
from typing import Any

import pytest

from router.conversation.letter import Deed
from router.routing.places import Inbox
from router.store import answered, tables
from router.store.database import Database
from router.store.deeds import Said, say
from tests.routing.test_history import ANSWER, SENT
from tests.store.desk import NOON, change, seen
from tests.store.driver import Router, letter, places_of

HOUR = timedelta(hours=1)
INBOXES = (
    Inbox("mike", "mike@example.com", True, answers=True, marked=True),
    Inbox("helen", "helen@example.com", True),
)
ANSWERED = letter(text="It is on its way.", **ANSWER | {"Cc": ""})
BOUNCE = letter(
    text="550 5.1.1 <kim@customer.example>: no such user",
    **{
        "From": "MAILER-DAEMON@mx.example.com",
        "Subject": "Undelivered Mail Returned to Sender",
        "Message-ID": "<b@mx.example.com>",
        "In-Reply-To": "<a@example.com>",
        "References": "<a@example.com>",
        "Auto-Submitted": "auto-replied",
        "X-Failed-Recipients": "kim@customer.example",
    },
)


@pytest.fixture
def router(database: Database) -> Router:
    """Copies at Mike's can be marked."""
    return Router(database, places_of(inboxes=INBOXES))


def marks(router: Router) -> list[tuple[str, str | None]]:
    """Inbox and mark of every copy, in the order of their making."""
    rows = router.rows(tables.outbox)
    return [(row["inbox"], row["answered"]) for row in sorted(rows, key=lambda row: (row["id"][:9], row["inbox"]))]


def say_it(router: Router, deed: Deed) -> None:
    """A person's word on the conversation."""
    thread = router.rows(tables.thread)[0]["id"]
    said = Said(deed, "anna@example.com")
    router.database.write("t", lambda c: say(c, thread, said, router.now + 3 * HOUR))


def reply(router: Router, raw: bytes = ANSWERED, after: timedelta = HOUR) -> None:
    """We answer."""
    router.mail(raw, sender="anna@example.com", recipients=SENT, received=NOON + after)


def arrive(router: Router) -> list[dict[str, Any]]:
    """Every copy is delivered."""
    rows = router.rows(tables.outbox)
    for row in rows:
        change(router.database, row["id"], state="delivered", receipt={"folder": "INBOX", "uid": 7, "uidvalidity": 1})
    return rows


def test_the_copies_of_every_letter_that_is_answered_are_due(router: Router) -> None:
    """Of reminders too; not that of the answer, and none in an inbox where nothing can be marked."""
    router.mail(letter(1))
    router.mail(letter(2, "Well?", In_Reply_To="<1@customer.example>"), received=NOON + HOUR / 2)
    before = marks(router)
    reply(router)

    assert before == [("helen", None), ("mike", "open")] * 2
    assert marks(router) == [("helen", None), ("mike", "due")] * 2 + [("mike", "open")]


def test_a_later_letter_waits_for_an_answer_of_its_own(router: Router) -> None:
    """The mark says that this letter was answered."""
    router.mail(letter(1))
    reply(router)
    router.mail(letter(2, "It has not come.", In_Reply_To="<a@example.com>"), received=NOON + 2 * HOUR)

    assert [mark for inbox, mark in marks(router) if inbox == "mike"] == ["due", "open", "open"]


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_that_was_seen_before_its_question_counts(router: Router, together: bool) -> None:
    """The Sent folder is read by another connection."""
    batch = [
        seen(ANSWERED, sender="anna@example.com", recipients=SENT, received=NOON + HOUR),
        seen(letter(), received=NOON),
    ]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)

    assert ("mike", "due") in marks(router)


@pytest.mark.parametrize(
    ("deed", "expected", "why"),
    [
        (Deed.PHONED, "due", "an answer, by telephone"),
        (Deed.CLOSE, "open", "nobody has answered"),
        (Deed.NEVER, "open", "nobody will"),
        (Deed.TAKE, "open", "somebody is going to"),
    ],
)
def test_a_word_of_a_person_marks_where_it_is_an_answer(router: Router, deed: Deed, expected: str, why: str) -> None:
    """The mark is the one of an answer."""
    router.mail(letter())
    say_it(router, deed)

    assert marks(router) == [("helen", None), ("mike", expected)], why


@pytest.mark.parametrize(("first", "expected"), [("due", "open"), ("set", "set"), ("absent", "absent")])
def test_an_answer_that_is_taken_away_takes_no_mark_that_is_there(router: Router, first: str, expected: str) -> None:
    """It bounced; a mark may be the owner's own meanwhile."""
    router.mail(letter())
    reply(router)
    question = next(row for row in router.rows(tables.outbox) if row["answered"] == "due")
    change(router.database, question["id"], answered=first)
    router.mail(BOUNCE, sender="", received=NOON + 2 * HOUR)

    assert router.rows(tables.thread)[0]["state"] == "waiting"
    assert next(row for row in router.rows(tables.outbox) if row["id"] == question["id"])["answered"] == expected


def test_only_what_has_arrived_is_handed_out_and_once(router: Router) -> None:
    """With what is needed to find it."""
    router.mail(letter())
    reply(router)
    early = router.database.read(lambda c: answered.due(c, "mike", 10))
    rows = arrive(router)
    due = router.database.read(lambda c: answered.due(c, "mike", 10))
    elsewhere = router.database.read(lambda c: answered.due(c, "helen", 10))
    for mark in ("set", "absent"):  # the second comes from another router, too late
        row = {"b_id": due[0].id, "answered": mark}
        router.database.write("t", lambda c, row=row: c.execute(answered.SETTLE.sql, row))
    (question,) = (row for row in rows if row["answered"] == "due")

    assert (early, elsewhere) == ([], [])
    assert [(one.id, one.block, one.receipt["uid"]) for one in due] == [(question["id"], question["block"], 7)]
    assert router.database.read(lambda c: answered.due(c, "mike", 10)) == []
    assert ("mike", "set") in marks(router)


def test_history_marks_nothing(router: Router) -> None:
    """Nothing of it was copied."""
    router.mail(letter(), source="import", history=True)
    router.mail(ANSWERED, source="import", history=True, recipients=SENT, received=NOON + HOUR)

    assert router.rows(tables.thread)[0]["state"] == "answered"
    assert marks(router) == []
