"""Routing where the role may be somebody else's by now: several routers on one PostgreSQL."""

from collections.abc import Iterator
from functools import partial

import pytest

from router.store import roles
from tests.routing.running import Stage
from tests.store.desk import LEASE, NOON, emptied
from tests.store.driver import letter


@pytest.fixture
def bench(postgres_url: str) -> Iterator[Stage]:
    """Over a database that others may share."""
    with emptied(postgres_url) as database:
        yield Stage(database)


def take_away(bench: Stage) -> None:
    """Another router takes the role in its time, and dies: it is free again."""
    late, span = NOON + 2 * LEASE, -3 * LEASE
    take = partial(roles.take, name=roles.ROUTING, holder="other", now=late, span=span)
    assert bench.database.write("test", take)


@pytest.mark.parametrize("count", [1, 150])  # one batch, or more than a batch holds
async def test_a_router_that_takes_the_role_again_looks_into_the_database_first(bench: Stage, count: int) -> None:
    """What it had in memory it has dropped: the mail would wait for a restart."""
    async with bench.running() as task:
        first = await bench.accept(letter(0))
        await bench.routed(task)
        take_away(bench)
        ids = await bench.accept(*(letter(number) for number in range(1, count + 1)))
        verdicts = await bench.routed(task)

    assert verdicts == dict.fromkeys([*first, *ids], "new")
    assert len(bench.view.copies) == 2 * (count + 1)


async def test_who_slept_through_its_lease_writes_nothing(bench: Stage) -> None:
    """The other has routed the same mails by then: their copies would go out twice."""
    async with bench.running() as task:
        await bench.accept(letter(0))
        await bench.routed(task)
        stranger = partial(roles.take, name=roles.ROUTING, holder="other", now=NOON + 2 * LEASE, span=LEASE)
        assert bench.database.write("test", stranger)
        await bench.accept(letter(1))
        with pytest.raises(AssertionError, match="not routed"):
            await bench.routed(task, 0.5)

    assert len(bench.view.copies) == 2
