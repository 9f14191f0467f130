"""`router status`: is everything well?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.store import tables
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.outbox import State
from tests.cli.conftest import Run
from tests.store.desk import add_copies, put, seen
from tests.store.driver import Router, letter, sighting_row

Desk = Callable[[Callable[[Router], Any]], Any]
NOW = datetime.now(UTC)


def test_a_daemon_that_is_down_is_1_and_the_json_is_whole(run: Run, installed: Path) -> None:
    """A monitor reads why, not only that."""
    ran = run("status", "--json")
    (found,) = ran.rows

    assert ran.code == 1
    assert found["wrong"] == ["daemon-down"]
    assert found["running"] is False
    assert set(found["outbox"]) == {state.value for state in State}
    assert found["spool"]["unrouted"] == 0
    assert set(found["sources"][0]) >= {"name", "state", "last_success", "last_error", "stored", "server"}
    assert found["digests"] == []


def test_people_read_it_too(run: Run, installed: Path) -> None:
    """In the words of the template."""
    ran = run("status")

    assert ran.code == 1
    assert "NOT RUNNING" in ran.out
    assert "daemon-down" in ran.out


def test_the_health_check_says_only_that(run: Run, installed: Path) -> None:
    """For HEALTHCHECK in a container."""
    ran = run("status", "--live")

    assert (ran.code, ran.out) == (1, "")
    assert "does not answer" in ran.err


def test_everything_is_counted(run: Run, desk: Desk) -> None:
    """Messages, conversations, copies, sightings, the last mail."""

    def fill(router: Router) -> None:
        router.route(seen(letter(1)), seen(letter(2)), seen(letter(3, In_Reply_To="<1@customer.example>")))

    desk(fill)
    (found,) = run("status", "--json").rows

    assert (found["messages"], found["threads"]) == (3, 2)
    assert found["outbox"]["pending"] == 6


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"state": "failed", "created": NOW}, "copies-failed"),
        ({"state": "pending", "created": NOW - timedelta(minutes=6)}, "copies-wait"),
        ({"state": "unknown", "created": NOW - timedelta(minutes=6)}, "copies-wait"),
        # Ahead of the clock by a suite's time: NOW is that of the collection.
        ({"state": "pending", "created": NOW + timedelta(hours=1)}, None),
        ({"state": "held", "created": NOW - timedelta(days=6)}, None),
        ({"state": "delivered", "created": NOW - timedelta(days=6)}, None),
    ],
)
def test_what_is_wrong_with_copies(run: Run, desk: Desk, what: dict[str, Any], code: str | None) -> None:
    """A copy that was made a moment ago is no fault, and neither is one that a rule holds."""
    desk(lambda router: add_copies(router.database, what))

    assert run("status", "--json").rows[0]["wrong"] == ["daemon-down", *([code] if code else [])]


def test_mail_that_nobody_routes_is_wrong(run: Run, desk: Desk) -> None:
    """The stage behind the spool is stuck, or was never started."""

    def fill(router: Router) -> None:
        row = sighting_row(seen(letter(), received=NOW - timedelta(minutes=6)))
        router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(row)))

    desk(fill)
    (found,) = run("status", "--json").rows

    assert "unrouted-mail" in found["wrong"]
    assert found["spool"]["unrouted"] == 1


def test_an_alarm_is_shown_until_its_cause_is_gone(run: Run, desk: Desk) -> None:
    """With what it is about."""
    row = alarm_row("copy-failed", "c1", {"inbox": "mike", "error": "gone"}, NOW)
    desk(lambda router: put(router.database, (RAISE_ALARM, [row])))
    (found,) = run("status", "--json").rows

    assert "alarms" in found["wrong"]
    assert [(alarm["key"], alarm["count"]) for alarm in found["alarms"]] == [("copy-failed:c1", 1)]
    assert "copy-failed" in run("status").out


def test_a_fault_elsewhere_in_the_configuration_does_not_blind_the_operator(run: Run, installed: Path) -> None:
    """He looks because something is wrong."""
    with (installed / "router.toml").open("a") as file:
        file.write("\n[[goal]]\nname = 7\n")
    ran = run("status", "--json")

    assert ran.code == 1
    assert "configuration-faults" in ran.rows[0]["wrong"]
    assert run("queue").code == 0


def test_copies_that_may_be_there_twice_are_counted(run: Run, desk: Desk) -> None:
    """Only those: an IMAP copy of unknown fate was looked for."""
    twice = {"state": "delivered", "doubts": 2, "receipt": {"relay": "h", "possibly_doubled": 2}}
    once = {"state": "delivered", "doubts": 1, "receipt": {"folder": "INBOX", "uid": 1}}
    desk(lambda router: add_copies(router.database, twice, once, {"state": "unknown", "doubts": 1}))

    assert run("status", "--json").rows[0]["possibly_doubled"] == 1
    assert "1 possibly there twice" in run("status").out
