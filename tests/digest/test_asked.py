"""An edition that somebody asks for: by a reply that says `fresh`, or by a command."""

import asyncio

import pytest

from router.conversation.edition import Kind
from router.store import replies, tables
from router.store.database import Database
from tests.digest.desk import ANNA, Desk, plan
from tests.digest.office import Office
from tests.store.desk import NOON

SUPPORT = plan("support", recipients=(ANNA, "tom@example.com"))


@pytest.fixture
def stage(office: Office, database: Database) -> Desk:
    """The stage of digests beside the one that carries replies out."""
    desk = Desk(database)
    desk.stage = desk.made(SUPPORT)
    desk.tick(NOON)
    office.clock.at = desk.clock.at = NOON
    return desk


def test_fresh_is_answered_by_an_edition_for_its_writer_alone(office: Office, stage: Desk) -> None:
    """One who works through the list wants to see what is left of it, and nobody else is disturbed."""
    office.reply("fresh")
    office.work()
    stage.tick()
    stage.tick()

    (edition,) = stage.editions(Kind.ASKED)
    assert edition["recipients"] == [ANNA]
    assert edition["slot"].startswith("fresh ")
    assert [copy["inbox"] for copy in stage.copies() if copy["message"] == edition["id"]] == [ANNA]
    assert [row["state"] for row in office.router.rows(tables.reply)] == [replies.State.DONE]


def test_two_routers_make_one_fresh_edition(office: Office, stage: Desk, database: Database) -> None:
    """Whoever takes the reply out of its queue makes it, in the same transaction."""
    other = stage.made(SUPPORT)
    office.reply("fresh")
    office.work()

    async def both() -> None:
        await asyncio.gather(stage.stage.tick(), other.tick())

    asyncio.run(both())

    assert len(stage.editions(Kind.ASKED)) == 1


def test_a_digest_that_is_gone_makes_no_fresh_edition(office: Office, stage: Desk) -> None:
    """And the reply does not wait for it for ever."""
    office.reply("fresh")
    office.work()
    stage.tick(stage=stage.made(plan("another")))

    assert stage.editions(Kind.ASKED) == []
    assert [row["state"] for row in office.router.rows(tables.reply)] == [replies.State.DONE]


def test_a_command_sends_it_to_everybody_and_moves_no_slot(office: Office, stage: Desk) -> None:
    """Tomorrow's comes all the same, and lists against last night's."""
    to = asyncio.run(stage.stage.send("support", "order1"))

    (edition,) = stage.editions(Kind.ASKED)
    assert to == edition["recipients"] == [ANNA, "tom@example.com"]
    assert edition["slot"] == "asked order1"
    assert [row["id"] for row in stage.editions()] == [office.edition]


def test_an_order_that_comes_twice_is_one_edition(stage: Desk) -> None:
    """A command that has heard no answer may ask again."""
    for _ in range(2):
        asyncio.run(stage.stage.send("support", "order1"))

    assert len(stage.editions(Kind.ASKED)) == 1


def test_an_unknown_digest_goes_to_nobody(stage: Desk) -> None:
    """The command tells who it went to."""
    assert asyncio.run(stage.stage.send("nothing", "order1")) == []
