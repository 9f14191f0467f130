"""Copies on their way to their couriers: in memory where there is room, else from the database."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from router.delivery.pace import Pace
from router.store import handover as handover_module
from router.store import outbox, rooms
from router.store.channel import Allowance, Channel
from router.store.content import InMemory
from router.store.database import Database
from router.store.handover import Handover
from router.store.outbox import Claimed, Settled, State
from tests.store.desk import LEASE, MAIL, NOON, StandingClock, add_copies, looked, row_of, states


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


async def handed_on(handover: Handover, copies: Sequence[Claimed]) -> None:
    """They are in memory, none in a courier's hand."""
    async with looked(handover, "mike"):
        pass
    for copy in copies:
        handover.hand_on(copy)


async def test_what_is_handed_on_is_taken_in_order(database: Database, handover: Handover) -> None:
    """Through memory, without a word to the database."""
    await handed_on(handover, copies := leased(database, 3))

    assert await take(handover, 2) == copies[:2]
    assert await take(handover, 2) == copies[2:]


async def test_whoever_waits_is_woken(database: Database, handover: Handover) -> None:
    """A copy that arrives at rest goes out at once."""
    (copy,) = leased(database, 1)
    async with looked(handover, "mike") as (waiting,):
        handover.hand_on(copy)

        assert await asyncio.wait_for(waiting, 1) == [copy]


async def test_room_is_bounded_by_number(handover: Handover, database: Database) -> None:
    """What finds no room stays in the database; a batch counts what it was promised, though it is not there yet."""
    (copy,) = leased(database, 1)
    await handed_on(handover, [copy])
    room = handover.rooms()

    assert sum(room("mike", copy.content) for _ in range(rooms.ROOM_COUNT + 10)) == rooms.ROOM_COUNT - 1
    for _ in range(rooms.ROOM_COUNT - 1):
        handover.hand_on(copy)
    assert not handover.rooms()("mike", copy.content)
    await take(handover)
    assert handover.rooms()("mike", copy.content)


