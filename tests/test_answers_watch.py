"""A mailbox whose answers cannot be seen is named, with the cure, and its conversations are unknown until one is seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from router.store import blind, keeping, waiting
from router.store.database import Database
from router.store.tables import message
from router.store.waiting import ANSWERS_SEEN
from router.store.writer import Statement
from router.watch.answers import AnswersWatch, Box
from tests.store.desk import NOON, StandingClock, opened, put
from tests.store.driver import Router, letter

CURE = {"address": "support@example.com", "outbound": [], "exchange": True, "watched": True}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open, empty database."""
    with opened(tmp_path) as database:
        yield database


def letters(database: Database, count: int, direction: str = "in") -> None:
    """Mail of so many people and one more, yesterday at noon."""
    router = Router(database)
    router.mail(letter(1))
    (row,) = [one for one in router.messages if one["direction"] == "in"][:1]
    many = [
        row
        | {
            "id": f"{direction}{number}",
            "customer": f"{number}@customer.example",
            "direction": direction,
            "received": NOON,
            "mailboxes": ["support"],
            "needs_answer": direction == "in",
        }
        for number in range(count)
    ]
    put(database, (Statement(insert(message)), many))


async def test_many_letters_and_no_answer_are_told_once_and_end_with_an_answer(database: Database) -> None:
    """Friday's mail, looked at on Saturday."""
    clock = StandingClock(NOON + timedelta(days=1))
    watch = AnswersWatch(database, clock, [Box("support", None, CURE)], ZoneInfo("UTC"))
    put(database, (ANSWERS_SEEN, [{"mailbox": "support", "source": "s", "first": NOON, "last": NOON}]))
    seen_before = database.read(waiting.seen_mailboxes)
    letters(database, 12)
    await watch.look(watch.boxes[0])
    await watch.look(watch.boxes[0])
    (alarm,) = database.read(lambda c: keeping.open_alarms(c, clock.now()))
    blind_now = database.read(waiting.seen_mailboxes)
    put(database, (Statement(insert(message)), _answer(database)))
    await watch.look(watch.boxes[0])

    assert (seen_before, blind_now) == ({"support"}, frozenset())
    assert (alarm["key"], alarm["count"]) == ("answers-unseen:support", 1)
    assert alarm["detail"]["people"] == 13
    assert database.read(waiting.seen_mailboxes) == {"support"}
    assert database.read(lambda c: keeping.open_alarms(c, clock.now())) == []
    assert database.read(blind.reasons) == {}


def _answer(database: Database) -> list[dict[str, object]]:
    row = Router(database).messages[0]
    values = {"id": "answer", "direction": "out", "received": NOON + timedelta(hours=20), "mailboxes": ["support"]}
    return [row | values | {"needs_answer": False}]


async def test_a_quiet_day_says_nothing(database: Database) -> None:
    """Nine people may well wait."""
    clock = StandingClock(NOON + timedelta(days=1))
    watch = AnswersWatch(database, clock, [Box("support", None, CURE)], ZoneInfo("UTC"))
    letters(database, 8)
    await watch.look(watch.boxes[0])

    assert database.read(lambda c: keeping.open_alarms(c, clock.now())) == []
