"""Staff who answer the customer with the mailbox in Cc: what proves that they wrote it, and what follows."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from router.mail.kind import Company
from router.routing.places import Inbox
from router.store import tables
from tests.bench.reports import report
from tests.store.desk import opened, put, raw_writes, seen
from tests.store.driver import Router, letter, places_of, sighting_row

KIM, ANNA, SUPPORT = "kim@customer.example", "anna@example.com", "support@example.com"
ANSWER = {"From": f"Anna <{ANNA}>", "To": f"Kim <{KIM}>", "Cc": SUPPORT, "In_Reply_To": "<1@customer.example>"}
SIGNED = "mx.example.com; dkim=pass header.d=example.com"
INTERNAL = {"X_MS_Exchange_Organization_AuthAs": "Internal"}


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """It trusts one server, and watches an account at Exchange Online; Helen wants answers beside the question."""
    inboxes = (Inbox("mike", "mike@example.com", True), Inbox("helen", "helen@example.com", True, answers=True))
    with opened(tmp_path) as database:
        made = Router(database)
        company = Company(frozenset({"example.com"}), frozenset({"mx.example.com"}))
        made.places = replace(places_of(inboxes=inboxes), company=company, tenant=frozenset({"exchange"}))
        yield made


def state(router: Router) -> list[str]:
    """Where the conversations stand."""
    return [row["state"] for row in router.rows(tables.thread) if row["merged_into"] is None]


PROOFS: list[tuple[dict[str, str], str, bool, str]] = [
    ({"Authentication_Results": SIGNED}, "smtp", True, "signed by the domain of From"),
    ({"Authentication_Results": "MX.example.com; dkim=pass header.i=@mail.example.com"}, "imap", True, "within it"),
    ({"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}, "imap", True, "DMARC"),
    ({"Authentication_Results": f"mx.example.com; auth=pass smtp.auth={ANNA}"}, "smtp", True, "she had logged in"),
    (INTERNAL, "exchange", True, "Exchange of the own tenant says so"),
    ({}, "smtp", False, "a From that anybody can write"),
    ({"Authentication_Results": SIGNED.replace("mx.", "mx.evil.")}, "smtp", False, "a server that nobody trusts"),
    ({"Authentication_Results": SIGNED.replace("pass", "fail")}, "smtp", False, "a bad signature"),
    ({"Authentication_Results": "mx.example.com; dkim=pass header.d=evil.example"}, "smtp", False, "somebody's"),
    ({"Authentication_Results": "mx.example.com; spf=pass smtp.mailfrom=example.com"}, "smtp", False, "a host of many"),
    ({"Authentication_Results": "mx.example.com; auth=pass smtp.auth=eve@example.com"}, "smtp", False, "another login"),
    (INTERNAL, "smtp", False, "anybody can write that line where no Exchange takes it out"),
    (INTERNAL | {"X_MS_Exchange_Organization_AuthAs": "Anonymous"}, "exchange", False, "it came in from outside"),
    ({"X_MS_Exchange_CrossTenant_AuthAs": "Internal"}, "exchange", False, "internal to whom is not said"),
    ({"Authentication_Results": SIGNED, "From": f"{ANNA}, eve@evil.example"}, "smtp", False, "two authors"),
    (
        {"Authentication_Results": SIGNED, "From": "forms@example.com", "Reply_To": "lee@other.example"},
        "smtp",
        False,
        "a form writes for a customer, with somebody in Cc",
    ),
    (
        {"Authentication_Results": SIGNED, "From": SUPPORT, "List_Id": "<support.example.com>"},
        "smtp",
        False,
        "a group puts itself into From",
    ),
]


@pytest.mark.parametrize(("fields", "source", "ours", "why"), PROOFS)
def test_what_proves_that_one_of_us_answered(
    router: Router, fields: dict[str, str], source: str, ours: bool, why: str
) -> None:
    """An answer ends the wait, and is not copied as a customer's mail is: it is put beside the question."""
    router.mail(letter())
    router.mail(letter(2, "It is on its way.", **ANSWER | fields), sender=ANNA, source=source)
    (_, answer) = router.messages

    assert answer["direction"] == ("out" if ours else "in"), why
    assert "answered" in state(router) if ours else state(router)[0] == "waiting", why
    assert len(router.copies) == (3 if ours else 4), why
    assert router.rows(tables.outbound) == [], "one answer does not show that all can be seen"


