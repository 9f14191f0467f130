"""Alarms about logins by token: what runs out, each announcement once; what gives no tokens."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from router.logins import Ending
from router.oauth.cache import Keeper
from router.oauth.provider import Granted, Wanted
from router.oauth.tokens import NoToken
from router.store.database import Database
from router.store.tables import alarm
from router.watch.logins import LoginWatch
from tests.store.desk import NOON, StandingClock, opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database."""
    with opened(tmp_path) as database:
        yield database


def alarms(database: Database) -> list[tuple[str, Any, int, datetime | None]]:
    """All there are: key, detail, how often raised, when cleared."""
    wanted = select(alarm.c.key, alarm.c.detail, alarm.c["count"], alarm.c.cleared)
    return database.read(lambda connection: [tuple(row) for row in connection.execute(wanted)])


async def test_an_end_is_announced_three_times_and_when_it_is_over(database: Database) -> None:
    """Not every hour, and not again by the next process; a new secret ends it."""
    clock, ends = StandingClock(), [NOON + timedelta(days=32)]
    ending = Ending("ms", "secret", lambda: ends[0])
    told = []
    for _ in range(34 * 4):
        watch = LoginWatch(database, clock, [], [ending])
        await watch.look()
        told += [(row[2], row[1]["days"], (ends[0] - clock.at).days) for row in alarms(database)]
        clock.at += timedelta(hours=6)
    ends[0] += timedelta(days=700)
    await LoginWatch(database, clock, [], [ending]).look()

    first = {count: (days, left) for count, days, left in reversed(told)}
    assert first == {1: (30, 30), 2: (7, 7), 3: (1, 1), 4: (0, 0)}
    assert alarms(database)[0][3] == clock.at


async def test_an_end_that_cannot_be_read_is_no_alarm(database: Database) -> None:
    """Who reads the file for a token tells that."""

    def unreadable() -> datetime:
        raise NoToken("file-unreadable")

    await LoginWatch(database, StandingClock(), [], [Ending("ms", "certificate", unreadable)]).look()

    assert alarms(database) == []


class Script:
    """A provider that fails as a test says."""

    trouble: str | None = None

    def key(self, wanted: Wanted) -> str:
        return "one"

    def stamp(self) -> str | None:
        return self.trouble

    def fetch(self, wanted: Wanted) -> Granted:
        if self.trouble:
            raise NoToken(self.trouble, said="AADSTS1: no", file="secret", wait=0.0)
        return Granted("token", 1000.0)

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        raise AssertionError


async def test_no_tokens_are_one_alarm_until_there_are(database: Database) -> None:
    """The same cause is not told again; another one is; the end is told."""
    now, script, clock = [0.0], Script(), StandingClock()
    keeper = Keeper("ms", script, lambda: now[0])
    watch = LoginWatch(database, clock, [keeper], [])
    counts = []
    for trouble in (None, "secret-wrong", "secret-wrong", "secret-expired", None):
        script.trouble, now[0] = trouble, now[0] + 2000
        with suppress(NoToken):
            keeper.tokens("imap", "ann@example.com").token()
        await watch.look()
        counts.append([(row[2], row[1]["cause"], row[3] is None) for row in alarms(database)])

    assert counts == [
        [],
        [(1, "secret-wrong", True)],
        [(1, "secret-wrong", True)],
        [(2, "secret-expired", True)],
        [(2, "secret-expired", False)],
    ]
    assert alarms(database)[0][1] == {
        "oauth": "ms",
        "cause": "secret-expired",
        "error": "AADSTS1: no",
        "file": "secret",
    }


async def test_an_alarm_of_an_earlier_process_ends(database: Database) -> None:
    """Where tokens are to be had now."""
    script, clock = Script(), StandingClock()
    script.trouble = "secret-wrong"
    first = Keeper("ms", script)
    with pytest.raises(NoToken):
        first.tokens("imap", "ann@example.com").token()
    await LoginWatch(database, clock, [first], []).look()
    before = alarms(database)[0][3]
    await LoginWatch(database, clock, [Keeper("ms", Script())], []).look()

    assert before is None
    assert alarms(database)[0][3] is not None
