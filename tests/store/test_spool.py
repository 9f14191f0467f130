"""The spool: durable before it is told, given out in order, and never lost between memory and database."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from router.store import spool as spool_module
from router.store.database import Database
from router.store.errors import StoreFull
from router.store.spool import SETTLE_SIGHTING, Sighting, Spool, release_repeat, unrouted
from router.store.tables import raw, sighting
from router.store.writer import Unit
from tests.store.desk import MAIL, NOON, opened, put, seen


def settle(database: Database, batch: Sequence[Sighting], verdict: str = "new") -> None:
    """What T2 writes at the end."""
    row = {"message": "m", "verdict": verdict, "repeat_of": None, "routed": NOON}
    put(database, (SETTLE_SIGHTING, [row | {"b_id": one.id} for one in batch]))


async def next_batch(spool: Spool, most: int = 100) -> list[Sighting]:
    """The next batch, which must not take long."""
    return await asyncio.wait_for(spool.next_batch(most), 10)


async def at_rest(database: Database) -> Spool:
    """A spool that has looked into its empty database."""
    spool = Spool(database)
    while spool._behind:  # on a busy machine one look takes longer than that
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(spool.next_batch(1), 0.1)
    return spool


async def test_what_is_accepted_is_durable_when_accept_returns(database: Database) -> None:
    """The 250 follows it."""
    one = seen(peer="192.0.2.1", recipients=("a@example.com", "b@example.com"), sender="")

    await Spool(database).accept(one)

    assert database.read(lambda c: unrouted(c, 10, database.fetch_chunk)) == ([one], False)
    assert database.fetch_chunk(one.content.sha256, 0) == MAIL


async def test_what_is_accepted_is_handed_on_in_memory(database: Database) -> None:
    """T2 should not read back what T1 has just written."""
    spool = await at_rest(database)
    one, two = seen(), seen(b"x" * 100_000)

    await spool.accept(one)
    await spool.accept(two)
    batch = await next_batch(spool)

    assert batch[0] is one
    assert batch[1] is two


async def test_a_restart_finds_what_was_not_routed(database: Database) -> None:
    """kill -9 between T1 and T2."""
    done, open_ = seen(), seen()
    for one in (done, open_):
        await Spool(database).accept(one)
    settle(database, [done])

    assert await next_batch(Spool(database)) == [open_]


async def test_what_others_accept_is_found_however_much_comes_in_here(database: Database) -> None:
    """The router that routes may be the busiest of all: mail that the others took must not wait for its rest."""
    here, elsewhere = Spool(database, look_again=0.2), Spool(database)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(here.next_batch(1), 0.1)
    theirs = seen(b"theirs")
    await elsewhere.accept(theirs)

    got: list[Sighting] = []
    while theirs not in got:
        assert len(got) < 100
        await here.accept(seen(b"%d" % len(got)))
        batch = await next_batch(here)
        settle(database, batch)
        got += batch
        await asyncio.sleep(0.02)


async def test_batches_come_in_the_order_of_arrival_and_are_bounded(database: Database) -> None:
    """An answer must not overtake its question."""
    arrived = [seen(b"%d" % number) for number in range(7)]
    spool = Spool(database)
    for one in arrived:
        await spool.accept(one)

    got: list[Sighting] = []
    while len(got) < 7:
        batch = await next_batch(spool, 3)
        assert len(batch) <= 3
        settle(database, batch)
        got += batch

    assert got == arrived


@pytest.mark.parametrize(("count", "size"), [(2, 1_000_000), (1000, 100)])
async def test_an_overflow_goes_through_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch, count: int, size: int
) -> None:
    """When T2 falls behind, memory must not grow, by number or by bytes."""
    monkeypatch.setattr(spool_module, "HAND_ON_COUNT", count)
    monkeypatch.setattr(spool_module, "HAND_ON_BYTES", size)
    spool = await at_rest(database)
    arrived = [seen(b"%05d" % number * 10) for number in range(6)]

    for one in arrived:
        await spool.accept(one)
    assert len(spool._ready) == 2
    got: list[Sighting] = []
    while len(got) < 6:
        got += (batch := await next_batch(spool))
        settle(database, batch)

    assert got == arrived


async def test_a_mail_larger_than_all_room_passes_alone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds no room in memory, ever, and must not wait for it."""
    monkeypatch.setattr(spool_module, "HAND_ON_BYTES", 1000)
    spool = await at_rest(database)
    large, small = seen(b"x" * 5000), seen()

    await spool.accept(large)
    await spool.accept(small)

    assert await next_batch(spool) == [large]


@pytest.mark.on_sqlite
async def test_a_refused_transmission_leaves_nothing(database: Database) -> None:
    """Its sender heard 452 and comes again; a half would make that a repeat."""
    spool = await at_rest(database)
    database.write("test", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())

    with pytest.raises(StoreFull):
        await spool.accept(seen(random.Random(1).randbytes(1_000_000)))

    assert database.read(lambda c: unrouted(c, 10, database.fetch_chunk)) == ([], False)
    assert not spool._ready


