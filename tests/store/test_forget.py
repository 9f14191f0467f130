"""Forgetting a person: what goes, what stays, and what becomes of mail that comes afterwards."""

import logging
from typing import Any

import pytest
from sqlalchemy import select, update

from router.routing.identify import Identity
from router.store import outbox as copies
from router.store import tables, views
from router.store.audit import Order, subject_hash
from router.store.claims import Wanted
from router.store.conversations import threads
from router.store.database import Database
from router.store.forgetting import Forgetting
from router.store.handover import Handover
from router.store.health import summary
from router.store.ids import new_id
from router.store.keeping import signing_key
from router.store.messages import ADD_EVENT
from router.store.spool import Spool, release_repeat, unrouted
from tests.store.desk import LEASE, NOON, StandingClock, claim_copies, looked, octets, put, seen
from tests.store.driver import letter
from tests.store.privacy import KIM, SENT, Post, later, traces

LEE = {"From": "Lee <lee@customer.example>"}


@pytest.fixture
def post(database: Database) -> Post:
    """T1 and T2."""
    return Post(database)


def deliver(database: Database, inbox: str = "mike", receipt: dict[str, Any] | None = None) -> int:
    """Let the courier of an inbox deliver all that is due; returns how many."""
    claimed = claim_copies(database, {inbox: Wanted(100)}).copies
    done = [copies.Settled(one, copies.State.DELIVERED, receipt=receipt or {"file": f"/x/{one.id}"}) for one in claimed]
    put(database, copies.settlement(done, "me", NOON))
    return len(done)


@pytest.mark.on_sqlite
async def test_nothing_of_the_person_stands_in_any_file(post: Post, database: Database) -> None:
    """A deleted row that can be read with an editor is not erased."""
    words = (KIM, "canary-text", "canary-subject", "canary-name", "mx.canary.example", "canary-word")
    for number in range(300):
        raw = letter(
            number, "canary-text " * (1 + 40 * (number % 30)), Subject="canary-subject", From=f"canary-name <{KIM}>"
        )
        await post.post(raw, helo="mx.canary.example")
    await post.post(letter(1000, "x" * 30_000 + "canary-text", Message_ID=f"<1.{KIM}>"), helo="mx.canary.example")
    deliver(database, receipt={"file": "/x", "reply": f"250 canary-word for {KIM}"})
    assert list(words) == traces(database, *words)
    done = await post.forget()

    assert traces(database, *words) == []
    assert done["clean"]
    assert done["counts"]["messages"] == 301


async def test_what_remains_are_ids_times_states_and_hashes(post: Post, database: Database) -> None:
    """Counts of the past stay right, and nothing comes in twice."""
    routed = await post.post(letter())
    deliver(database)
    before = post.counts("message", "sighting", "outbox", "identity", "thread", "thread_key")
    await post.forget()
    (message,), (sighting,) = post.messages, post.rows(tables.sighting)

    assert before == post.counts("message", "sighting", "outbox", "identity", "thread", "thread_key")
    assert post.counts("raw", "chunk", "event") == {"raw": 0, "chunk": 0, "event": 0}
    assert (routed.message, NOON, None, "") == tuple(message[k] for k in ("id", "received", "customer", "subject"))
    assert tuple(sighting[k] for k in ("sender", "peer", "recipients", "verdict")) == ("", None, [], "new")
    assert sorted(post.copies, reverse=True) == [("mike", "delivered", None), ("helen", "skipped", "forgotten")]


async def test_a_forgotten_mail_that_comes_again_is_known_and_leaves_nothing(post: Post, database: Database) -> None:
    """Byte by byte, within a week or after it, in another mailbox or by another way."""
    await post.post(letter(text="canary-text"))
    await post.forget()
    again = [
        await post.post(letter(text="canary-text"), **later(1)),
        await post.post(letter(text="canary-text"), **later(30)),
        await post.post(letter(text="canary-text"), recipients=("shop@example.com",), **later(31)),
        await post.post(b"Received: by x\r\n" + letter(text="canary-text"), source="imap", **later(32)),
    ]

    assert [one.found.identity for one in again] == [Identity.REPEAT, *[Identity.SAME] * 3]
    assert sorted(post.copies) == [("helen", "skipped", "forgotten"), ("mike", "skipped", "forgotten")]
    assert post.counts("message", "raw", "chunk", "event") == {"message": 1, "raw": 0, "chunk": 0, "event": 0}
    assert {""} == {row["sender"] for row in post.rows(tables.sighting)}


async def test_another_mail_of_the_person_is_new_mail(post: Post) -> None:
    """A customer who asked to be forgotten may write again, and is answered."""
    await post.post(letter())
    await post.forget()
    await post.post(letter(2, "I changed my mind"))

    assert [row["customer"] for row in post.messages] == [None, KIM]
    assert [state for _, state, reason in post.copies if reason is None] == ["pending", "pending"]


