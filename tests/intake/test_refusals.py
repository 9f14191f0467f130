"""What policy refused is counted, and the counts reach the database."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta

import pytest

from router.housekeeping import Housekeeping
from router.store import keeping
from router.store.database import Database
from router.store.handover import Handover
from router.store.retention import Ages
from router.store.turn import Turn
from router.store.writer import Unit
from tests.store.desk import LEASE, NOON, StandingClock, add_copies, row_of, states
from tests.store.driver import places_of


def keeper(database: Database, refused: Counter[str], clock: StandingClock | None = None) -> Housekeeping:
    """Housekeeping with the listener's counter."""
    clock = clock or StandingClock()
    handover, turn = Handover(database, clock, "me", LEASE), Turn(database, clock, LEASE)
    return Housekeeping(database, clock, handover, turn, refused, places_of, Ages(None, None, None))


def counted(database: Database) -> dict[str, int]:
    """What `status` will say."""
    return database.read(lambda c: keeping.refusals(c, NOON.date().isoformat()))


async def test_counts_move_into_the_database(database: Database) -> None:
    """Once each: what is saved is taken off the listener's counter."""
    refused = Counter({"wrong-peer": 2, "too-large": 1})
    house = keeper(database, refused)
    await house.tick()
    await house.tick()

    assert counted(database) == {"wrong-peer": 2, "too-large": 1}
    assert not refused


async def test_what_is_refused_while_the_counts_are_saved_is_not_lost(database: Database) -> None:
    """The listener goes on meanwhile."""
    refused = Counter({"wrong-peer": 2})
    saving = asyncio.create_task(keeper(database, refused).save_refusals())
    await asyncio.sleep(0)
    refused["wrong-peer"] += 1
    await saving

    assert counted(database) == {"wrong-peer": 2}
    assert refused == {"wrong-peer": 1}


class Holdup:
    """Work at which the writer stands still until it is freed."""

    def __init__(self, database: Database) -> None:
        self.begun, self.freed = threading.Event(), threading.Event()
        database.writer.enqueue([Unit("holdup", call=self._hold)])

    def _hold(self, _: object) -> None:
        self.begun.set()
        assert self.freed.wait(10)


@pytest.mark.parametrize("in_hand", [False, True])
async def test_counts_that_a_stop_cuts_off_are_saved_once(database: Database, in_hand: bool) -> None:
    """The writer has them in hand already, or not yet; the stop saves what is left."""
    refused = Counter({"wrong-peer": 2})
    house, first = keeper(database, refused), Holdup(database)
    assert first.begun.wait(10)
    saving = asyncio.create_task(house.save_refusals())
    await asyncio.sleep(0)
    second = Holdup(database)  # of one commit with the counts
    if in_hand:
        first.freed.set()
        assert second.begun.wait(10)
    saving.cancel()
    await asyncio.wait([saving])
    first.freed.set()
    second.freed.set()
    await house.save_refusals()
    database.write("test", lambda connection: None)  # what was handed over before it is committed

    assert counted(database) == {"wrong-peer": 2}


async def test_a_full_store_keeps_the_counts_for_later(database: Database) -> None:
    """A tick that fails says so in the log and comes again."""
    database.close()
    refused = Counter({"wrong-peer": 2})
    await keeper(database, refused).tick()

    assert refused == {"wrong-peer": 2}


async def test_a_tick_takes_back_the_leases_of_the_dead(database: Database) -> None:
    """On one machine their holder is an earlier process of ours."""
    clock = StandingClock()
    (copy,) = add_copies(database, {"state": "sending", "holder": "dead", "lease": NOON, "attempts": 1})
    clock.later(seconds=1)
    await keeper(database, Counter(), clock).tick()

    assert states(database) == ["unknown"]
    assert row_of(database, copy)["due"] == NOON + timedelta(seconds=1)
