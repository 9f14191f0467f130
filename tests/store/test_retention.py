"""What goes by its age, what never does, and what a later mail still finds."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from router.routing.identify import Identity
from router.store import orphans, tables, views
from router.store.conversations import threads
from router.store.database import Database
from router.store.messages import ADD_EVENT
from router.store.retention import Ages, Retention
from router.store.spool import SETTLE_SIGHTING, Spool, unrouted
from tests.store.desk import NOON, StandingClock, octets, put, seen
from tests.store.driver import letter
from tests.store.privacy import KIM, Post, later, traces

YEAR = timedelta(days=365)
ALL = ("message", "sighting", "event", "outbox", "raw", "chunk")

# Longer than what is kept as the first sentences.
FIRST = "My order has not come, although I have waited for it since Monday of last week. " * 3


@pytest.fixture
def post(database: Database) -> Post:
    """T1 and T2."""
    return Post(database)


def end_copies(database: Database, state: str = "delivered") -> None:
    """Every copy has come to its end."""
    database.write("c", lambda c: c.execute(update(tables.outbox).values(state=state, due=None)) and None)


async def erase(database: Database, days: float = 366, **ages: timedelta) -> dict[str, int]:
    """What goes `days` after noon."""
    return dict(await Retention(database, StandingClock(NOON + timedelta(days=days))).run(Ages(**ages)))


async def test_raw_mail_goes_by_its_age(post: Post, database: Database) -> None:
    """And nothing else: the conversation stays on record."""
    await post.post(letter(1, f"{FIRST}canary-old"))
    await post.post(letter(2, f"{FIRST}canary-young"), **later(2))
    end_copies(database)

    assert await erase(database, raw=YEAR) == {"raw": 1}
    assert post.counts(*ALL) == {"message": 2, "sighting": 2, "event": 2, "outbox": 4, "raw": 1, "chunk": 1}
    assert traces(database, "canary-old", "canary-young") == ["canary-young"]


async def test_text_goes_by_its_age(post: Post, database: Database) -> None:
    """Who wrote and when is needed longer than what about."""
    for number in (1, 2):
        await post.post(letter(number, Subject="canary-subject", From=f"Canary-Name <{KIM}>"), **later(number))

    assert await erase(database, 366.5, text=YEAR) == {"text": 1}
    assert [(row["subject"], row["customer_name"], row["customer"]) for row in post.messages] == [
        ("", None, KIM),
        ("canary-subject", "Canary-Name", KIM),
    ]


async def test_metadata_goes_by_its_age_and_takes_the_mail_along(post: Post, database: Database) -> None:
    """A mail that nobody can find any more is of no use to anybody."""
    await post.post(letter(Subject="canary"))
    await post.post(letter(Subject="canary"), **later(0.1))  # a repeat
    end_copies(database)

    assert await erase(database, metadata=YEAR) == {"metadata": 1}
    assert post.counts(*ALL) == dict.fromkeys(ALL, 0)
    assert traces(database, KIM, "canary") == []
    assert post.count(tables.identity) > 0


async def test_nothing_younger_is_touched(post: Post, database: Database) -> None:
    """Not by a microsecond."""
    await post.post(letter())
    end_copies(database)
    for age in ("raw", "text", "metadata"):
        assert await erase(database, 365, **{age: YEAR}) == {}

    assert len(await erase(database, 365.001, metadata=YEAR)) > 0


async def test_without_an_age_nothing_goes(post: Post, database: Database) -> None:
    """The default keeps for ever."""
    await post.post(letter())
    end_copies(database)

    assert await erase(database, 100_000) == {}


@pytest.mark.parametrize("state", ["pending", "sending", "deferred", "unknown", "held", "failed"])
async def test_a_mail_with_an_open_copy_stays(post: Post, database: Database, state: str) -> None:
    """A copy that failed or is held waits for a person; its mail must not vanish behind his back."""
    await post.post(letter())
    end_copies(database)
    (first, _) = post.rows(tables.outbox)
    one = update(tables.outbox).where(tables.outbox.c.id == first["id"])
    database.write("c", lambda c: c.execute(one.values(state=state)) and None)

    assert await erase(database, raw=YEAR, metadata=YEAR) == {}
    assert post.counts("message", "raw", "outbox") == {"message": 1, "raw": 1, "outbox": 2}


@pytest.mark.parametrize("state", ["delivered", "withheld", "skipped"])
async def test_a_mail_whose_copies_are_ended_goes(post: Post, database: Database, state: str) -> None:
    """Whatever their end was."""
    await post.post(letter())
    end_copies(database, state)

    assert await erase(database, raw=YEAR) == {"raw": 1}


async def test_unrouted_mail_is_never_touched(post: Post, database: Database) -> None:
    """However long the stage stood still; also when its bytes are those of an old mail."""
    await post.post(letter())
    end_copies(database)
    for raw in (letter(), letter(2)):
        await Spool(database).accept(seen(raw))
    await erase(database, 1000, raw=YEAR, text=YEAR, metadata=YEAR)
    waiting, _ = database.read(lambda c: unrouted(c, 10, database.fetch_chunk))

    assert [letter(), letter(2)] == [octets(one.content) for one in waiting]


async def test_doing_it_again_changes_nothing(post: Post, database: Database) -> None:
    """It runs every hour."""
    await post.post(letter())
    end_copies(database)
    everything = {"raw": YEAR, "text": YEAR, "metadata": 2 * YEAR}
    assert await erase(database, **everything) == {"raw": 1, "text": 1}

    assert await erase(database, **everything) == {}


async def test_an_erased_mail_is_not_taken_in_again(post: Post, database: Database) -> None:
    """Pitfall 54: the next import would copy years of mail."""
    await post.post(letter())
    end_copies(database)
    await erase(database, raw=YEAR, metadata=YEAR)
    again = await post.post(letter(), source="imap", **later(400))

    assert again.found.identity is Identity.SAME
    assert post.counts("message", "outbox", "event") == {"message": 0, "outbox": 0, "event": 0}
    assert [row["message"] for row in post.rows(tables.sighting)] == [None]


async def test_what_an_erased_mail_leaves_when_it_comes_again_goes_by_age_too(post: Post, database: Database) -> None:
    """Its transmission has no message that would take it along."""
    await post.post(letter())
    end_copies(database)
    await erase(database, metadata=YEAR)
    await post.post(letter(), **later(400))

    assert await erase(database, 764, metadata=YEAR) == {}
    assert await erase(database, 766, metadata=YEAR) == {"sightings": 1}
    assert post.counts("sighting", "raw", "chunk") == {"sighting": 0, "raw": 0, "chunk": 0}


async def test_a_mail_set_aside_goes_by_age(post: Post, database: Database) -> None:
    """It became no message either."""
    one = seen()
    await Spool(database).accept(one)
    row = {"b_id": one.id, "message": None, "verdict": "fault", "repeat_of": None, "routed": NOON}
    put(database, (SETTLE_SIGHTING, [row]))

    assert await erase(database, metadata=YEAR) == {"sightings": 1}
    assert post.count(tables.raw) == 0


async def test_a_late_reply_finds_the_name_of_its_conversation(post: Post, database: Database) -> None:
    """A customer may answer after years; the names in old digests mean the same."""
    first = await post.post(letter())
    end_copies(database)
    await erase(database, raw=YEAR, metadata=YEAR)
    reply = await post.post(letter(2, In_Reply_To="<1@customer.example>"), **later(400))

    assert first.thread == reply.thread
    assert first.thread == database.read(lambda c: views.resolve_thread(c, str(first.thread)))
    (view,) = database.read(lambda c: list(threads(c, None, NOON)))
    assert [reply.message] == [one["id"] for one in view["messages"]]


async def test_a_message_that_was_seen_again_is_as_young_as_that(post: Post, database: Database) -> None:
    """Yesterday's transmission is nothing old."""
    await post.post(letter())
    await post.post(letter(), recipients=("shop@example.com",), **later(300))
    end_copies(database)

    assert await erase(database, metadata=YEAR) == {}
    assert await erase(database, 700, metadata=YEAR) == {"metadata": 1}