async def test_mail_that_comes_after_the_order_stays(post: Post, database: Database) -> None:
    """The order is about the past; it may take a while, and mail goes on meanwhile."""
    await post.post(letter())
    order, forgetting = Order(new_id(), "forget", KIM, "operator"), Forgetting(database, StandingClock())
    await post.post(letter(2))
    await forgetting.cancel(order)
    await forgetting.erase(order)

    assert [row["customer"] for row in post.messages] == [None, KIM]
    assert sum(state == "pending" for _, state, _ in post.copies) == 2


async def test_other_peoples_mail_in_the_conversation_stays(post: Post, database: Database) -> None:
    """Only what the person wrote and our answers to it go."""
    await post.post(letter(1, Cc=LEE["From"]))
    await post.post(letter(2, From="anna@example.com", To=KIM, In_Reply_To="<1@customer.example>"), **SENT)
    other = await post.post(letter(3, **LEE, References="<1@customer.example>"), sender="lee@customer.example")
    await post.forget()
    late = await post.post(
        letter(4, **LEE, References="<1@customer.example> <2@customer.example>"), sender="lee@customer.example"
    )

    assert [row["customer"] for row in post.messages[:3]] == [None, None, "lee@customer.example"]
    assert other.thread == late.thread
    assert [other.message, late.message] == [row["message"] for row in post.rows(tables.event)]
    (view,) = database.read(lambda c: list(threads(c, None, NOON)))
    assert len(view["messages"]) == 4


async def test_other_mail_of_the_conversation_no_longer_lists_the_person(post: Post) -> None:
    """What is written in it is its writer's; our lists of people are ours."""
    await post.post(letter(1, Cc=LEE["From"], Subject="Broken lamp"))
    raw = letter(2, **LEE, Cc=f"{KIM}, mo@x.example", In_Reply_To="<1@customer.example>")
    await post.post(raw, sender="lee@customer.example")
    mine, other = post.messages
    await post.forget()

    assert (mine["author"], mine["people"], other["people"]) == (KIM, ["lee@customer.example"], [KIM, "mo@x.example"])
    assert mine["topic"] is not None
    assert [(row["author"], row["people"]) for row in post.messages] == [
        (None, []),
        ("lee@customer.example", ["mo@x.example"]),
    ]
    assert post.messages[0]["topic"] is None


async def test_raw_mail_that_is_somebody_elses_too_stays(post: Post, database: Database) -> None:
    """The same bytes may be a customer's mail here, and an answer of ours to another customer there."""
    both = letter(1, From=KIM, To="lee@customer.example", Message_ID="", Date="")
    await post.post(both)
    await post.post(both, **SENT)
    assert [row["customer"] for row in post.messages] == [KIM, "lee@customer.example"]
    await post.forget()
    assert post.count(tables.raw) == 1
    await post.forget("lee@customer.example")

    assert post.counts("raw", "chunk") == {"raw": 0, "chunk": 0}


async def test_mail_that_waits_to_be_routed_keeps_its_bytes(post: Post, database: Database) -> None:
    """What is accepted is never lost, also when the same mail is forgotten in this moment."""
    await post.post(letter())
    waiting = seen(letter(), **later(1))
    await Spool(database).accept(waiting)
    done = await post.forget()
    (again,), _ = database.read(lambda c: unrouted(c, 10, database.fetch_chunk))

    assert octets(again.content) == letter()
    assert done["unrouted"] == 1


async def test_a_forgotten_repeat_cannot_be_released(post: Post, database: Database) -> None:
    """There is nothing left that could be routed; the stage would look for its bytes for ever."""
    await post.post(letter())
    repeat = seen(letter(), **later(1))
    await Spool(database).accept(repeat)
    post.route(repeat)
    await post.forget()

    assert not database.write("c", lambda c: release_repeat(c, repeat.id))


@pytest.mark.parametrize("state", ["pending", "deferred", "held", "unknown", "failed"])
async def test_open_copies_are_cancelled(post: Post, database: Database, state: str) -> None:
    """No copy of a forgotten person may arrive afterwards."""
    await post.post(letter())
    database.write("c", lambda c: c.execute(update(tables.outbox).values(state=state, last_error=KIM)) and None)
    done = await post.forget()
    (row, _) = post.rows(tables.outbox)

    assert sorted(post.copies, reverse=True) == [("mike", "skipped", "forgotten"), ("helen", "skipped", "forgotten")]
    assert (row["block"], row["last_error"], row["due"]) == (b"", None, None)
    assert done["counts"]["cancelled"] == 2
    assert deliver(database) == 0


