"""The stage that marks copies as answered: once, beside the deliveries, and for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from router.delivery.courier import Delivered, InThread
from router.delivery.marking import TRIES, Marking
from router.delivery.retry import Again
from router.delivery.stage import Worker
from router.imap.errors import Trouble
from router.store.answered import Due, Mark
from router.store.database import Database
from router.store.handover import Handover
from tests.delivery.test_stage import always
from tests.store.desk import LEASE, StandingClock, add_copies, change, row_of

QUICK = 0.01  # seconds instead of two


class Server:
    """Marks what it is told to, and remembers what it was asked."""

    def __init__(self, ends: Callable[[int, Sequence[Due]], Mapping[str, Mark]]) -> None:
        self.asked: list[list[str]] = []
        self._ends = ends

    async def mark(self, copies: Sequence[Due]) -> Mapping[str, Mark]:
        """The answer to the next question."""
        self.asked.append([copy.id for copy in copies])
        return self._ends(len(self.asked), copies)


def everything(number: int, copies: Sequence[Due]) -> Mapping[str, Mark]:
    """All goes well."""
    return {copy.id: Mark.SET for copy in copies}


def arrived(database: Database, **values: object) -> str:
    """A copy that is to be marked."""
    (copy,) = add_copies(database, {})
    change(database, copy, state="delivered", answered="due", receipt={"uid": 7}, **values)
    return copy


@asynccontextmanager
async def marking(database: Database, server: Server) -> AsyncIterator[None]:
    """It marks meanwhile."""
    task = asyncio.create_task(Marking("mike", server.mark, database, pause=QUICK).run())
    yield
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def end_of(database: Database, copy: str, seconds: float = 10) -> str | None:
    """The mark of a copy once it is settled."""
    for _ in range(int(seconds / QUICK)):
        mark: str | None = row_of(database, copy)["answered"]
        if mark != "due":
            return mark
        await asyncio.sleep(QUICK)
    raise AssertionError("still due")


@pytest.mark.parametrize("end", [Mark.SET, Mark.ABSENT, Mark.UNABLE])
async def test_a_copy_is_marked_once(database: Database, end: Mark) -> None:
    """Whatever the server said, it is not asked again."""
    copy = arrived(database)
    server = Server(lambda number, copies: {one.id: end for one in copies})
    async with marking(database, server):
        mark = await end_of(database, copy)
        await asyncio.sleep(10 * QUICK)

    assert mark == end
    assert server.asked == [[copy]]


async def test_a_server_that_is_away_is_asked_again_and_nothing_is_forgotten(database: Database) -> None:
    """Its copies stay due; what the log says of it is all that anybody needs."""
    copy = arrived(database)

    def away_twice(number: int, copies: Sequence[Due]) -> Mapping[str, Mark]:
        if number < 3:
            raise Trouble("no route")
        return everything(number, copies)

    server = Server(away_twice)
    async with marking(database, server):
        assert await end_of(database, copy) == "set"

    assert server.asked == [[copy]] * 3


async def test_a_folder_that_always_says_no_is_let_be(database: Database) -> None:
    """Another copy is marked at once."""
    refused, other = arrived(database), arrived(database)
    server = Server(lambda number, copies: {one.id: Mark.SET for one in copies if one.id != refused})
    async with marking(database, server):
        assert await end_of(database, other) == "set"
        assert await end_of(database, refused) == "unable"

    assert sum(refused in asked for asked in server.asked) == TRIES


async def test_what_a_dead_process_left_is_marked_by_the_next(database: Database) -> None:
    """It stands in the store."""
    copy = arrived(database)
    hangs = Server(everything)

    async def never(copies: Sequence[Due]) -> Mapping[str, Mark]:
        hangs.asked.append([one.id for one in copies])
        raise SystemExit  # between the STORE and its record

    with suppress(SystemExit):
        await Marking("mike", never, database)._round()
    server = Server(everything)
    async with marking(database, server):
        assert await end_of(database, copy) == "set"

    assert hangs.asked == server.asked == [[copy]]


async def test_it_goes_on_beside_the_deliveries(database: Database) -> None:
    """A worker runs both, and ends both."""
    due, (new,) = arrived(database), add_copies(database, {})
    clock, server = StandingClock(), Server(everything)
    handover = Handover(database, clock, "me", LEASE)
    handover.open("mike")
    courier = InThread("mike", always(Delivered({"file": "f"})))
    beside = Marking("mike", server.mark, database, pause=QUICK).run
    worker = asyncio.create_task(
        Worker("mike", courier, handover, clock, Again(timedelta(minutes=2)), beside=beside).run()
    )
    mark = await end_of(database, due)
    for _ in range(500):
        if row_of(database, new)["state"] == "delivered":
            break
        await asyncio.sleep(QUICK)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker

    assert (mark, row_of(database, new)["state"]) == ("set", "delivered")
