"""The outbox by hand: `queue`, `retry`, `hold`, `release`, without a daemon."""

from collections.abc import Callable
from typing import Any

import pytest

from router.store import tables
from router.store.outbox import State
from tests.cli.conftest import Run
from tests.store.desk import add_copies, put, raw_writes, row_of, seen, states
from tests.store.driver import Router, letter, sighting_row

Desk = Callable[[Callable[[Router], Any]], Any]


@pytest.fixture
def copies(desk: Desk) -> dict[str, str]:
    """A copy in every state, by state."""
    ids = desk(lambda router: add_copies(router.database, *({"state": state.value} for state in State)))
    return dict(zip((state.value for state in State), ids, strict=True))


def state(desk: Desk, copy: str) -> str:
    """Where it stands now."""
    return str(desk(lambda router: row_of(router.database, copy)["state"]))


def test_an_empty_queue_is_no_fault(run: Run, installed: object) -> None:
    """It is the rule."""
    assert (run("queue").code, run("queue").out) == (0, "0 listed, 0 delivered in all\n")
    assert (run("queue", "--json").code, run("queue", "--json").out) == (0, "")


def test_people_see_what_is_not_done(run: Run, copies: dict[str, str]) -> None:
    """Delivered, withheld and skipped copies only on demand."""
    shown = run("queue").out
    done = {"delivered", "withheld", "skipped"}

    assert {name for name, copy in copies.items() if copy in shown} == set(copies) - done
    assert all(copy in run("queue", "--all").out for copy in copies.values())


def test_programs_see_all_and_filter(run: Run, copies: dict[str, str]) -> None:
    """One object per line, with the keys of the contract and instants in UTC."""
    rows = run("queue", "--json").rows

    assert [row["id"] for row in rows] == list(copies.values())
    assert set(rows[0]) >= {"id", "message", "inbox", "state", "attempts", "due", "last_error", "receipt"}
    assert rows[0]["due"] == "2026-11-20T12:00:00.000Z"
    assert rows[0]["receipt"] is None


def test_a_delivered_copy_is_listed_with_its_place(run: Run, desk: Desk) -> None:
    """Folder and UID, queue id, file."""
    receipts = [{"folder": "INBOX", "uid": 7}, {"relay": "smtp.example.com", "queue_id": None}, {"file": "/srv/new/1"}]
    desk(lambda router: add_copies(router.database, *({"state": "delivered", "receipt": one} for one in receipts)))
    lines = run("queue", "--all").out.splitlines()[1:-1]

    assert [line.rpartition("Z  ")[2] for line in lines] == ["INBOX 7", "smtp.example.com", "/srv/new/1"]


def test_states_may_be_named(run: Run, copies: dict[str, str]) -> None:
    """Several of them."""
    rows = run("queue", "--json", "--state", "held", "--state", "failed").rows

    assert {copies["held"], copies["failed"]} == {row["id"] for row in rows}


@pytest.mark.parametrize(
    ("order", "before", "after"),
    [
        ("retry", "failed", "pending"),
        ("retry", "deferred", "pending"),
        ("hold", "pending", "held"),
        ("release", "held", "pending"),
    ],
)
def test_an_order_is_carried_out_where_no_daemon_runs(
    run: Run, desk: Desk, copies: dict[str, str], order: str, before: str, after: str
) -> None:
    """Under the lock, by the same words as in the daemon."""
    ran = run(order, copies[before], "--json")

    assert ran.code == 0
    assert ran.rows == [{"id": copies[before]}]
    assert state(desk, copies[before]) == after


@pytest.mark.parametrize("order", ["retry", "hold", "release"])
def test_an_order_that_changes_nothing_is_1(run: Run, desk: Desk, copies: dict[str, str], order: str) -> None:
    """A script must notice a typo in an id."""
    before = desk(lambda router: states(router.database))
    ran = run(order, "none", copies["delivered"])

    assert (ran.code, ran.out) == (1, f"{order}: nothing to change\n")
    assert desk(lambda router: states(router.database)) == before


def test_a_repeat_is_released_by_its_sighting(run: Run, desk: Desk) -> None:
    """It is routed when the daemon starts."""

    def fill(router: Router) -> str:
        put(router.database, *raw_writes(letter()))
        for one in (first := seen(letter()), again := seen(letter())):
            router.database.write("t", lambda c, one=one: c.execute(tables.sighting.insert().values(sighting_row(one))))
        router.route(first, again)
        return again.id

    repeat = desk(fill)
    assert run("release", repeat).code == 0
    assert run("release", repeat).code == 1
