"""What goals have come to, as it is read from the rows of mails."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, insert

from router.conversation.goal import Goal, Goals
from router.conversation.goals import Result, Unseen
from router.conversation.hours import ServiceHours
from router.conversation.shares import Share
from router.store import blind
from router.store.database import Database
from router.store.goals import results, unseen
from router.store.tables import alarm, outbound, watched
from tests.store.desk import NOON
from tests.store.test_lookback import ours, stored

HOUR = timedelta(hours=1)
OFFICE = ServiceHours("office", ZoneInfo("Europe/London"), dict.fromkeys(range(5), ((9 * 60, 17 * 60),)))
GOAL = Goal("g", frozenset({"support"}), 4 * HOUR, service=True, first_only=True, share=0.9)
GOALS = Goals((GOAL,), {"support": OFFICE, "shop": OFFICE})


@pytest.fixture
def seen(database: Database) -> Database:
    """Of support answers have been seen."""
    values = {"mailbox": "support", "source": "smtp", "first": NOON, "last": NOON}
    database.write("test", lambda connection: connection.execute(insert(outbound).values(values)))
    return database


def read(database: Database, goals: Goals = GOALS, **parts: Any) -> list[Result]:
    """As of Friday noon."""
    return database.read(lambda connection: results(connection, goals, NOON, **parts))


def test_letters_and_answers_are_counted_where_they_fall_due(seen: Database) -> None:
    """One in time, one late, one that waits, and one that was due a week ago."""
    stored(
        seen,
        {"name": "a", "thread": "t1", "received": NOON - 26 * HOUR},
        ours("b", NOON - 25 * HOUR, thread="t1"),
        {"name": "c", "thread": "t2", "received": NOON - 27 * HOUR},
        ours("d", NOON - 20 * HOUR, thread="t2"),
        {"name": "e", "thread": "t3", "received": NOON - HOUR},
        {"name": "f", "thread": "t4", "received": NOON - 170 * HOUR},
        {"name": "g", "thread": "t5", "received": NOON - 2 * HOUR, "mailboxes": ["shop"]},
    )
    before, now = read(seen, last=2)

    assert (now.share, [one.waited.thread for one in now.missed]) == (Share(1, 2), ["t2"])
    assert [(one.waited.thread, one.due) for one in now.at_risk] == [("t3", NOON + 3 * HOUR)]
    assert (before.share, before.waiting) == (Share(0, 1), 1)


def test_a_conversation_of_a_vip_is_one_by_any_of_its_letters(seen: Database) -> None:
    """Also the wait that began before a rule said so."""
    stored(
        seen,
        {"name": "a", "thread": "t1", "received": NOON - 26 * HOUR},
        {"name": "b", "thread": "t1", "received": NOON - 25 * HOUR, "letter": {"vip": True}},
        {"name": "c", "thread": "t2", "received": NOON - 26 * HOUR},
    )
    vip = Goal("v", frozenset({"support"}), HOUR, service=True, first_only=True, share=0.9, vip=True)
    (result,) = read(seen, Goals((vip,), GOALS.hours))

    assert [(one.waited.thread, one.waited.vip) for one in result.missed] == [("t1", True)]


def test_only_what_can_have_fallen_due_is_read(seen: Database) -> None:
    """Of a hundred conversations of the past, one to a day, those of this week and of the Friday before it."""
    stored(seen, *({"name": f"a{n}", "thread": f"t{n}", "received": NOON - n * 24 * HOUR} for n in range(100)))
    asked: list[Any] = []

    def watch(connection: Any) -> list[Result]:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        return results(connection, GOALS, NOON)

    (result,) = seen.read(watch)
    (letters,) = [values for statement, values in asked if "message.letter" in statement]

    # From Monday to this Friday; the letter of the Friday before, which came at noon, was due on that day at four.
    named = letters.values() if isinstance(letters, dict) else letters  # as the system's driver has them
    assert sorted(named) == [f"t{n}" for n in range(7)]
    assert (result.share.known, len(result.at_risk)) == (6, 1)


def test_a_mailbox_without_answers_is_told_with_its_reason(seen: Database) -> None:
    """Never seen, or not seen any more."""
    seen.write("test", lambda connection: blind.set_blind(connection, "support", "few-answers", {}, NOON))

    assert seen.read(lambda connection: unseen(connection, ["support", "shop"], {})) == {
        "shop": Unseen("no-source"),
        "support": Unseen("few-answers"),
    }


@pytest.mark.parametrize(
    ("key", "cleared", "last_success", "since", "why"),
    [
        ("source-broken:mail", None, NOON - 5 * HOUR, NOON - 5 * HOUR, "since it last worked"),
        ("source-broken:mail", None, None, NOON - 4 * HOUR, "it never did: since it was told"),
        ("source-broken:mail", NOON, NOON - 5 * HOUR, None, "it works again"),
        ("source-broken:other", None, NOON - 5 * HOUR, None, "an account of nobody"),
        ("source-quiet:mail", None, NOON - 5 * HOUR, None, "quiet is not broken"),
    ],
)
def test_an_account_that_cannot_be_read_hides_what_came_since(
    seen: Database, key: str, cleared: Any, last_success: Any, since: Any, why: str
) -> None:
    """Of the mailboxes whose mail it holds."""
    told = NOON - 4 * HOUR
    code = key.partition(":")[0]
    raised = {"key": key, "code": code, "detail": {}, "first": told, "last": told, "count": 1, "cleared": cleared}
    account = {"name": "mail", "state": "broken", "since": told, "last_success": last_success}
    seen.write("test", lambda c: (c.execute(insert(alarm).values(raised)), c.execute(insert(watched).values(account))))
    found = seen.read(lambda connection: unseen(connection, ["support"], {"mail": ["support", "shop"]}))

    assert found == ({"support": Unseen("source-broken", since)} if since else {}), why
