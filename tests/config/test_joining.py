"""What is handed from goals and rising words to digests and letters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.config import load
from router.config.joining import ROSE, GoalsOf, RoseOf
from router.config.settings import Settings
from router.store.database import Database
from tests.bench.installation import configuration
from tests.store.desk import opened
from tests.store.driver import EVERYTHING, Router, letter, places_of, rule

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A mailbox, in London."""
    (tmp_path / "router.toml").write_text(configuration(1), "utf-8")
    return load(tmp_path / "router.toml", {})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Ten quiet weeks, and one in which the clasp of seven customers breaks; one of them writes of it ten times."""
    with opened(tmp_path) as database:
        router = Router(database)
        number = 0
        for week in range(10, -1, -1):
            for who in range(7):
                number += 1
                text = "It is the clasp once more." if week == 0 else "When are you open on Friday?"
                write(router, number, who, text, MONDAY - week * WEEK + DAY)
        for _ in range(10):
            number += 1
            write(router, number, 1, "Where is my umbrella?", MONDAY + 2 * DAY)
        yield database


def write(router: Router, number: int, who: int, text: str, at: datetime) -> None:
    """A customer writes."""
    address = f"kim{who}@customer.example"
    router.now = at
    router.mail(letter(number, text, From=address, Subject=f"Question {number}"), sender=address, received=at)


def test_the_end_of_a_rule_tells_what_many_began_to_say(settings: Settings, database: Database) -> None:
    """With the sentence of one of them; what one customer says ten times is nothing that rose."""
    found = database.read(lambda c: RoseOf(settings)(c, MONDAY - 2 * WEEK, MONDAY + WEEK))

    assert [(one.customers, "clasp" in one.word) for one in found] == [(7, True)]
    assert found[0].quote == "It is the clasp once more."
    assert len(found) <= ROSE


def test_quiet_weeks_have_nothing_to_tell(settings: Settings, database: Database) -> None:
    """The same question every week is no news."""
    found = database.read(lambda c: RoseOf(settings)(c, MONDAY - 2 * WEEK, MONDAY))

    assert list(found) == []


VIP_GOAL = """
[[goal]]
name = "VIPs"
within = "4h"
clock = "customer"
vip = true
"""


def test_a_vip_past_the_goal_is_told_and_nobody_else(tmp_path: Path) -> None:
    """Since the letter that waits; before the goal has passed it is nobody's matter."""
    (tmp_path / "router.toml").write_text(configuration(1, extra=VIP_GOAL), "utf-8")
    goals = GoalsOf(load(tmp_path / "router.toml", {}))
    with opened(tmp_path) as database:
        router = Router(database)
        router.places = places_of(EVERYTHING, rule("vip", vip=True, when={"from_": ("kim1@*",)}))
        write(router, 1, 1, "Where is my order?", MONDAY)
        write(router, 2, 2, "Where is mine?", MONDAY)
        (vip,) = [row["thread"] for row in router.messages if row["customer"] == "kim1@customer.example"]
        hours = {hour: database.read(lambda c, at=hour: goals.vip_late(c, MONDAY + at * HOUR)) for hour in (3, 4, 5)}

    assert hours == {3: [], 4: [(vip, MONDAY)], 5: [(vip, MONDAY)]}