async def test_the_same_bytes_come_twice_and_both_are_seen(database: Database) -> None:
    """T1 never drops: what repeats what is for T2 to say."""
    spool = await at_rest(database)
    first, again = seen(), seen()

    await spool.accept(first)
    await spool.accept(again)

    assert await next_batch(spool) == [first, again]


@pytest.mark.parametrize(("verdict", "released"), [("repeat", True), ("fault", True), ("new", False), ("own", False)])
async def test_a_repeat_can_be_released(database: Database, verdict: str, released: bool) -> None:
    """A person may know better; what was routed cannot be routed twice."""
    one = seen()
    spool = await at_rest(database)
    await spool.accept(one)
    settle(database, await next_batch(spool), verdict)

    assert database.write("command", lambda c: release_repeat(c, one.id)) is released
    spool.rescan()

    if released:
        (again,) = await next_batch(spool)
        assert again.released
        assert again.id == one.id
    assert not database.write("command", lambda c: release_repeat(c, "nobody"))


async def test_a_repeat_is_released_once(database: Database) -> None:
    """Two impatient presses of a key make one copy."""
    one = seen()
    await Spool(database).accept(one)
    settle(database, [one], "repeat")

    assert database.write("command", lambda c: release_repeat(c, one.id))
    assert not database.write("command", lambda c: release_repeat(c, one.id))


STEPS = st.lists(st.sampled_from(["accept", "accept", "accept", "route", "restart", "rescan", "slow"]), max_size=25)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, count=st.integers(1, 4), most=st.integers(1, 5))
def test_no_interleaving_loses_a_transmission_or_routes_it_twice(steps: list[str], count: int, most: int) -> None:
    """Accepts, routing, restarts and looks into the database may come in any order."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, opened(Path(folder)) as database:
        patch.setattr(spool_module, "HAND_ON_COUNT", count)
        asyncio.run(_interleave(database, steps, most))


async def _interleave(database: Database, steps: list[str], most: int) -> None:
    spool, accepted = Spool(database), []
    routed: Counter[str] = Counter()
    under_way: list[asyncio.Task[None]] = []

    async def route() -> None:
        batch = await next_batch(spool, most)
        fresh = database.read(lambda c: _unsettled(c, [one.id for one in batch]))
        routed.update(fresh)  # T2 knows by the identity rows what it has routed
        settle(database, batch)

    for step in steps:
        if step in ("accept", "slow"):
            one = seen(b"%d" % len(accepted) + b"x" * (20_000 if step == "slow" else 0))
            accepted.append(one.id)
            under_way.append(asyncio.create_task(spool.accept(one)))
            await asyncio.sleep(0)
        elif step == "rescan":
            spool.rescan()
        elif step == "restart":
            await asyncio.gather(*under_way)
            spool = Spool(database)
        elif sum(routed.values()) < len(accepted):
            await route()
    await asyncio.gather(*under_way)
    while sum(routed.values()) < len(accepted):
        await route()

    assert routed == Counter(accepted)
    assert database.read(lambda c: unrouted(c, 100, database.fetch_chunk)) == ([], False)


def _unsettled(connection, ids: list[str]) -> list[str]:
    query = select(sighting.c.id).where(sighting.c.id.in_(ids), sighting.c.routed.is_(None))
    return list(connection.execute(query).scalars())


async def test_a_look_into_the_database_that_fails_is_not_the_last_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that finds no file handle for a moment must not make the spool forget what waits there."""
    await Spool(database).accept(seen())
    spool = Spool(database)
    monkeypatch.setattr(spool_module, "unrouted", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await next_batch(spool)
    monkeypatch.undo()

    assert len(await asyncio.wait_for(spool.next_batch(1), 1)) == 1


async def test_a_unit_that_waits_with_others_is_accepted_with_them(database: Database) -> None:
    """Twenty senders at once share one sync, and each hears of its own mail."""
    spool = await at_rest(database)
    arrived = [seen(b"%d" % number) for number in range(20)]

    await asyncio.gather(*(spool.accept(one) for one in arrived), database.writer.submit(Unit("test")))

    assert {one.id for one in await next_batch(spool)} == {one.id for one in arrived}


async def test_a_sighting_whose_mail_is_gone_does_not_stand_in_the_way(database: Database) -> None:
    """A repeat that is released after its bytes were erased: the mail behind it must be routed."""
    gone, behind = seen(b"gone"), seen(b"behind")
    for one in (gone, behind):
        await Spool(database).accept(one)
    database.write("test", lambda c: c.execute(delete(raw).where(raw.c.sha256 == gone.content.sha256)))

    assert behind in await next_batch(Spool(database))
