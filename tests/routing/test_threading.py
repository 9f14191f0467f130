"""Conversations over a real database: between batches, within one, and what stands beside them."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from router.routing.analysis import analyse
from router.routing.known import questions
from router.store import tables
from router.store.conversations import threads
from router.store.database import Database
from router.store.threads import like_them
from tests.store.desk import NOON, emptied, opened, seen
from tests.store.driver import KEY, READER, Router, letter

SENT = {"recipients": ("support-sent@router.example.com",), "sender": "anna@example.com"}
ANSWER = {"From": "anna@example.com", "To": "kim@customer.example"}
EVE = {"From": "Eve <eve@evil.example>"}
Q, A, E = "<1@customer.example>", "<2@customer.example>", "<3@customer.example>"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty one, of each kind."""
    if request.param == "sqlite":
        with opened(tmp_path) as database:
            yield database
    else:
        with emptied(request.getfixturevalue("postgres_url")) as database:
            yield database


@pytest.fixture
def router(database: Database) -> Router:
    """With the shipped rule."""
    return Router(database)


def shown(router: Router) -> list[dict[str, Any]]:
    """Every conversation, by its first mail."""
    listed = router.database.read(lambda c: list(threads(c, None, NOON)))
    return sorted(listed, key=lambda one: str(one["messages"][0]["message_id"]))


@pytest.mark.parametrize("together", [True, False])
def test_a_strangers_reference_stands_beside_the_conversation(router: Router, together: bool) -> None:
    """Neither hides the other, and each names the other; asked for one, or for all."""
    batch = [
        seen(letter(1)),
        seen(letter(2, **ANSWER, In_Reply_To=Q), **SENT),
        seen(letter(3, **EVE, Subject="Re: Order", In_Reply_To=A, References=f"{Q} {A}")),
    ]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    ours, stranger = shown(router)

    assert [len(one["messages"]) for one in (ours, stranger)] == [2, 1]
    assert (ours["related"], stranger["related"]) == ([stranger["thread"]], [ours["thread"]])
    for one in (ours, stranger):
        assert router.database.read(lambda c, one=one: list(threads(c, [one["thread"]], NOON))) == [one]


def test_a_reference_before_its_parent_is_related_too(router: Router) -> None:
    """The stranger's mail may come first."""
    router.mail(letter(3, **EVE, In_Reply_To=Q))
    router.mail(letter(1))
    ours, stranger = shown(router)

    assert (ours["related"], stranger["related"]) == ([stranger["thread"]], [ours["thread"]])


def test_answers_to_an_announcement_are_related_to_it_and_not_to_each_other(router: Router) -> None:
    """Each reader has a conversation of his own."""
    router.mail(letter(1, From="anna@example.com", To="news@example.com"), **SENT)
    router.mail(letter(2, In_Reply_To=Q))
    router.mail(letter(3, From="mo@two.example", In_Reply_To=Q))
    news, kim, mo = shown(router)

    assert news["related"] == sorted([kim["thread"], mo["thread"]])
    assert kim["related"] == mo["related"] == [news["thread"]]


def test_a_known_message_id_of_a_stranger_joins_nothing(router: Router) -> None:
    """It is copied, marked, and has a conversation of its own."""
    router.mail(letter(1))
    router.mail(letter(1, "Something else", **EVE))

    assert [message["marks"] for message in router.messages] == [[], ["known-message-id"]]
    assert len(shown(router)) == 2
    assert len(router.copies) == 4


GUESSED = [
    (letter(1, Subject="Broken lamp"), {}),
    (letter(2, **ANSWER, Subject="Re: Broken lamp"), SENT),
    (letter(3, Subject="AW: [list] broken LAMP"), {"received": NOON + timedelta(days=10)}),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_a_subject_is_a_guess_in_any_order(router: Router, order: tuple[int, ...], together: bool) -> None:
    """Its mark says so; what is in the database and what is in the same batch count alike."""
    batch = [seen(raw, **parts) for raw, parts in (GUESSED[number] for number in order)]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)

    assert len({message["thread"] for message in router.messages}) == 1
    assert ["guess=subject"] in [message["thread_why"] for message in router.messages]


