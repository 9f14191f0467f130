"""T2 at work: what fails, fails alone, and its copies go out all the same."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from router.mail.kind import Company
from router.mail.reading import Reading
from router.routing import stage as stage_module
from router.routing.analysis import Analysis
from router.routing.batch import Batch
from router.routing.places import Inbox
from router.routing.plan import Planner
from router.routing.reader import Reader
from router.routing.routed import Routed
from router.routing.rows import message_row
from router.store import commands, messages, tables
from router.store import database as database_module
from router.store.content import Content
from router.store.database import Database
from router.store.errors import RoleLost, StoreFull
from router.store.outbox import State
from router.store.rows import Row
from tests.routing.running import Stage
from tests.store.desk import NOON, octets, opened, seen, twice_away
from tests.store.driver import EVERYTHING, INBOXES, letter, places_of, rule


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Stage]:
    """Over a database of its own."""
    with opened(tmp_path) as database:
        yield Stage(database)


def failing(monkeypatch: pytest.MonkeyPatch, on: Callable[[Analysis], bool]) -> None:
    """The planner raises for some sightings: no real bytes make it do that, we hope."""
    real = Planner.plan

    def plan(self: Planner, this: Analysis) -> Any:
        planned = real(self, this)  # it fails at its end, with everything left behind in the planner
        if on(this):
            raise RuntimeError("of the test")
        return planned

    monkeypatch.setattr(Planner, "plan", plan)


async def test_what_is_accepted_is_routed(bench: Stage) -> None:
    """In memory, in one batch or several."""
    async with bench.running() as task:
        ids = await bench.accept(*(letter(number) for number in range(20)))
        verdicts = await bench.routed(task)

    assert verdicts == dict.fromkeys(ids, "new")
    assert len(bench.view.copies) == 40
    assert bench.alarms() == []


async def test_copies_are_handed_on_to_their_couriers(bench: Stage) -> None:
    """Leased to us, without a way round through the database; the other inbox claims from there."""
    bench.handover.open("mike")
    async with bench.running():
        await bench.accept(letter())
        (copy,) = await asyncio.wait_for(bench.handover.take("mike", 10), 10)

    assert octets(copy.content) == letter()
    assert bench.view.copies == [("mike", "sending", None), ("helen", "pending", None)]


async def test_a_sighting_that_cannot_be_planned_is_routed_unread(
    bench: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its copies go out, an alarm is raised, and the others go on."""
    failing(monkeypatch, lambda this: this.message.message_id == "2@customer.example")
    async with bench.running() as task:
        ids = await bench.accept(letter(1), letter(2), letter(3))
        verdicts = await bench.routed(task)
    marks = [row["marks"] for row in bench.view.messages]

    assert verdicts == dict.fromkeys(ids, "new")
    assert len(bench.view.copies) == 6
    assert sorted(marks) == [[], [], ["unreadable"]]
    assert bench.alarms() == ["unreadable-message"]


