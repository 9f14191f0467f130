"""What T2 asks the store before it decides."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from router.conversation.links import key_of
from router.conversation.threads import Held
from router.store import messages, threads
from router.store.database import Database
from router.store.messages import Asked, Hit, Known, look_up
from router.store.spool import Spool
from router.store.tables import message, thread
from tests.store.desk import NOON, add_copies, put, row_of, seen


def message_row(name: str, **parts: Any) -> dict[str, Any]:
    """A stored message in the conversation t1."""
    row = dict.fromkeys(column.name for column in message.columns)
    lists = dict.fromkeys(("reasons", "needs_reasons", "mailboxes", "thread_why", "rules", "marks"), ())
    given = {"sha256": b"", "direction": "in", "kind": "person", "needs_answer": True, "subject": "", "received": NOON}
    return row | lists | given | {"id": name, "thread": "t1", "message_id": f"{name}@x"} | parts


def add_thread(database: Database, name: str, *keys: str) -> None:
    """A conversation and what leads to it: ids, for one person."""
    put(
        database,
        (threads.ADD_THREAD, [{"id": name, "merged_into": None, "created": NOON}]),
        (threads.SET_THREAD_KEY, [{"key": kims(key), "thread": name, "carried": True} for key in keys]),
    )


def kims(message_id: str) -> bytes:
    """What an id is to Kim."""
    return key_of(message_id, b"kim-----")


def known(database: Database, keys: Any = (), own: Any = (), mentioned: Any = ()) -> Known:
    """What the store knows of these."""
    return database.read(lambda c: look_up(c, Asked(keys, own, [kims(one) for one in mentioned])))


async def test_earlier_sightings_are_found_by_their_keys_oldest_first(database: Database) -> None:
    """With their peer, since the anonymous are only repeats of the same one."""
    one = seen(peer="192.0.2.1")
    await Spool(database).accept(one)
    rows = [
        {"key": b"k", "sighting": "gone", "message": "m", "source": "imap", "at": NOON + timedelta(1)},
        {"key": b"k", "sighting": one.id, "message": "m", "source": "smtp", "at": NOON},
        {"key": b"other", "sighting": one.id, "message": "m", "source": "smtp", "at": NOON},
    ]
    put(database, (messages.ADD_IDENTITY, rows))

    assert known(database, [b"k"]).hits == {
        b"k": [
            Hit(one.id, "m", "smtp", "192.0.2.1", NOON),
            Hit("gone", "m", "imap", None, NOON + timedelta(1)),  # identity outlives the sighting
        ]
    }


def test_a_message_that_was_hit_comes_with_its_copies(database: Database) -> None:
    """A further sighting adds only the inboxes that have none."""
    put(database, (messages.ADD_MESSAGE, [message_row("m", mailboxes=["support"]), message_row("n")]))
    put(database, (messages.ADD_IDENTITY, [{"key": b"k", "sighting": "s", "message": "m", "source": "", "at": NOON}]))
    add_copies(database, {"message": "m", "inbox": "mike"}, {"message": "m", "inbox": "helen"}, {"message": "n"})

    found = known(database, [b"k"]).messages

    assert {"m": ("t1", ("support",), {"mike", "helen"})} == {
        name: (stored.thread, stored.mailboxes, stored.inboxes) for name, stored in found.items()
    }


def test_message_ids_and_conversations_are_found(database: Database) -> None:
    """A known Message-ID marks an imposter; a mentioned one leads to its conversation."""
    put(database, (messages.ADD_MESSAGE, [message_row("m")]))
    add_thread(database, "t1", "a@x", "b@x")

    found = known(database, own=["m@x", "n@x"], mentioned=["b@x", "c@x"])

    assert {"m@x"} == found.message_ids
    assert found.threads == {kims("b@x"): Held("t1", True)}


def test_an_identity_seen_twice_stands_once(database: Database) -> None:
    """A unit that is replayed must not fail over its own rows."""
    row = {"key": b"k", "sighting": "s", "message": "m", "source": "smtp", "at": NOON}
    put(database, (messages.ADD_IDENTITY, [row]))
    put(database, (messages.ADD_IDENTITY, [row | {"message": "other"}]))

    assert [hit.message for hit in known(database, [b"k"]).hits[b"k"]] == ["m"]


def test_a_merged_conversation_takes_everything_with_it(database: Database) -> None:
    """Two conversations that turn out to be one; the old name stays good."""
    add_thread(database, "t1", "a@x")
    add_thread(database, "t2", "b@x")
    put(database, (messages.ADD_MESSAGE, [message_row("m", thread="t2")]))
    (copy,) = add_copies(database, {"thread": "t2", "message": "m"})
    row = {"b_from": "t2", "into": "t1"}
    put(database, *((statement, [row]) for statement in threads.MERGE_THREADS))

    assert known(database, mentioned=["a@x", "b@x"]).threads == {kims(one): Held("t1", True) for one in ("a@x", "b@x")}
    queries = [select(message.c.thread), select(thread.c.merged_into).where(thread.c.id == "t2")]
    assert [database.read(lambda c, query=query: c.execute(query).scalar()) for query in queries] == ["t1", "t1"]
    assert row_of(database, copy)["thread"] == "t1"


def test_a_batch_may_mention_any_number_of_ids(database: Database) -> None:
    """Seven mails of 230 kB of References are enough for this many: they must not end the daemon."""
    add_thread(database, "t1", "a@x")
    most = 250_000 if database.path else 65_535  # parameters of a statement: in Debian's SQLite, in PostgreSQL
    keys = [f"{number}@x" for number in range(most + 5_000)]

    assert known(database, mentioned=[*keys, "a@x"]).threads == {kims("a@x"): Held("t1", True)}
