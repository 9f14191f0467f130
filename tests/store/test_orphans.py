"""Chunks that no raw mail owns: which are deleted, and when."""

import pytest

from router.store import orphans
from router.store.database import Database
from router.store.orphans import Orphans
from router.store.raw import ADD_CHUNK, ADD_RAW, chunk_row
from router.store.spool import Spool
from router.store.tables import chunk
from router.store.writer import Unit
from tests.store.desk import MAIL, NOON, StandingClock, put, seen
from tests.store.privacy import Post

LOST, LARGE = b"l" * 32, b"x" * 32


def leave(database: Database, sha256: bytes = LOST, chunks: int = 1, size: int = 10) -> None:
    """What a crash leaves: chunks, and no raw mail."""
    rows = [{"sha256": sha256, "seq": seq, "codec": "plain", "data": b"o" * size} for seq in range(chunks)]
    put(database, (ADD_CHUNK, rows))


@pytest.fixture
def clock() -> StandingClock:
    """Moves when told to."""
    return StandingClock()


@pytest.fixture
def sweeper(database: Database, clock: StandingClock) -> Orphans:
    """The sweeper."""
    return Orphans(database, clock)


async def test_an_orphan_goes_when_it_is_an_hour_old(
    database: Database, sweeper: Orphans, clock: StandingClock
) -> None:
    """A large mail that is just being stored looks like one, and must not lose its chunks."""
    leave(database, chunks=3)
    assert await sweeper.sweep() == 0
    clock.later(minutes=59)
    assert await sweeper.sweep() == 0
    clock.later(minutes=1)

    assert await sweeper.sweep() == 3
    assert Post(database).count(chunk) == 0


async def test_one_that_became_a_mail_meanwhile_stays(
    database: Database, sweeper: Orphans, clock: StandingClock
) -> None:
    """Its last commit makes it whole; when it is an orphan again later, its hour begins anew."""
    sha256 = seen().content.sha256
    put(database, (ADD_CHUNK, [chunk_row(sha256, 0, MAIL)]))
    await sweeper.sweep()
    put(database, (ADD_RAW, [{"sha256": sha256, "size": len(MAIL), "chunks": 1, "stored": NOON}]))
    clock.later(hours=1)
    assert await sweeper.sweep() == 0

    assert database.fetch_chunk(sha256, 0) == MAIL
    assert sweeper._since == {}


async def test_at_the_start_all_of_them_go(database: Database, sweeper: Orphans) -> None:
    """Nobody else can be storing anything, and stored mail is not touched."""
    await Spool(database).accept(seen())
    leave(database)

    assert await sweeper.sweep(everything=True) == 1
    assert database.fetch_chunk(seen().content.sha256, 0) == MAIL


async def test_many_go_in_transactions_of_bounded_size(
    database: Database, monkeypatch: pytest.MonkeyPatch, sweeper: Orphans
) -> None:
    """Overwriting a mail of a hundred megabytes in one go would hold up every sender."""
    monkeypatch.setattr(orphans, "BYTES", 100)
    leave(database, chunks=20, size=60)
    leave(database, LARGE, chunks=2, size=500)
    units: list[Unit] = []
    enqueue = database.writer.enqueue
    monkeypatch.setattr(database.writer, "enqueue", lambda given: (units.extend(given), enqueue(given)))

    assert await sweeper.sweep(everything=True) == 22
    assert sum(unit.done.result()[0] for unit in units) == 22
    assert max(unit.done.result()[0] for unit in units) == 1


async def test_a_mail_that_came_back_in_between_is_spared(database: Database) -> None:
    """Between finding and deleting, the same bytes may arrive once more."""
    leave(database, seen().content.sha256)
    await Spool(database).accept(seen())

    assert await orphans.drop(database, [seen().content.sha256]) == 0


@pytest.mark.on_sqlite
def test_the_search_reads_no_mail(database: Database) -> None:
    """It walks an index: the chunks themselves are all the mail there is."""
    unowned = "NOT EXISTS (SELECT 1 FROM raw WHERE raw.sha256 = chunk.sha256)"
    words = f"EXPLAIN QUERY PLAN SELECT DISTINCT sha256 FROM chunk WHERE {unowned}"
    plan = database.read(lambda c: [row[3] for row in c.exec_driver_sql(words)])

    assert any("chunk USING COVERING INDEX" in line for line in plan)
