"""Copies on their way to their couriers: in memory where there is room, else from the database."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from router.store import handover as handover_module
from router.store import outbox
from router.store.content import InMemory
from router.store.database import Database
from router.store.handover import Handover
from router.store.outbox import Claimed, Settled, State
from tests.store.desk import LEASE, MAIL, NOON, StandingClock, add_copies, row_of, states


@pytest.fixture
def clock() -> StandingClock:
    """It stands."""
    return StandingClock()


@pytest.fixture
def handover(database: Database, clock: StandingClock) -> Handover:
    """With a queue for mike."""
    made = Handover(database, clock, "me", LEASE)
    made.open("mike")
    return made


def leased(database: Database, count: int, raw: bytes = MAIL) -> list[Claimed]:
    """Copies as T2 hands them on: their rows are committed as leased to us."""
    parts = {"state": "sending", "attempts": 1, "holder": "me", "lease": NOON + LEASE, "due": None}
    rows = [row_of(database, copy) for copy in add_copies(database, *(dict(parts) for _ in range(count)), raw=raw)]
    names = "id message inbox thread block received folder seen attempts created lease doubts"
    keys = names.split()
    return [Claimed(content=InMemory(raw), note={}, **{key: row[key] for key in keys}) for row in rows]


async def take(handover: Handover, most: int = 50, seconds: float = 10) -> list[Claimed]:
    """What there is for mike, which must not take long."""
    return await asyncio.wait_for(handover.take("mike", most), seconds)


async def nothing(handover: Handover) -> None:
    """There is nothing for mike."""
    with pytest.raises(TimeoutError):
        await take(handover, seconds=0.1)


def ids(copies: Sequence[Any]) -> list[str]:
    """Their ids."""
    return [copy.id for copy in copies]


async def test_what_is_handed_on_is_taken_in_order(database: Database, handover: Handover) -> None:
    """Through memory, without a word to the database."""
    copies = leased(database, 3)
    for copy in copies:
        handover.hand_on(copy)

    assert await take(handover, 2) == copies[:2]
    assert await take(handover, 2) == copies[2:]


async def test_whoever_waits_is_woken(database: Database, handover: Handover) -> None:
    """A copy that arrives at rest goes out at once."""
    waiting = asyncio.create_task(take(handover))
    await asyncio.sleep(0.1)
    (copy,) = leased(database, 1)
    handover.hand_on(copy)

    assert await asyncio.wait_for(waiting, 1) == [copy]


async def test_room_is_bounded_by_number(handover: Handover, database: Database) -> None:
    """What finds no room stays in the database."""
    (copy,) = leased(database, 1)
    for _ in range(handover_module.ROOM_COUNT):
        assert handover.room("mike", 1)
        handover.hand_on(copy)

    assert not handover.room("mike", 1)
    await take(handover)
    assert handover.room("mike", 1)


async def test_room_is_bounded_by_bytes_but_one_mail_always_passes(
    handover: Handover, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail larger than all room would otherwise never be handed on."""
    monkeypatch.setattr(handover_module, "ROOM_BYTES", 100)
    (copy,) = leased(database, 1, raw=b"x" * 90)

    assert handover.room("mike", 1000)
    handover.hand_on(copy)
    assert handover.room("mike", 10)
    assert not handover.room("mike", 11)


def test_there_is_no_room_for_an_inbox_that_nobody_serves(handover: Handover) -> None:
    """Its copies stay pending until somebody does."""
    assert not handover.room("helen", 1)


async def test_a_copy_in_the_database_is_claimed(database: Database, handover: Handover) -> None:
    """After a restart, and what a command made due."""
    copies = add_copies(database, {}, {})

    assert ids(await take(handover)) == copies
    assert states(database) == ["sending", "sending"]
    await nothing(handover)


async def test_a_look_finds_what_a_command_wrote(database: Database, handover: Handover) -> None:
    """`router retry` must not wait for the next half minute."""
    waiting = asyncio.create_task(take(handover))
    await asyncio.sleep(0.1)
    copies = add_copies(database, {})
    handover.look("helen")
    handover.look("mike")

    assert ids(await asyncio.wait_for(waiting, 2)) == copies


