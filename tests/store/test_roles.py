"""What only one router does at a time."""

from datetime import timedelta
from functools import partial

import pytest

from router.store import roles
from router.store.database import Database
from router.store.errors import RoleLost
from router.store.turn import Turn
from tests.store.desk import NOON, StandingClock

SPAN = timedelta(seconds=60)


def take(database: Database, holder: str, at=NOON) -> bool:
    """Try to take the role."""
    return database.write("t", partial(roles.take, name="r", holder=holder, now=at, span=SPAN))


def renew(database: Database, holder: str, at=NOON) -> bool:
    """Try to keep it."""
    return database.write("t", partial(roles.renew, name="r", holder=holder, now=at, span=SPAN))


def test_a_role_has_one_holder(database: Database) -> None:
    """Two that route would copy everything twice."""
    assert [take(database, "one"), take(database, "two")] == [True, False]


def test_a_role_whose_lease_ended_is_taken_over(database: Database) -> None:
    """Its holder has died, and mail waits."""
    take(database, "one")

    assert take(database, "two", NOON + SPAN * 2)


def test_a_renewed_role_is_not_taken_over(database: Database) -> None:
    """Its holder lives."""
    take(database, "one")

    assert renew(database, "one", NOON + SPAN / 2)
    assert not take(database, "two", NOON + SPAN * 1.2)


def test_a_lease_that_ended_cannot_be_renewed(database: Database) -> None:
    """What was looked up in it may be stale: it has to be taken anew, under another name."""
    take(database, "one")

    assert not renew(database, "one", NOON + SPAN * 2)


def test_who_lost_the_role_commits_nothing(database: Database) -> None:
    """A router that slept must not write its old plans."""
    take(database, "one")
    take(database, "two", NOON + SPAN * 2)

    database.write("t", partial(roles.check, name="r", holder="two"))
    with pytest.raises(RoleLost):
        database.write("t", partial(roles.check, name="r", holder="one"))


def test_a_role_given_back_is_free_at_once(database: Database) -> None:
    """A clean stop makes nobody wait."""
    take(database, "one")
    database.write("t", partial(roles.give_back, holder="one", now=NOON))

    assert take(database, "two")


def test_routers_show_life(database: Database) -> None:
    """`status` asks the database where there is no socket to ask."""
    for name, at in (("dead", NOON - SPAN * 2), ("living", NOON)):
        database.write("t", partial(roles.show_life, router=name, now=at, span=SPAN))

    assert database.read(lambda c: roles.alive(c, NOON)) == ["living"]


async def test_the_turn_passes_on_when_a_router_falls_silent(database: Database) -> None:
    """Two on one PostgreSQL; alone on a SQLite it is always one's own turn."""
    clock = StandingClock()
    one, two = Turn(database, clock, SPAN), Turn(database, clock, SPAN)
    await one.mine(lambda: None)
    clock.later(seconds=200)
    await two.mine(lambda: None)
    await one.renew()

    assert [bool(one.held), bool(two.held)] == [False, one.shared]