@pytest.mark.parametrize(
    ("raw", "parts", "why"),
    [
        (letter(2, From="mo@two.example", Subject="Re: Broken lamp"), {}, "another customer"),
        (letter(2, Subject="Re: Broken lamp"), {"received": NOON + timedelta(days=15)}, "too late"),
        (letter(2, Subject="Broken lamp"), {}, "begun anew"),
        (letter(2, Subject="Re: Broken lamp", References="<x@x>"), {}, "it says what it answers"),
        (letter(2, Subject="Re: Broken lamp", Auto_Submitted="auto-replied"), {}, "no person wrote it"),
    ],
)
def test_what_a_subject_does_not_tie(router: Router, raw: bytes, parts: dict[str, Any], why: str) -> None:
    """A wrong guess hides a letter behind another."""
    router.mail(letter(1, Subject="Broken lamp"))
    router.mail(raw, **parts)

    assert len({message["thread"] for message in router.messages}) == 2, why


@pytest.mark.parametrize("together", [True, False])
def test_a_guess_follows_a_conversation_that_was_merged(router: Router, together: bool) -> None:
    """What was in two conversations is in one, and what is alike joins that."""
    batch = [
        seen(letter(1)),
        seen(letter(2, Subject="Broken lamp")),
        seen(letter(3, References=f"{Q} {A}")),
        seen(letter(4, Subject="Re: Broken lamp")),
    ]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)

    assert {message["thread"] for message in router.messages} == {router.messages[0]["thread"]}
    assert {row["thread"] for row in router.rows(tables.outbox)} == {router.messages[0]["thread"]}


def test_conversations_that_merge_in_a_chain_take_their_copies_along(router: Router) -> None:
    """In one batch each merger builds on the one before."""
    letters = [letter(n, References=f"<{n - 1}@customer.example>") for n in (9, 7, 5, 3, 8, 4, 6, 2)]
    for some in (letters[:3], letters[3:]):
        router.route(*(seen(one) for one in some))
    names = {row["thread"] for table in (tables.message, tables.outbox, tables.event, tables.thread_key)
             for row in router.rows(table)}  # fmt: skip

    assert len(names) == 1


def test_earlier_conversations_of_the_same_customer_are_counted(router: Router) -> None:
    """Those that began before; not his later ones, nor anybody else's."""
    for number, days in ((1, 0), (2, 1), (3, 2)):
        router.mail(letter(number, f"Letter {number}"), received=NOON + timedelta(days=days))
    router.mail(letter(4, From="mo@two.example"), received=NOON)

    assert [one["earlier"] for one in shown(router)] == [0, 1, 2, 0]


def test_a_message_keeps_its_author_and_the_outsiders_it_names(router: Router) -> None:
    """What the state of its conversation is computed from."""
    router.mail(letter(1, Cc="Lee <Lee@customer.example>, anna@example.com"))
    router.mail(letter(2, **ANSWER), **SENT)
    router.mail(letter(3, From=""), sender="Env@x.example")

    assert [(row["author"], row["people"]) for row in router.messages] == [
        ("kim@customer.example", ["lee@customer.example"]),
        ("anna@example.com", ["kim@customer.example"]),
        ("env@x.example", []),
    ]


def test_a_thousand_letters_with_one_subject_are_not_read_for_the_next(router: Router) -> None:
    """A machine that passes for a person must not slow down everybody's mail."""
    router.route(*(seen(letter(n, f"Alarm {n}", Subject="Broken lamp")) for n in range(1, 60)))
    traits = questions([analyse(seen(letter(99, Subject="Broken lamp")), KEY, READER)], router.places).asked.traits

    assert traits
    assert router.database.read(lambda c: like_them(c, traits)) == {}