async def test_a_copy_in_a_couriers_hand_is_waited_for(
    post: Post, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its message stays whole until the receipt is there: the operator must learn where the copy lies."""
    monkeypatch.setattr("router.store.forgetting.PAUSE", 0.0)
    await post.post(letter())
    claimed = claim_copies(database, {"mike": Wanted(1)}).copies
    done = await post.forget()
    assert (done["in_hand"], post.messages[0]["customer"]) == (1, KIM)
    assert post.count(tables.raw) == 1
    put(
        database,
        copies.settlement([copies.Settled(claimed[0], copies.State.DELIVERED, receipt={"file": "/x"})], "me", NOON),
    )
    done = await post.forget()

    assert (done["in_hand"], post.messages[0]["customer"]) == (0, None)
    assert [row["receipt"] for row in post.rows(tables.outbox) if row["receipt"]] == [{"file": "/x"}]


async def test_copies_that_wait_in_memory_for_a_slow_courier_are_withdrawn(database: Database) -> None:
    """An inbox that hangs must not keep a person from being forgotten."""
    clock = StandingClock()
    handover = Handover(database, clock, "me", LEASE)
    for name in ("mike", "helen"):
        handover.open(name)
    async with looked(handover, "mike", "helen"):
        pass
    post = Post(database, room=handover.rooms())
    for raw in (letter(), letter(2, **LEE)):
        for copy in (await post.post(raw)).claimed:
            handover.hand_on(copy)
    order, forgetting = Order(new_id(), "forget", KIM, "operator"), Forgetting(database, clock, handover)

    assert await forgetting.cancel(order) == {"cancelled": 2, "in_hand": 0}
    assert not (await forgetting.erase(order))["more"]
    (left,) = await handover.take("mike", 10)
    assert b"lee@customer.example" in octets(left.content)


async def test_the_envelope_of_somebody_elses_mail_loses_the_name_only(post: Post) -> None:
    """A person may send for another; that mail is the other's."""
    await post.post(letter(**LEE), sender=KIM)
    await post.forget()
    (row,) = post.rows(tables.sighting)

    assert (row["sender"], row["recipients"]) == ("", ["support@example.com"])
    assert post.counts("raw", "event") == {"raw": 1, "event": 1}


async def test_a_plus_address_is_another_person(post: Post) -> None:
    """Where plus-tags mean nothing it may be somebody else's."""
    await post.post(letter(From="kim+shop@customer.example"), sender="kim+shop@customer.example")
    done = await post.forget()

    assert done["counts"] == {}
    assert post.count(tables.audit) == 0


async def test_an_audit_line_says_who_did_it_and_names_nobody(
    post: Post, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The address itself would undo what the line is about; its keyed hash proves it to whoever asks."""
    caplog.set_level(logging.DEBUG)
    await post.post(letter())
    caplog.clear()
    done = await post.forget()
    (row,) = post.rows(tables.audit)
    key = database.write("test", signing_key)

    assert (row["action"], row["actor"], row["at"]) == ("forget", "operator", NOON)
    assert subject_hash(key, KIM) == row["subject_hash"]
    assert row["counts"] == done["counts"]
    (line,) = [record for record in caplog.records if record.message == "forgotten"]
    assert {"audit": done["order"], **done["counts"]} == line.__dict__["fields"]
    assert KIM not in caplog.text + str([record.__dict__ for record in caplog.records])


async def test_events_of_the_whole_conversation_go_when_nobody_else_wrote(post: Post, database: Database) -> None:
    """A colleague's word on it may quote the customer."""
    alone, shared = await post.post(letter(1)), await post.post(letter(2, Cc=LEE["From"], Subject="Parcel"))
    await post.post(letter(3, **LEE, In_Reply_To="<2@customer.example>"), sender="lee@customer.example")
    for routed in (alone, shared):
        row = {"id": new_id(), "thread": routed.thread, "message": None, "name": "closed", "at": NOON, "detail": {}}
        put(database, (ADD_EVENT, [row]))
    await post.forget()

    assert [shared.thread, shared.thread] == [row["thread"] for row in post.rows(tables.event)]


async def test_commands_that_look_still_work(post: Post, database: Database) -> None:
    """What is blank is shown as blank."""
    routed = await post.post(letter())
    await post.forget()
    found = database.read(lambda c: list(views.trace(c, views.find_messages(c, str(routed.message), 5))))

    assert (found[0]["marks"], found[0]["customer"]) == (["forgotten"], None)
    assert len(database.read(lambda c: list(views.queue(c, None)))) == 2
    assert len(database.read(lambda c: list(threads(c, None, NOON)))) == 1
    assert tuple(database.read(lambda c: summary(c, NOON))[name] for name in ("messages", "threads")) == (1, 1)


@pytest.mark.on_sqlite
async def test_a_reader_delays_the_emptying_of_the_log_and_nothing_else(
    post: Post, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may list the whole database for minutes."""
    monkeypatch.setattr("router.store.erase.PAUSE", 0.0)
    await post.post(letter())
    with database._readers.connect() as reader:
        reader.execute(select(tables.meta)).all()
        done = await post.forget()

    assert not done["clean"]
    assert done["counts"]["messages"] == 1
    assert (await post.forget())["clean"]