def test_beside_the_question_it_is_read_already(router: Router) -> None:
    """In the inbox that wants answers, and in no other."""
    router.mail(letter())
    router.mail(letter(2, **ANSWER, Authentication_Results=SIGNED), sender=ANNA)
    rows = router.rows(tables.outbox)

    assert sorted((row["inbox"], row["seen"]) for row in rows) == [("helen", False), ("helen", True), ("mike", False)]


def test_to_somebody_else_it_answers_nobody_and_is_copied(router: Router) -> None:
    """A supplier, with the mailbox in Cc."""
    router.mail(letter())
    router.mail(letter(2, **ANSWER | {"To": "law@firm.example"}, Authentication_Results=SIGNED), sender=ANNA)

    assert state(router)[0] == "waiting"
    assert len(router.copies) == 4


def test_to_a_plus_form_of_the_customer_it_is_an_answer(router: Router) -> None:
    """He wrote without the tag."""
    router.mail(letter())
    tagged = ANSWER | {"To": "kim+orders@customer.example"}
    router.mail(letter(2, "It is on its way.", **tagged, Authentication_Results=SIGNED), sender=ANNA)

    assert state(router) == ["answered"]


def test_to_us_alone_it_is_no_answer(router: Router) -> None:
    """A colleague asks the team."""
    router.mail(letter(2, **ANSWER | {"To": SUPPORT, "Cc": ""}, Authentication_Results=SIGNED), sender=ANNA)

    assert [row["direction"] for row in router.messages] == ["in"]
    assert len(router.copies) == 2


WAYS = ("question", "mailbox", "sent", "journal")


@pytest.mark.parametrize("order", list(permutations(WAYS)), ids="-".join)
def test_every_order_of_arrival_ends_alike(router: Router, order: tuple[str, ...]) -> None:
    """One answer by three ways, before or after its question: one message, answered."""
    answer = letter(2, **ANSWER, Date="Fri, 20 Nov 2026 11:30:00 +0000", Authentication_Results=SIGNED)
    ways = {
        "question": seen(letter()),
        "mailbox": seen(answer, sender=ANNA),
        "sent": seen(answer, sender=ANNA, source="anna", recipients=("support-sent@router.example.com",)),
        "journal": seen(report(answer, ANNA, (KIM, SUPPORT)), sender="", recipients=("journal@router.example.com",)),
    }
    for name in order:
        one = ways[name]
        put(router.database, *raw_writes(b"".join(one.content.pieces())))
        row = sighting_row(one)
        router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(row)))  # noqa: B023
        router.route(one)

    assert state(router) == ["answered"]
    assert sorted(row["direction"] for row in router.messages) == ["in", "out"]
    question = next(row["id"] for row in router.messages if row["direction"] == "in")
    assert sorted(row["inbox"] for row in router.rows(tables.outbox) if row["message"] == question) == ["helen", "mike"]


@pytest.mark.parametrize("proof", [SIGNED, ""])
def test_an_answer_that_is_known_from_sent_is_not_copied_when_it_comes_to_the_mailbox(
    router: Router, proof: str
) -> None:
    """Whether that way proves anything or not."""
    answer = letter(2, **ANSWER, Authentication_Results=proof)
    router.mail(letter())
    router.mail(answer, sender=ANNA, source="anna", recipients=("support-sent@router.example.com",))
    before = len(router.copies)
    router.mail(answer, sender=ANNA)

    assert (before, len(router.copies)) == (3, 3)
    assert state(router) == ["answered"]
