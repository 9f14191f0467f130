"""Journal reports in the stage: large ones, a store that is away, and a mail that cannot be planned."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from router.routing import reports
from router.routing.analysis import Analysis
from router.routing.plan import Planner
from router.store import commands, tables
from router.store import spool as spool_module
from router.store.content import PIECE, SMALL, InMemory
from router.store.ids import enclosed_id
from router.store.orphans import find
from router.store.spool import Sighting
from tests.bench.reports import JOURNAL, report
from tests.routing.running import Stage
from tests.store.desk import octets, opened, seen, twice_away
from tests.store.driver import letter, places_of

LARGE = letter(text="\r\n".join(f"{number:070d}" for number in range(3 * PIECE // 70)))
ANNA, OLGA = "anna@example.com", "olga@example.com"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Stage]:
    """Over a database of its own."""
    with opened(tmp_path) as database:
        yield Stage(database)


def one_report(mail: bytes, sender: str = "kim@customer.example", *recipients: str, **form: Any) -> Sighting:
    """A transmission to the address for reports."""
    whole = report(mail, sender, recipients or ("support@example.com",), **form)
    return seen(whole, sender="", recipients=(JOURNAL,))


async def routed(bench: Stage, *batch: Sighting) -> dict[str, str]:
    """Accept and route; the verdict of each sighting."""
    async with bench.running() as task:
        for one in batch:
            await bench.spool.accept(one)
        return await bench.routed(task)


@pytest.mark.parametrize("encoding", ["", "base64", "quoted-printable"])
async def test_a_large_mail_goes_into_chunks_of_its_own(bench: Stage, encoding: str) -> None:
    """As T1 would have stored it; the chunks of its report go with the sweeper."""
    one = one_report(LARGE, encoding=encoding)
    verdicts = await routed(bench, one)
    (mail,) = bench.view.rows(tables.raw)
    batch = bench.database.read(lambda c: c.execute(tables.chunk.select()).mappings().all())
    mine = [row for row in batch if row["sha256"] == mail["sha256"]]

    assert verdicts == {one.id: "report", enclosed_id(one.id): "new"}
    assert (mail["sha256"], mail["size"]) == (InMemory(LARGE).sha256, len(LARGE))
    assert [row["seq"] for row in mine] == list(range(mail["chunks"]))
    assert len(bench.view.copies) == 2
    assert set(bench.database.read(find)) <= {one.content.sha256}


async def test_of_a_large_mail_of_others_no_chunk_is_shown(bench: Stage) -> None:
    """What is left of it is an orphan, which the sweeper takes away."""
    mail = LARGE.replace(b"kim@customer.example", ANNA.encode()).replace(b"support@example.com", OLGA.encode())
    one = one_report(mail, ANNA, OLGA)
    verdicts = await routed(bench, one)

    assert verdicts == {one.id: "foreign"}
    assert bench.view.rows(tables.raw) == []
    assert InMemory(mail).sha256 not in bench.database.read(find)  # no more than 2 MB went at once


async def test_a_store_that_is_away_is_waited_for(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is accepted: nobody else can be asked again."""
    monkeypatch.setattr(reports, "PAUSE", 0.01)
    left = twice_away(monkeypatch, reports, "add_chunks", "locked by the test")
    one = one_report(LARGE)

    assert await routed(bench, one) == {one.id: "report", enclosed_id(one.id): "new"}
    assert left == []


async def test_a_mail_that_cannot_be_planned_leaves_its_report_to_a_person(
    bench: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it is cannot be told without its header: it is neither dropped nor shown around, and may be tried again."""
    real = Planner.plan

    def plan(self: Planner, this: Analysis) -> Any:
        if this.message.message_id:
            raise RuntimeError("of the test")
        return real(self, this)

    monkeypatch.setattr(Planner, "plan", plan)
    one = one_report(
        letter(From=ANNA, To="kim@customer.example", Cc="support@example.com"), ANNA, "kim@customer.example"
    )
    verdicts = await routed(bench, one)
    monkeypatch.setattr(Planner, "plan", real)

    assert verdicts == {one.id: "fault"}
    assert bench.alarms() == ["unroutable"]
    bench.database.write("t", lambda c: spool_module.release_repeat(c, one.id))
    bench.spool.rescan()
    async with bench.running() as task:
        assert await bench.routed(task) == {one.id: "report", enclosed_id(one.id): "new"}


async def test_a_damaged_report_can_be_released(bench: Stage) -> None:
    """A later version may read what this one cannot."""
    one = one_report(letter(), closed=False)
    assert await routed(bench, one) == {one.id: "fault"}
    assert bench.database.write("t", lambda c: spool_module.release_repeat(c, one.id))
    bench.spool.rescan()
    async with bench.running() as task:
        assert await bench.routed(task) == {one.id: "fault"}

    assert bench.view.copies == []
    assert octets(one.content) == report(letter(), closed=False)


async def test_a_restored_report_brings_a_mail_whose_copies_are_looked_for(bench: Stage) -> None:
    """They may have been delivered after the backup."""
    one = one_report(letter())
    await bench.spool.accept(one)
    bench.database.write("t", lambda c: commands.restored(c, one.received, []))
    bench.spool.rescan()
    bench.spool._ready.clear()
    async with bench.running() as task:
        await bench.routed(task)

    assert [state for _, state, _ in bench.view.copies] == ["unknown", "unknown"]


def test_a_mail_in_a_report_is_taken_out_anew_in_whole_pieces() -> None:
    """Its pieces become chunks, whose number its size tells."""
    one = reports.opened(one_report(LARGE, encoding="base64"))
    pieces = list(one.content.pieces())

    assert one.content.size > SMALL
    assert b"".join(pieces) == LARGE
    assert {len(piece) for piece in pieces[:-1]} == {PIECE}
    assert one.content.head == LARGE[:SMALL]


def test_what_came_out_of_a_report_is_none() -> None:
    """Whoever its recipients are: it was written by anybody."""
    mail = reports.opened(one_report(report(letter()), "kim@customer.example", JOURNAL))

    assert mail.recipients == (JOURNAL,)
    assert not reports.is_report(mail, places_of())
    assert reports.is_report(replace(mail, source="smtp"), places_of())
