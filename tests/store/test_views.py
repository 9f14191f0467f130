"""What people ask of the store."""

from typing import Any

import pytest

from router.store import messages, views
from router.store.conversations import threads
from router.store.database import Database
from router.store.spool import SETTLE_SIGHTING, Spool
from router.store.threads import ADD_THREAD
from tests.store.desk import NOON, add_copies, put, seen
from tests.store.test_messages import add_thread, message_row


def find(database: Database, what: str) -> list[str]:
    """The messages that a word leads to."""
    return [row["id"] for row in database.read(lambda c: views.find_messages(c, what, 100))]


@pytest.fixture
def filled(database: Database) -> Database:
    """Three messages."""
    rows = [
        message_row("m1", message_id="a.1@x", customer="kim@customer.example", subject="100% off_er", thread="t1"),
        message_row("m2", message_id="b!&!2@x", customer="lee@customer.example", subject="1000 offers", thread="t2"),
        message_row("m3", message_id=None, subject="Re: 100% OFF_ER for you", thread="t1", direction="out"),
    ]
    add_thread(database, "t1")
    add_thread(database, "t2")
    put(database, (messages.ADD_MESSAGE, rows))
    return database


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("a.1@x", ["m1"]),
        ("<a.1@x>", ["m1"]),
        (" <b!&!2@x> ", ["m2"]),  # Exchange writes such ids
        ("m2", ["m2"]),
        ("kim@customer.example", ["m1"]),
        ("KIM@Customer.Example", ["m1"]),
        ("off_er", ["m3", "m1"]),  # _ is no wildcard
        ("100%", ["m3", "m1"]),  # neither is %
        ("off_er you", ["m3"]),  # every word
        ("nobody@example.com", []),
        ("nothing", []),
        ("\\", []),
        ("", []),
        (" <> ", []),
    ],
)
def test_a_message_is_found_by_what_people_know_of_it(filled: Database, what: str, found: list[str]) -> None:
    """Newest first."""
    assert sorted(found) == sorted(find(filled, what))


@pytest.mark.parametrize(
    "what", ["ärger", "ÄRGER", "a\u0308rger", "rger mit STRASSE", "straße", "ДОСТАВКА", "доставка"]
)
def test_words_of_the_subject_are_found_in_any_case_of_any_script(database: Database, what: str) -> None:
    """Whoever looks for a mail types it from memory; neither system folds more than ASCII everywhere."""
    add_thread(database, "t1")
    row = message_row("m1", subject="Nur ÄRGER mit Straße 5: Доставка", thread="t1")
    other = message_row("m2", subject="Argernis", thread="t1")
    put(database, (messages.ADD_MESSAGE, [row, other]))

    assert find(database, what) == ["m1"]


async def test_a_message_is_found_by_a_sighting_and_by_its_envelope(filled: Database) -> None:
    """The mail log names sightings; a bounce names the sender of the envelope."""
    one = seen(sender="bounce-7@mailer.example")
    await Spool(filled).accept(one)
    row = {"b_id": one.id, "message": "m1", "verdict": "new", "repeat_of": None, "routed": NOON}
    put(filled, (SETTLE_SIGHTING, [row]))

    assert find(filled, one.id) == ["m1"]
    assert find(filled, "Bounce-7@mailer.example") == ["m1"]


def test_a_listing_is_bounded(filled: Database) -> None:
    """A common word must not print the whole database."""
    assert len(filled.read(lambda c: views.find_messages(c, "off", 1))) == 1


def trace(database: Database, what: str) -> dict[str, Any]:
    """The whole way of the one message."""
    (view,) = database.read(lambda c: list(views.trace(c, views.find_messages(c, what, 10))))
    return view