async def test_a_copy_is_taken_when_it_falls_due(database: Database, handover: Handover, clock: StandingClock) -> None:
    """A deferred copy waits for its time, and not longer."""
    add_copies(database, {"due": NOON + timedelta(milliseconds=300)})
    waiting = asyncio.create_task(take(handover))
    await asyncio.sleep(0.1)
    assert not waiting.done()

    clock.later(milliseconds=400)

    assert len(await asyncio.wait_for(waiting, 5)) == 1


async def test_a_backlog_is_taken_to_its_end(database: Database, handover: Handover) -> None:
    """More than one claim's worth, without a pause of half a minute between."""
    copies = add_copies(database, *({} for _ in range(7)))

    got = [one.id for _ in range(4) for one in await take(handover, 2, seconds=2)]

    assert got == copies


async def test_outcomes_are_durable_when_settle_returns(database: Database, handover: Handover) -> None:
    """The log line `delivered` follows it."""
    add_copies(database, {}, {})
    one, two = await take(handover)
    await handover.settle([Settled(one, State.DELIVERED), Settled(two, State.FAILED)], NOON)

    assert states(database) == ["delivered", "failed"]


async def test_leases_of_what_is_in_hand_are_renewed(
    database: Database, handover: Handover, clock: StandingClock
) -> None:
    """In memory and at the courier alike; what is settled needs none."""
    (copy,) = leased(database, 1)
    handover.hand_on(copy)
    clock.later(seconds=50)
    await handover.renew()
    clock.later(seconds=50)
    await handover.renew()

    assert states(database) == ["sending"]
    assert row_of(database, copy.id)["lease"] == clock.at + LEASE


async def test_leases_of_the_dead_are_taken_back(database: Database, handover: Handover, clock: StandingClock) -> None:
    """And the copy is looked for by whoever lives."""
    add_copies(database, {"state": "sending", "holder": "dead", "lease": NOON + LEASE, "attempts": 1})
    waiting = asyncio.create_task(take(handover))
    await asyncio.sleep(0.1)

    clock.later(seconds=61)
    await handover.renew()
    (got,) = await asyncio.wait_for(waiting, 2)

    assert got.doubts == 1


@pytest.mark.parametrize("taken_over", [False, True])
async def test_no_courier_is_given_what_another_router_may_have_by_now(
    database: Database, handover: Handover, clock: StandingClock, taken_over: bool
) -> None:
    """The database was away for about a lease; SQLite has no other router."""
    copies = leased(database, 2)
    for copy in copies:
        handover.hand_on(copy)
    later = clock.later(seconds=61 if taken_over else 50)
    if database.path is not None:
        assert await take(handover) == copies
        return
    if taken_over:
        database.write("test", lambda c: outbox.expire(c, later))

    got = await take(handover)

    assert ids(got) == ids(copies)
    assert {(one.attempts, one.doubts) for one in got} == {(2, 1) if taken_over else (1, 0)}
    assert {one.lease for one in got} == {later + LEASE}


async def test_a_renewed_lease_is_good_for_a_courier(
    database: Database, handover: Handover, clock: StandingClock
) -> None:
    """An inbox whose server hangs may have its copies in memory for long."""
    copies = leased(database, 2)
    for copy in copies:
        handover.hand_on(copy)
    for _ in range(3):
        clock.later(seconds=50)
        await handover.renew()

    assert await take(handover) == copies


async def test_what_nobody_tried_is_given_back_at_the_end(database: Database, handover: Handover) -> None:
    """What a courier has in hand stays leased: only he knows."""
    copies = leased(database, 3)
    for copy in copies:
        handover.hand_on(copy)
    await take(handover, 1)

    await handover.give_back()

    assert states(database) == ["sending", "pending", "pending"]
    assert row_of(database, copies[1].id)["attempts"] == 0
