"""Our answer beside the question: who gets it, where, and who does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.routing.places import Inbox
from router.routing.rules import Rule
from router.store import tables
from router.store.commands import release
from tests.routing.test_history import ANSWER, SENT
from tests.store.desk import NOON, opened, seen
from tests.store.driver import EVERYTHING, Router, letter, places_of, rule

INBOXES = (
    Inbox("mike", "mike@example.com", True, answers=True, automatic_folder="Customers/Automatic"),
    Inbox("helen", "helen@example.com", True),
)
QUESTIONS = rule(
    "questions", copy_to=("*",), folder="Customers", when={"kind": ("person",), "header": (("X-Shop", ("*",)),)}
)
PERSONNEL = rule("personnel", withhold_from=("mike",), when={"from_": ("kim@*",)})


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """Mike wants answers, Helen does not."""
    with opened(tmp_path) as database:
        yield Router(database, places_of(inboxes=INBOXES))


def answer(text: str = "It is on its way.", **fields: str) -> bytes:
    """What staff wrote to the customer."""
    return letter(text=text, **ANSWER | {"Cc": ""} | fields)


def answers(router: Router) -> list[dict[str, Any]]:
    """The rows of the outbox that are about mail of ours."""
    ours = {row["id"] for row in router.messages if row["direction"] == "out"}
    return [row for row in router.rows(tables.outbox) if row["message"] in ours]


def put(router: Router) -> list[tuple[str, str, str | None, bool]]:
    """The same: inbox, state, folder, read."""
    return [(row["inbox"], row["state"], row["folder"], row["seen"]) for row in answers(router)]


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_is_put_where_it_is_wanted_already_read(router: Router, together: bool) -> None:
    """With our lines in front like any copy, in one batch with the question or in a later one."""
    batch = [seen(letter()), seen(answer(), sender="anna@example.com", recipients=SENT)]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    (row,) = answers(router)
    question, ours = router.messages

    assert put(router) == [("mike", "pending", None, True)]
    assert ours["uncopied"] is None
    assert ours["thread"] == question["thread"] == row["thread"]
    assert (ours["rules"], row["rules"]) == (["everything"], ["everything"])
    assert row["block"].startswith(b"X-Router-Copy: " + row["message"].encode())
    assert b"X-Router-Copied-To: mike@example.com\r\n" in row["block"]


def test_an_answer_that_comes_back_is_known(router: Router) -> None:
    """It bears our mark."""
    router.mail(letter())
    router.mail(answer(), recipients=SENT)
    back = router.mail(answers(router)[0]["block"] + answer(), recipients=SENT)

    assert back.found.identity == "own"
    assert len(answers(router)) == 1


@pytest.mark.parametrize(
    ("fields", "expected", "why"),
    [
        ({}, ["mike"], "written by staff"),
        ({"From": "helen@example.com"}, ["mike"], "written by another founder"),
        ({"From": "Mike <mike@example.com>"}, [], "his own: he has it in his Sent folder"),
        ({"From": "mike+phone@example.com"}, [], "his own, with a tag"),
        ({"Sender": "mike@example.com", "From": "support@example.com"}, [], "his own, in the mailbox's name"),
        ({"To": "bob@example.com"}, [], "to a colleague only"),
        ({"Auto-Submitted": "auto-replied"}, [], "nobody wrote it"),
        ({"In-Reply-To": "", "Subject": "News"}, [], "answers nothing"),
        ({"In-Reply-To": "<unknown@customer.example>"}, ["mike"], "the question may be on its way yet"),
        ({"In-Reply-To": "", "Subject": "Re: Order 4711, the lamp"}, ["mike"], "its conversation is known by a guess"),
    ],
)
def test_only_an_answer_of_somebody_else_is_put(
    router: Router, fields: dict[str, str], expected: list[str], why: str
) -> None:
    """Everything else stays uncopied, and says why."""
    router.mail(letter(Subject="Order 4711, the lamp"))
    router.mail(answer(**fields), recipients=SENT, received=NOON + timedelta(hours=1))

    assert [row["inbox"] for row in answers(router)] == expected, why
    assert [row["uncopied"] for row in router.messages] == [None, None if expected else "answer"], why


def test_history_is_put_nowhere(router: Router) -> None:
    """An answer of years ago is nothing new."""
    router.mail(letter())
    router.mail(answer(), recipients=SENT, source="import", history=True)

    assert answers(router) == []
    assert router.messages[1]["uncopied"] == "imported"


def test_an_answer_that_was_imported_is_put_when_it_comes_live(router: Router) -> None:
    """As a customer's mail is copied then."""
    router.mail(letter())
    router.mail(answer(), recipients=SENT, source="import", history=True)
    router.mail(answer(), recipients=SENT)

    assert put(router) == [("mike", "pending", None, True)]
    assert router.messages[1]["uncopied"] is None