async def test_room_is_bounded_by_bytes_but_one_mail_always_passes(
    handover: Handover, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail larger than all room would otherwise never be handed on."""
    monkeypatch.setattr(rooms, "ROOM_BYTES", 100)
    await handed_on(handover, [])
    one, other = handover.rooms(), handover.rooms()

    assert one("mike", InMemory(b"x" * 1000))
    assert not one("mike", InMemory(b"x"))
    assert [other("mike", InMemory(b"x" * size)) for size in (90, 10, 1)] == [True, True, False]


async def test_what_found_no_room_is_not_overtaken_by_its_own_batch(
    handover: Handover, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small mail would fit where a large one did not, and would come before it."""
    monkeypatch.setattr(rooms, "ROOM_BYTES", 100)
    await handed_on(handover, [])
    room = handover.rooms()

    assert [room("mike", InMemory(b"x" * size)) for size in (90, 50, 1)] == [True, False, False]


def test_there_is_no_room_for_an_inbox_that_nobody_serves(handover: Handover) -> None:
    """Its copies stay pending until somebody does."""
    assert not handover.rooms()("helen", InMemory(MAIL))


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


async def test_a_copy_that_is_due_again_at_once_is_taken_at_once(database: Database, handover: Handover) -> None:
    """What a mail server refuses goes out as an attachment, and not only at the next look half a minute later."""
    add_copies(database, {})
    (copy,) = await take(handover)
    await nothing(handover)
    await handover.settle([Settled(copy, State.DEFERRED, due=NOON)], NOON)

    assert [one.attempts for one in await take(handover, seconds=2)] == [2]


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
    await handed_on(handover, [copy])
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
    await handed_on(handover, copies := leased(database, 2))
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
    await handed_on(handover, copies := leased(database, 2))
    for _ in range(3):
        clock.later(seconds=50)
        await handover.renew()

    assert await take(handover) == copies


async def test_what_nobody_tried_is_given_back_at_the_end(database: Database, handover: Handover) -> None:
    """What a courier has in hand stays leased: only he knows."""
    await handed_on(handover, copies := leased(database, 3))
    await take(handover, 1)

    await handover.give_back()

    assert states(database) == ["sending", "pending", "pending"]
    assert row_of(database, copies[1].id)["attempts"] == 0


class Ticks(Pace):
    """A real pace that counts how often it was asked."""

    asked = 0

    def allowance(self, now: datetime) -> Allowance:
        self.asked += 1
        return super().allowance(now)


async def went(handover: Handover, pace: Pace, clock: StandingClock, seconds: int) -> list[int]:
    """After how many seconds copies for mike came, by a courier that delivers each at once."""
    came: list[int] = []
    for second in range(seconds):
        while pace.allowance(clock.at).copies:
            got = await take(handover)
            await handover.settle([Settled(one, State.DELIVERED) for one in got], clock.at)
            came += [second] * len(got)
        clock.later(seconds=1)
    return came


async def test_above_the_pace_nothing_is_leased(database: Database, clock: StandingClock) -> None:
    """A backlog against a limit: a few at once, the rest steadily; what cannot go now lies in the database."""
    handover = Handover(database, clock, "me", LEASE)
    handover.open("mike", [Channel("mike", pace := Pace(per_minute=60))])
    add_copies(database, *({} for _ in range(300)))

    came = await went(handover, pace, clock, 60)

    assert came.count(0) == 12
    assert 55 <= len(came) <= 60
    assert max(came.count(second) for second in range(1, 60)) <= 2
    assert set(states(database)) == {"pending", "delivered"}


async def test_a_worker_sleeps_until_tokens_are_back(database: Database, clock: StandingClock) -> None:
    """Ten thousand copies that wait for an hour to pass are no reason to ask the database all the time."""
    pace = Ticks(per_hour=5)
    handover = Handover(database, clock, "me", LEASE)
    handover.open("mike", [Channel("mike", pace)])
    add_copies(database, *({} for _ in range(10_000)))
    (one,) = await take(handover)
    await handover.settle([Settled(one, State.DELIVERED)], clock.at)

    pace.asked = 0
    await nothing(handover)
    assert pace.asked < 10
    clock.later(minutes=12)
    assert len(await take(handover)) == 1


async def test_an_inbox_without_tokens_holds_up_no_other(database: Database, clock: StandingClock) -> None:
    """They share a server, not a limit; where the server has one, they take turns."""
    handover = Handover(database, clock, "me", LEASE)
    handover.open("relay", [Channel("mike", Pace(per_hour=5)), Channel("helen"), Channel("ann")], Pace(per_minute=30))
    add_copies(database, *({"inbox": inbox} for inbox in ("mike", "helen", "ann") for _ in range(50)))
    got: Counter[str] = Counter()
    for _ in range(3):
        while True:
            try:
                copies = await asyncio.wait_for(handover.take("relay", 50), 1)
            except TimeoutError:
                break
            await handover.settle([Settled(one, State.DELIVERED) for one in copies], clock.at)
            got.update(one.inbox for one in copies)
        clock.later(seconds=10)

    assert got["mike"] == 1
    assert 12 <= got.total() <= 18
    assert min(got["helen"], got["ann"]) >= 3


async def test_a_copy_above_the_pace_finds_no_room_in_memory(database: Database, clock: StandingClock) -> None:
    """Not even within one batch of routing."""
    handover = Handover(database, clock, "me", LEASE)
    handover.open("mike", [Channel("mike", Pace(per_minute=10))])
    async with looked(handover, "mike"):
        room = handover.rooms()

        assert [room("mike", InMemory(MAIL)) for _ in range(4)] == [True, True, False, False]


async def test_a_restart_gives_nobody_new_tokens(database: Database, clock: StandingClock) -> None:
    """What was delivered in the last hour is on record."""
    ends = [NOON - timedelta(minutes=minutes) for minutes in (1, 1, 90)]
    add_copies(database, *({"state": "delivered", "ended": at} for at in ends), {}, {})
    handover = Handover(database, clock, "me", LEASE)
    handover.open("mike", [Channel("mike", Pace(per_hour=15))])

    assert len(await take(handover)) == 1
    await nothing(handover)


async def test_older_copies_in_the_database_are_not_overtaken(
    database: Database, handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What found no room goes before what comes later, however long the line."""
    monkeypatch.setattr(rooms, "ROOM_COUNT", 2)
    monkeypatch.setattr(handover_module, "CLAIM", 2)
    await handed_on(handover, memory := leased(database, 2))
    old = add_copies(database, {}, {}, {})
    handover.look("mike")
    room = handover.rooms()
    assert not room("mike", InMemory(MAIL))
    new = add_copies(database, {})

    got = [one for _ in range(3) for one in ids(await take(handover, 2))]

    assert got == [*ids(memory), *old, *new][: len(got)]
    assert len(got) >= 5


async def test_a_copy_that_was_promised_room_too_early_goes_back(database: Database, handover: Handover) -> None:
    """Older ones came to lie in the database while it was committed."""
    (new,) = leased(database, 1)
    await handed_on(handover, [])
    (old,) = add_copies(database, {"created": NOON - LEASE, "due": NOON - LEASE})
    handover.look("mike")
    handover.hand_on(new)

    assert ids(await take(handover)) == [old, new.id]
    assert row_of(database, new.id)["attempts"] == 1


async def test_two_lanes_never_have_one_conversation(
    database: Database, handover: Handover, clock: StandingClock
) -> None:
    """The answer would overtake the question; after a minute it goes all the same."""
    one, two, other = (replace(copy, thread=name) for copy, name in zip(leased(database, 3), "aab", strict=True))
    await handed_on(handover, [one])
    assert await take(handover) == [one]
    for copy in (two, other):
        handover.hand_on(copy)

    assert await take(handover) == [other]
    await nothing(handover)
    waiting = asyncio.create_task(take(handover))
    await asyncio.sleep(0.05)
    await handover.settle([Settled(one, State.DELIVERED)], NOON)
    assert await asyncio.wait_for(waiting, 2) == [two]
    handover.hand_on(again := replace(one, id="again", lease=NOON + 9 * LEASE))
    await nothing(handover)
    clock.later(seconds=60)
    assert await take(handover) == [again]


async def test_an_inbox_that_rests_gets_nothing_and_then_one_copy(database: Database, clock: StandingClock) -> None:
    """Its neighbours go on; what was leased for it goes back, so that a crash leaves no doubt about it."""
    handover = Handover(database, clock, "me", LEASE)
    handover.open("relay", [Channel("mike"), Channel("helen")])
    mine = add_copies(database, *({} for _ in range(5)))
    (first,) = await handover.take("relay", 1)
    handover.rest("mike", 0.3)
    await handover.settle([Settled(first, State.DEFERRED, NOON + LEASE)], NOON)
    add_copies(database, {"inbox": "helen"})
    handover.look("helen")

    assert [one.inbox for one in await asyncio.wait_for(handover.take("relay", 50), 0.25)] == ["helen"]
    assert states(database)[:5] == ["deferred", *["pending"] * 4]
    (probe,) = await asyncio.wait_for(handover.take("relay", 50), 5)
    assert probe.id == mine[1]
    await handover.settle([Settled(probe, State.DELIVERED)], NOON)
    handover.well("mike")
    assert ids(await asyncio.wait_for(handover.take("relay", 50), 5)) == mine[2:]