async def test_a_trace_has_the_keys_of_the_contract(filled: Database) -> None:
    """Programs read them."""
    add_copies(filled, {"message": "m1", "inbox": "mike"}, {"message": "m1", "inbox": "helen"})
    view = trace(filled, "m1")

    assert set(view) >= {"message", "message_id", "sightings", "thread", "why", "copies"}
    assert [copy["inbox"] for copy in view["copies"]] == ["helen", "mike"]
    assert set(view["copies"][0]) >= {"inbox", "state", "receipt", "changed"}


async def test_a_trace_shows_every_sighting_a_repeat_too(filled: Database) -> None:
    """Nothing that arrived is hidden."""
    spool = Spool(filled)
    for verdict, name in [("new", "s1"), ("repeat", "s2")]:
        await spool.accept(seen(id=name))
        row = {"b_id": name, "message": "m1", "verdict": verdict, "repeat_of": "s1", "routed": NOON}
        put(filled, (SETTLE_SIGHTING, [row]))

    assert [(one["id"], one["verdict"]) for one in trace(filled, "m1")["sightings"]] == [
        ("s1", "new"),
        ("s2", "repeat"),
    ]


@pytest.mark.parametrize("name", ["t1", "m1", "a.1@x", "<a.1@x>", "old", "older"])
def test_a_conversation_is_found_by_every_name_it_ever_had(filled: Database, name: str) -> None:
    """Links in digests stay good after two conversations turned out to be one."""
    rows = [{"id": "old", "merged_into": "t1", "created": NOON}, {"id": "older", "merged_into": "old", "created": NOON}]
    put(filled, (ADD_THREAD, rows))

    assert filled.read(lambda c: views.resolve_thread(c, name)) == "t1"


def test_an_unknown_conversation_is_none(filled: Database) -> None:
    """The command says so."""
    assert filled.read(lambda c: views.resolve_thread(c, "t9")) is None


def test_conversations_are_listed_with_their_messages(filled: Database) -> None:
    """One object each, with the keys of the contract."""
    first, second = filled.read(lambda c: list(threads(c, None, NOON)))
    keys = {"thread", "mailboxes", "customer", "state", "waiting_since", "related", "messages"}

    assert [one["id"] for one in first["messages"]] == ["m1", "m3"]
    assert (first["customer"], second["customer"]) == ("kim@customer.example", "lee@customer.example")
    assert set(first) >= keys
    assert set(first["messages"][0]) >= {"id", "message_id", "direction", "kind", "received"}
    assert filled.read(lambda c: list(threads(c, ["t2"], NOON))) == [second]


def test_the_queue_is_listed_by_state(database: Database) -> None:
    """All of it for programs, some of it for people."""
    copies = add_copies(database, {}, {"state": "held"}, {"state": "delivered"})
    rows = database.read(lambda c: list(views.queue(c, None)))

    assert copies == [row["id"] for row in rows]
    assert set(rows[0]) >= {"id", "message", "inbox", "state", "attempts", "due", "last_error", "receipt"}
    assert [row["id"] for row in database.read(lambda c: list(views.queue(c, ["held"])))] == copies[1:2]


def test_what_came_back_stands_at_its_copy_and_in_no_conversation(filled: Database) -> None:
    """`trace` shows both; a list of conversations shows the customers' alone."""
    entry = {"kind": "bounce", "status": "5.2.2", "at": "2026-11-20T12:00:00Z", "message": "b", "then": "failed"}
    (copy,) = add_copies(filled, {"message": "m1", "came_back": [entry]})
    put(filled, (messages.ADD_MESSAGE, [message_row("b", thread="b", uncopied="bounce-of-copy")]))
    traced = {
        one: filled.read(lambda c, one=one: next(iter(views.trace(c, views.find_messages(c, one, 1)))))
        for one in ("m1", "b")
    }
    listed = filled.read(lambda c: [row["thread"] for row in threads(c, None, NOON)])

    assert [(one["id"], one["came_back"]) for one in traced["m1"]["copies"]] == [(copy, [entry])]
    assert (traced["m1"]["thread"], traced["b"]["thread"]) == ("t1", None)
    assert listed == ["t1", "t2"]
