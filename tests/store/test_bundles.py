"""Bundles in the database: what waits, the freezing, and the ends; on both systems."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import false, func, insert, select

from router.conversation.edition import Edition, Kind
from router.store import bundles, commands, issue, tables
from router.store.bundles import Frozen, Overtaken, Waiting
from router.store.claims import delivered
from router.store.content import InMemory
from router.store.database import Database
from router.store.erase import drop_raw
from router.store.ids import new_id
from router.store.raw import ADD_CHUNK, chunk_row
from tests.store.desk import NOON, add_copies, change, put, row_of

LETTER = InMemory(b"Subject: Your customers today\r\n\r\nHello\r\n")
HOUR = timedelta(hours=1)


def message(ident: str, thread: str, **more: Any) -> dict[str, Any]:
    """A row of `message`."""
    return {
        "id": ident,
        "sha256": hashlib.sha256(ident.encode()).digest(),
        "direction": "in",
        "kind": "person",
        "reasons": [],
        "needs_answer": True,
        "needs_reasons": [],
        "subject": "Order",
        "mailboxes": ["support"],
        "received": NOON,
        "thread": thread,
        "thread_why": [],
        "rules": [],
        "marks": [],
    } | more


def waiting_copy(database: Database, *, thread: dict[str, Any] | None = None, **more: Any) -> str:
    """A copy for mike that waits for a bundle, with its message and conversation; its id."""
    name, mail = new_id(), new_id()
    row = {"id": name, "created": NOON, "state": "", "finished": False, "letters": 1, "again": 0, "vip": False}

    def call(connection: Any) -> None:
        connection.execute(insert(tables.thread), row | (thread or {}))
        connection.execute(insert(tables.message), message(mail, name))

    database.write("t", call)
    held = {"state": "held", "reason": "rhythm", "due": None, "thread": name, "message": mail}
    return add_copies(database, held | more, raw=mail.encode())[0]


def frozen(
    database: Database, attached: list[str], listed: list[str] | None = None, slot: str = "2026-11-20"
) -> Frozen:
    """A bundle whose letter is stored."""
    put(database, (ADD_CHUNK, [chunk_row(LETTER.sha256, 0, LETTER.octets)]))
    this = Edition(new_id(), "bundle:mike", Kind.BUNDLE, slot, NOON, NOON, ("mike@example.com",))
    return Frozen(this, "mike", b"X-Router-Copy: m\r\n", LETTER, attached, listed or [])


def freeze(database: Database, made: Frozen) -> None:
    """Write it."""
    database.write("t", lambda c: bundles.freeze(c, made))


def rows(database: Database, table: Any) -> int:
    """How many there are."""
    return database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_what_waits_is_counted_by_inbox(database: Database) -> None:
    """Since its oldest copy."""
    waiting_copy(database, created=NOON + HOUR)
    waiting_copy(database)
    waiting_copy(database, inbox="helen")
    waiting_copy(database, reason="by-command")

    assert database.read(bundles.waiting) == [Waiting("helen", NOON, 1), Waiting("mike", NOON, 2)]


def test_a_copy_is_attached_to_one_bundle(database: Database) -> None:
    """A second one that has it too is refused whole."""
    one, two = waiting_copy(database), waiting_copy(database)
    freeze(database, frozen(database, [one]))
    with pytest.raises(Overtaken):
        freeze(database, frozen(database, [two, one], slot="2026-11-21"))

    assert row_of(database, two)["reason"] == "rhythm"
    assert rows(database, tables.edition) == 1


def test_a_slot_is_served_once(database: Database) -> None:
    """Whoever comes second changes nothing."""
    one, two = waiting_copy(database), waiting_copy(database)
    freeze(database, frozen(database, [one]))
    with pytest.raises(Overtaken):
        freeze(database, frozen(database, [two]))

    assert row_of(database, two)["reason"] == "rhythm"
    assert database.read(lambda c: issue.served(c, "bundle:mike", "2026-11-20"))
    assert not database.read(lambda c: issue.served(c, "bundle:mike", "2026-11-21"))


def test_copies_end_when_their_bundle_has_arrived(database: Database) -> None:
    """With a receipt that names it; its own bytes are gone, and it counts as one copy on its way."""
    one, two = waiting_copy(database), waiting_copy(database)
    made = frozen(database, [one], [two])
    freeze(database, made)
    before = database.read(bundles.arrived)
    change(database, made.edition.id, state="delivered", ended=NOON + HOUR)
    after = database.read(bundles.arrived)
    done = database.write("t", lambda c: bundles.settle(c, made.edition.id, NOON + HOUR))
    row = row_of(database, one)

    assert (before, after) == ([], [made.edition.id])
    assert [copy for copy, _ in done.copies] == [one]
    assert list(done.gone) == [LETTER.sha256]
    assert (row["state"], row["ended"]) == ("delivered", NOON + HOUR)
    assert row["receipt"] == {"bundle": made.edition.id, "number": 1, "at": "2026-11-20T13:00:00.000Z"}
    assert row_of(database, two)["reason"] == "listed"
    assert database.read(bundles.arrived) == []
    assert [copies for _, copies, _ in database.read(lambda c: delivered(c, ["mike"], NOON))] == [1]


def test_a_number_or_a_bundle_can_be_released(database: Database) -> None:
    """`BUNDLE/2`, and then what is left; nothing of it twice."""
    copies = [waiting_copy(database) for _ in range(4)]
    made = frozen(database, copies[:1], copies[1:])
    freeze(database, made)

    def release(name: str) -> list[str]:
        return database.write("t", lambda c: commands.release(c, [name], NOON))

    one = release(f"{made.edition.id}/3")
    rest = release(made.edition.id)

    assert (one, rest) == ([copies[2]], [copies[1], copies[3]])
    assert release(made.edition.id) == []
    assert release(f"{made.edition.id}/x") == []
    assert row_of(database, copies[0])["reason"] == "bundled"


@pytest.mark.parametrize(
    ("thread", "goes", "why"),
    [
        ({}, False, "a first letter"),
        ({"vip": True}, True, "a VIP"),
        ({"since": NOON, "answered": NOON - HOUR}, True, "wrote again after an answer"),
        ({"since": NOON, "answered": NOON - HOUR, "finished": True}, False, "thanked for the answer"),
        ({"since": NOON - HOUR}, False, "waits for the first answer"),
        ({"since": None, "answered": NOON + HOUR}, False, "was answered since"),
        ({"promise_due": NOON - HOUR}, True, "we did not keep our word"),
        ({"promise_due": NOON + HOUR}, False, "there is time for our word"),
    ],
)
def test_what_goes_at_once_where_only_the_urgent_does(
    database: Database, thread: dict[str, Any], goes: bool, why: str
) -> None:
    """Second letters, VIPs, broken promises."""
    copy = waiting_copy(database, thread=thread)
    found = database.read(lambda c: bundles.exceptions(c, ["mike"], NOON))
    gone = database.write("t", lambda c: bundles.go(c, [one for one, _, _ in found], NOON))

    assert gone == ([copy] if goes else []), why
    assert row_of(database, copy)["state"] == ("pending" if goes else "held")


def test_nothing_is_urgent_where_everything_waits(database: Database) -> None:
    """An inbox that was not asked about."""
    waiting_copy(database, thread={"vip": True})

    assert database.read(lambda c: bundles.exceptions(c, ["helen"], NOON)) == []


def test_what_was_tried_before_it_waited_is_looked_for_first(database: Database) -> None:
    """After a restore nobody knows whether it arrived."""
    copy = waiting_copy(database, attempts=1)
    database.write("t", lambda c: bundles.let_go(c, "mike", NOON))

    assert row_of(database, copy)["state"] == "unknown"


@pytest.mark.parametrize(
    ("state", "left", "why"),
    [
        ("pending", False, "nobody has it"),
        ("deferred", False, "it did not arrive"),
        ("failed", False, "it was given up"),
        ("sending", True, "a courier has it"),
        ("unknown", True, "it may have arrived"),
        ("delivered", False, "it is there: what was only named does not tie it any more"),
    ],
)
def test_a_bundle_on_its_way_is_taken_back_for_who_is_forgotten(
    database: Database, state: str, left: bool, why: str
) -> None:
    """Its letter names him; the others wait for the next one."""
    copies = [waiting_copy(database) for _ in range(3)]
    made = frozen(database, copies[:1], copies[1:])
    freeze(database, made)
    change(database, made.edition.id, state=state)
    under_way = database.write("t", lambda c: bundles.thaw(c, [copies[2]]))
    taken_back = state not in ("sending", "unknown", "delivered")

    assert under_way == ({copies[2]} if left else set()), why
    assert rows(database, tables.edition) == (0 if taken_back else 1)
    assert rows(database, tables.bundled) == (0 if taken_back else 3)
    assert rows(database, tables.raw) == (3 if taken_back else 4)
    assert row_of(database, copies[0])["reason"] == ("rhythm" if taken_back else "bundled")


def test_what_a_bundle_named_goes_by_its_age(database: Database) -> None:
    """Nobody asked for it; what waits for a bundle stays."""
    named, waits = waiting_copy(database), waiting_copy(database)
    freeze(database, frozen(database, [], [named]))
    hashes = [row_of(database, one)["sha256"] for one in (named, waits)]
    gone = database.write("t", lambda c: drop_raw(c, hashes, false()))

    assert gone == hashes[:1]


def test_a_bundle_that_is_held_goes_itself_when_it_is_released(database: Database) -> None:
    """As any copy does; what it named stays."""
    copies = [waiting_copy(database), waiting_copy(database)]
    made = frozen(database, copies[:1], copies[1:])
    freeze(database, made)
    database.write("t", lambda c: commands.hold(c, [made.edition.id]))
    released = database.write("t", lambda c: commands.release(c, [made.edition.id], NOON))

    assert released == [made.edition.id]
    assert row_of(database, made.edition.id)["state"] == "pending"
    assert [row_of(database, one)["reason"] for one in copies] == ["bundled", "listed"]