async def test_what_a_failed_plan_leaves_behind_reaches_no_other(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An equal mail of the same batch would be a repeat of something that was never stored."""
    tried: list[str] = []
    failing(monkeypatch, lambda this: not tried and not tried.append(this.seen.id))
    batch = [
        seen(letter(1)),
        seen(letter(1), recipients=("shop@example.com",)),
        seen(letter(2, In_Reply_To="<1@customer.example>")),
    ]
    for one in batch:
        await bench.spool.accept(one)
    async with bench.running() as task:
        await bench.routed(task)
    stored = {row["id"] for row in bench.view.messages}

    assert {row["message"] for row in bench.view.rows(tables.outbox)} <= stored
    assert {row["thread"] for row in bench.view.messages} <= {row["id"] for row in bench.view.rows(tables.thread)}


async def test_what_fails_twice_is_set_aside_and_release_brings_it_back(
    bench: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not stop the others, and must not be forgotten."""
    failing(monkeypatch, lambda this: this.seen.sender == "bad@x.example")
    bad = seen(letter(1), sender="bad@x.example")
    async with bench.running() as task:
        await bench.spool.accept(bad)
        (good,) = await bench.accept(letter(2))
        assert {bad.id: "fault", good: "new"} == await bench.routed(task)
        assert bench.alarms() == ["unroutable"]
        assert len(bench.view.copies) == 2

        monkeypatch.undo()
        assert bench.database.write("c", lambda c: commands.release(c, [bad.id], NOON)) == [bad.id]
        bench.spool.rescan()

        assert {bad.id: "new", good: "new"} == await bench.routed(task)
    assert len(bench.view.copies) == 4


async def test_a_row_that_the_database_refuses_fails_alone(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit is replayed by itself; then it is routed unread, and that goes through."""

    def row(batch: Batch, routed: Routed, *given: Any) -> Row:
        bad = routed.analysis.message.subject == "Bad"
        return message_row(batch, routed, *given) | ({"subject": "\udc80"} if bad else {})

    monkeypatch.setattr("router.routing.newcomer.message_row", row)
    async with bench.running() as task:
        await bench.accept(letter(1), letter(2, Subject="Bad"), letter(3))
        await bench.routed(task)

    assert len(bench.view.copies) == 6
    assert bench.alarms() == ["unreadable-message"]


@pytest.mark.parametrize("to", ["support@example.com", "shop@example.com"])
async def test_what_a_failed_commit_leaves_behind_reaches_no_other(
    bench: Stage, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """A further sighting in the same batch must not add copies to a message that was never stored."""
    failed = list[str]()

    def row(batch: Batch, routed: Routed, *given: Any) -> Row:
        bad = failed in ([], [routed.analysis.seen.id]) and not routed.analysis.faults
        failed[:] = [routed.analysis.seen.id] if bad else failed
        return message_row(batch, routed, *given) | ({"subject": "\udc80"} if bad else {})

    monkeypatch.setattr("router.routing.newcomer.message_row", row)
    for one in (seen(letter(1)), seen(letter(1), recipients=(to,)), seen(letter(2, References="<1@customer.example>"))):
        await bench.spool.accept(one)
    async with bench.running() as task:
        await bench.routed(task)
    stored = {row["id"] for row in bench.view.messages}

    assert {row["message"] for row in bench.view.rows(tables.outbox)} <= stored
    assert {row["message"] for row in bench.view.rows(tables.identity)} <= stored
    assert {row["thread"] for row in bench.view.messages} <= {row["id"] for row in bench.view.rows(tables.thread)}


async def test_a_full_store_is_waited_out(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in the spool has nobody who would send it again."""
    monkeypatch.setattr(stage_module, "PAUSE", 0.05)
    await bench.accept(*(letter(number, "x" * 200, Subject="y" * 900) for number in range(60)))
    bench.database.write("t", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").fetchall())
    async with bench.running() as task:
        await asyncio.sleep(0.4)
        assert bench.view.messages == []
        assert not task.done()
        await asyncio.to_thread(_give_room, bench.database)
        await bench.routed(task)

    assert len(bench.view.copies) == 120


def _give_room(database: Database) -> None:
    """Again until it is done: it may share a commit with a batch of the stage, and then fails with it."""
    while True:
        try:
            database.write("t", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").fetchall())
        except StoreFull:
            continue
        return


async def test_a_store_that_cannot_be_read_for_a_moment_is_waited_out(
    bench: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file handle is free: the stage must live, and route when one is."""
    monkeypatch.setattr(stage_module, "PAUSE", 0.05)
    twice_away(monkeypatch, messages, "look_up", "unable to open database file")
    async with bench.running() as task:
        await bench.accept(letter())
        await bench.routed(task)

    assert len(bench.view.copies) == 2


async def test_a_large_mail_that_cannot_be_fetched_for_now_is_read_later(
    bench: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away for a moment: that is no fault of the mail, whose subject and conversation count."""
    monkeypatch.setattr(stage_module, "PAUSE", 0.05)
    left = twice_away(monkeypatch, database_module, "read_chunk", "the server is starting up")
    async with bench.running() as task:
        await bench.accept(letter(text="\r\n".join(["x" * 70] * 5000)))
        await bench.routed(task)

    assert [row["subject"] for row in bench.view.messages] == ["Order"]
    assert left == []


async def test_a_stop_finishes_the_batch_in_hand(bench: Stage) -> None:
    """Half a batch would be handed on and not logged."""
    await bench.accept(*(letter(number) for number in range(50)))
    async with bench.running() as task:
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])

    rows = bench.view.rows(tables.sighting)
    assert len({bool(row["routed"]) for row in rows}) == 1


async def test_a_batch_of_hostile_references_is_routed(bench: Stage) -> None:
    """Tens of thousands of ids in one mail, seven such mails in a batch: the daemon must not end over them."""
    lines = ["".join(f"<{n:x}>" for n in range(at, at + 100)) for at in range(0x1000, 0x1000 + 37_000, 100)]
    mails = [letter(n, References="\r\nReferences: ".join(lines).replace("<", f"<{n}")) for n in range(7)]
    await bench.accept(*mails)

    async with bench.running() as task:
        await bench.routed(task, 60)

    assert len(bench.view.copies) == 14


async def test_every_sighting_has_its_line_in_the_log(bench: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """With its word, after the commit."""
    caplog.set_level("INFO", "router.mail")
    async with bench.running() as task:
        for parts in ({}, {}, {"recipients": ("shop@example.com",)}):
            await bench.spool.accept(seen(letter(), **parts))
            await bench.routed(task)
        await asyncio.sleep(0.1)

    assert [record.message for record in caplog.records] == ["routed", "repeat", "sighted"]


async def test_kept_copies_have_their_line_too(bench: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Held, withheld, skipped: counted openly."""
    caplog.set_level("INFO", "router.mail")
    rules = (EVERYTHING, rule("p", withhold_from=("mike",)), rule("h", hold=True))
    bench.places = places_of(*rules, inboxes=(*INBOXES, Inbox("ann", "ann@example.com", False)))
    async with bench.running() as task:
        await bench.accept(letter())
        await bench.routed(task)
        await asyncio.sleep(0.1)

    assert sorted(record.message for record in caplog.records) == sorted(
        ["routed", State.HELD.value, State.WITHHELD.value, State.SKIPPED.value]
    )


def large(number: int) -> bytes:
    """One that is read by the other process."""
    return letter(number) + b"x" * 300_000


def in_order(bench: Stage) -> list[bool]:
    """The messages in the order in which they were routed; whether each is a large one."""
    sizes = {row["sha256"]: row["size"] for row in bench.view.rows(tables.raw)}
    return [sizes[row["sha256"]] > 300_000 for row in bench.view.messages]


async def test_a_small_mail_does_not_wait_for_large_ones(bench: Stage) -> None:
    """Nor for one that was made to be slow: each may take a second."""
    await bench.accept(large(1), large(2), large(3), letter(4), letter(5))
    async with bench.running() as task:
        await bench.routed(task)

    assert in_order(bench) == [False, False, True, True, True]


async def test_nor_does_one_that_comes_while_they_are_read(bench: Stage) -> None:
    """A hundred large mails are no reason to let a customer's letter lie."""
    loop, real = asyncio.get_running_loop(), bench.stage.reader.read
    came: list[Any] = []

    def read(content: Content, sender: str, company: Company) -> Reading:
        if not came:
            came.append(asyncio.run_coroutine_threadsafe(bench.accept(letter(9)), loop).result(20))
        return real(content, sender, company)

    bench.stage.reader = cast(Reader, SimpleNamespace(read=read, close=bench.stage.reader.close))
    await bench.accept(*(large(number) for number in range(5)))
    async with bench.running() as task:
        await bench.routed(task)

    assert in_order(bench) == [True, True, False, True, True, True]


async def test_the_next_ones_are_read_while_others_are_routed(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that wait for each other are no faster than one."""
    accepted, second = asyncio.Event(), asyncio.Event()
    real_read, real_route, read = bench.stage.analyst.analyse, stage_module.RoutingStage._route_all, list[int]()

    async def analyse(batch: Any, *rest: Any) -> list[Analysis]:
        read.append(len(batch))
        (second if len(read) > 1 else asyncio.Event()).set()
        await asyncio.wait_for(accepted.wait(), 20)
        return await real_read(batch, *rest)

    async def route_all(self: Any, analyses: Any) -> None:
        await asyncio.wait_for(second.wait(), 20)  # until others are being read
        await real_route(self, analyses)

    async with bench.running() as task:
        await bench.accept(letter(0))
        await bench.routed(task)
        bench.stage.analyst.analyse = analyse  # type: ignore[method-assign]
        monkeypatch.setattr(stage_module.RoutingStage, "_route_all", route_all)
        await bench.accept(*(letter(number) for number in range(1, 30)))
        accepted.set()
        await bench.routed(task)

    assert sum(read) == 29
    assert len(bench.view.copies) == 60


async def test_what_was_read_ahead_is_let_go_of_with_the_role(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another router takes it from the database, and so do we once we route again: each once."""
    real, lost, accepted = stage_module.RoutingStage._route, list[bool](), asyncio.Event()

    async def route(self: Any, analyses: Any) -> Any:
        await asyncio.wait_for(accepted.wait(), 20)
        if not lost and self._ahead:
            lost.append(True)
            raise RoleLost("of the test")
        return await real(self, analyses)

    monkeypatch.setattr(stage_module, "BATCH", 5)
    monkeypatch.setattr(stage_module.RoutingStage, "_route", route)
    async with bench.running() as task:
        ids = await bench.accept(*(letter(number) for number in range(30)))
        accepted.set()
        verdicts = await bench.routed(task)

    assert lost == [True]
    assert verdicts == dict.fromkeys(ids, "new")
    assert len(bench.view.copies) == 60