def test_a_second_sighting_puts_no_second_one(router: Router) -> None:
    """In the Sent folder and by the outbound copy."""
    router.mail(letter())
    router.mail(answer(), recipients=SENT)
    router.mail(answer(), recipients=SENT, source="support-imap")

    assert len(answers(router)) == 1


@pytest.mark.parametrize("together", [True, False])
def test_it_lies_in_the_folder_of_the_question(router: Router, together: bool) -> None:
    """Also where the rule that copied the question does not fit the answer."""
    router.places = places_of(QUESTIONS, inboxes=INBOXES)
    batch = [seen(letter(X_Shop="1")), seen(answer(), recipients=SENT)]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)

    assert put(router) == [("mike", "pending", "Customers", True)]
    assert answers(router)[0]["rules"] == ["answers"]


def test_where_no_rule_copied_the_question_nothing_is_put(router: Router) -> None:
    """An answer alone is beside nothing."""
    router.places = places_of(QUESTIONS, inboxes=INBOXES)
    router.mail(letter())
    router.mail(answer(), recipients=SENT)

    assert answers(router) == []


@pytest.mark.parametrize(
    ("rules", "question", "expected", "why"),
    [
        ((EVERYTHING, PERSONNEL), {}, ("withheld", "personnel"), "the customer is the one of the rule"),
        (
            (EVERYTHING, rule("salary", withhold_from=("mike",), when={"body": ("*salary*",)})),
            {"text": "About my salary"},
            ("withheld", "salary"),
            "the answer does not say what the question said",
        ),
        (
            (EVERYTHING, rule("look first", hold=True, when={"body": ("*salary*",)})),
            {"text": "About my salary"},
            ("held", "look first"),
            "the question is held",
        ),
    ],
)
def test_what_is_kept_back_is_not_given_away_by_its_answer(
    router: Router, rules: tuple[Rule, ...], question: dict[str, str], expected: tuple[str, str], why: str
) -> None:
    """It quotes the question."""
    router.places = places_of(*rules, inboxes=INBOXES)
    router.mail(letter(**question))
    router.mail(answer(), recipients=SENT)

    assert [(row["state"], row["reason"]) for row in answers(router)] == [expected], why
    assert router.messages[1]["uncopied"] is None, "a row says why"


def test_what_was_released_holds_no_answer(router: Router) -> None:
    """A person has looked at it."""
    router.places = places_of(EVERYTHING, rule("look first", hold=True, when={"body": ("*salary*",)}), inboxes=INBOXES)
    routed = router.mail(letter(text="About my salary"))
    router.database.write("t", lambda c: release(c, [str(routed.message)], NOON))
    router.mail(answer(), recipients=SENT)

    assert put(router) == [("mike", "pending", None, True)]


def test_it_follows_a_conversation_that_was_merged_in_the_same_batch(router: Router) -> None:
    """Two letters were strangers to each other until somebody answered both."""
    router.places = places_of(QUESTIONS, inboxes=INBOXES)
    router.route(
        seen(letter(1, Subject="", X_Shop="1")),
        seen(letter(2, Subject="", X_Shop="1")),
        seen(answer(References="<1@customer.example> <2@customer.example>"), recipients=SENT),
    )

    assert put(router) == [("mike", "pending", "Customers", True)]


@pytest.mark.parametrize(
    ("question", "expected", "why"),
    [
        (True, [("mike", "pending", None, True)], "the conversation is known: it is an answer"),
        (False, [("mike", "pending", None, False), ("helen", "pending", None, False)], "no recognised answer: a copy"),
    ],
)
def test_what_staff_write_with_the_mailbox_in_cc_is_read_only_where_it_is_an_answer(
    router: Router, question: bool, expected: list[tuple[str, str, str | None, bool]], why: str
) -> None:
    """The journal brings it; what nobody recognises is copied to everybody, as new."""
    if question:
        router.mail(letter())
    people = ("kim@customer.example", "support@example.com")
    router.mail(answer(Cc="support@example.com"), sender="anna@example.com", recipients=people, source="journal")

    assert sorted(put(router), key=lambda row: row[0] != "mike") == expected, why