async def test_bytes_that_a_younger_mail_shares_stay(post: Post, database: Database) -> None:
    """Without Message-ID and Date the same words are another mail the next day."""
    words = letter(Message_ID="", Date="")
    await post.post(words)
    await post.post(words, **later(100))
    end_copies(database)

    assert await erase(database, raw=YEAR) == {}
    assert await erase(database, metadata=YEAR) == {"metadata": 1}
    assert post.count(tables.raw) == 1
    assert await erase(database, 466, raw=YEAR) == {"raw": 1}


async def test_events_of_a_conversation_go_with_its_last_message(post: Post, database: Database) -> None:
    """A person's word on it is of no message."""
    first = await post.post(letter())
    await post.post(letter(2, In_Reply_To="<1@customer.example>"), **later(100))
    row = {"id": "e", "thread": first.thread, "message": None, "name": "closed", "at": NOON, "detail": {}}
    put(database, (ADD_EVENT, [row]))
    end_copies(database)
    await erase(database, metadata=YEAR)
    assert post.count(tables.event) == 2
    await erase(database, 500, metadata=YEAR)

    assert post.count(tables.event) == 0


@pytest.mark.on_sqlite
async def test_many_messages_go_in_slices_and_the_file_gets_smaller(
    post: Post, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer serves senders in between, and the disk has its space back."""
    monkeypatch.setattr(orphans, "BYTES", 100_000)
    assert database.path is not None
    for first in range(0, 400, 100):
        batch = [seen(letter(number, "x" * 9000)) for number in range(first, first + 100)]
        for one in batch:
            await Spool(database).accept(one)
        post.route(*batch)
    end_copies(database)
    before = database.path.stat().st_size
    assert await erase(database, metadata=YEAR) == {"metadata": 400}

    assert post.counts(*ALL) == dict.fromkeys(ALL, 0)
    assert database.path.stat().st_size < before / 4
    assert not database.path.with_name("router.db-wal").stat().st_size


@pytest.mark.on_sqlite
async def test_each_search_walks_an_index(database: Database) -> None:
    """It runs every hour over years of mail."""
    asked: list[Any] = [
        "SELECT stored, sha256 FROM raw WHERE stored < 5 ORDER BY stored, sha256 LIMIT 150",
        "SELECT received, id FROM message WHERE received < 5 ORDER BY received, id LIMIT 150",
        "SELECT received, id FROM sighting WHERE message IS NULL AND routed IS NOT NULL AND received < 5",
    ]
    for query in asked:
        plan = database.read(lambda c, query=query: [row[3] for row in c.execute(text("EXPLAIN QUERY PLAN " + query))])
        assert "INDEX ix_" in plan[0], plan
