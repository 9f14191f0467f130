"""What a person may do to copies: from which state to which."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from router.store import commands, outbox
from router.store.database import Database
from router.store.outbox import State
from router.store.spool import Sighting, Spool, unrouted
from router.store.tables import sighting
from tests.store.desk import NOON, add_copies, row_of, seen

LATER = NOON + timedelta(hours=1)


def one_of_each(database: Database, **parts: object) -> dict[str, str]:
    """A copy in every state, by state."""
    return dict(zip(State, add_copies(database, *({"state": state.value, **parts} for state in State)), strict=True))


def moved(database: Database, copies: dict[str, str]) -> dict[str, str]:
    """The copies that are no longer in the state they were in."""
    now = {state: row_of(database, copy)["state"] for state, copy in copies.items()}
    return {str(state): new for state, new in now.items() if state != new}


def test_retry_makes_due_what_waits_and_brings_back_what_failed(database: Database) -> None:
    """Nothing that is done, held on purpose or in a courier's hand is touched."""
    copies = one_of_each(database, due=LATER)
    changed = database.write("c", lambda c: commands.retry(c, list(copies.values()), NOON))

    assert moved(database, copies) == {"deferred": "pending", "failed": "pending"}
    assert {copies[one] for one in ("pending", "deferred", "unknown", "failed")} == set(changed)
    assert all(row_of(database, copy)["due"] == NOON for copy in changed)


def test_retry_counts_the_time_to_give_up_anew(database: Database) -> None:
    """A failed copy would otherwise fail again at its first error."""
    (copy,) = add_copies(database, {"state": "failed", "created": NOON - timedelta(days=9), "ended": NOON})
    database.write("c", lambda c: commands.retry(c, [copy], NOON))
    row = row_of(database, copy)

    assert (row["created"], row["ended"]) == (NOON, None)


def test_hold_keeps_what_has_not_gone_yet(database: Database) -> None:
    """A copy of unknown outcome must be looked for, and one in hand is on its way."""
    copies = one_of_each(database)
    changed = database.write("c", lambda c: commands.hold(c, list(copies.values())))

    assert moved(database, copies) == dict.fromkeys(("pending", "deferred", "failed"), "held")
    assert {(None, "by-command")} == {(row_of(database, o)["due"], row_of(database, o)["reason"]) for o in changed}


@pytest.mark.parametrize(("attempts", "state"), [(0, "pending"), (1, "unknown")])
def test_release_lets_a_held_copy_go(database: Database, attempts: int, state: str) -> None:
    """One that was tried before it was held may have arrived: it is looked for first."""
    copies = one_of_each(database, attempts=attempts)
    changed = database.write("c", lambda c: commands.release(c, list(copies.values()), LATER))

    assert moved(database, copies) == {"held": state}
    assert changed == [copies["held"]]
    assert row_of(database, changed[0])["due"] == LATER


async def test_release_routes_a_repeat_by_the_id_of_its_sighting(database: Database) -> None:
    """Copies and sightings may be named in one breath."""
    one = seen()
    await Spool(database).accept(one)
    database.write("test", lambda c: c.execute(sighting.update().values(verdict="repeat", routed=NOON)))
    (copy,) = add_copies(database, {"state": "held"})

    assert database.write("c", lambda c: commands.release(c, [one.id, copy, "x"], NOON)) == [copy, one.id]


def test_a_message_names_all_its_copies(database: Database) -> None:
    """`trace` shows the message; nobody wants to type four ids."""
    copies = add_copies(database, {"message": "m", "inbox": "mike"}, {"message": "m", "inbox": "helen"}, {})

    assert database.write("c", lambda c: commands.hold(c, ["m"])) == sorted(copies[:2])


@pytest.mark.parametrize("order", ["retry", "hold", "release"])
def test_unknown_ids_change_nothing(database: Database, order: str) -> None:
    """And the command says so by its exit code."""
    copies = one_of_each(database)
    calls = {
        "retry": lambda c: commands.retry(c, ["x"], NOON),
        "hold": lambda c: commands.hold(c, ["x"]),
        "release": lambda c: commands.release(c, ["x"], NOON),
    }

    assert database.write("c", calls[order]) == []
    assert moved(database, copies) == {}


def test_after_a_restore_what_was_open_may_have_arrived_since(database: Database) -> None:
    """What can be looked for will be; what is decided, held or done stays."""
    copies = one_of_each(database, holder="dead")
    changed = database.write("c", lambda c: commands.restored(c, LATER, []))

    assert moved(database, copies) == dict.fromkeys(("pending", "sending", "deferred"), "unknown")
    assert len(changed) == 4
    assert {(LATER, None)} == {(row_of(database, o)["due"], row_of(database, o)["holder"]) for o in changed}


def test_after_a_restore_copies_that_go_by_smtp_wait_for_a_person(database: Database) -> None:
    """Nobody can look for them, and sending all of a week again is worse than waiting."""
    copies = one_of_each(database)
    database.write("c", lambda c: commands.restored(c, LATER, ["mike"]))

    assert moved(database, copies) == dict.fromkeys(("pending", "sending", "deferred", "unknown"), "held")
    assert row_of(database, copies["pending"])["reason"] == "restored"


def test_after_a_restore_mail_that_is_not_routed_yet_is_marked(database: Database) -> None:
    """It may have been routed and delivered since; a person's release stays one."""
    spool = {name: seen(name.encode()) for name in ("plain", "released", "routed")}
    asyncio.run(_accept(database, *spool.values()))
    for name, values in {"released": {"verdict": "release"}, "routed": {"verdict": "new", "routed": NOON}}.items():
        update = sighting.update().where(sighting.c.id == spool[name].id).values(**values)
        database.write("test", lambda c, update=update: c.execute(update) and None)
    for _ in range(2):  # said twice is said once
        database.write("c", lambda c: commands.restored(c, LATER, []))
    found, _ = database.read(lambda c: unrouted(c, 10, database.fetch_chunk))

    assert [(one.released, one.restored) for one in found] == [(False, True), (True, True)]


async def _accept(database: Database, *seen: Sighting) -> None:
    for one in seen:
        await Spool(database).accept(one)


def test_after_a_restore_a_held_copy_will_be_looked_for(database: Database) -> None:
    """Its courier looks first from the second attempt on."""
    (copy,) = add_copies(database, {"state": "held"})
    database.write("c", lambda c: commands.restored(c, LATER, []))
    database.write("c", lambda c: commands.release(c, [copy], LATER))

    assert row_of(database, copy)["state"] == "unknown"


@pytest.mark.on_sqlite
@pytest.mark.parametrize("what", ["restored", "expire"])
def test_the_number_of_copies_has_no_bound(database: Database, what: str) -> None:
    """After a long outage many thousands are open; SQLite takes 32,766 parameters by default, here fewer for speed."""
    state = "sending" if what == "expire" else "pending"
    add_copies(database, *({"state": state} for _ in range(300)))

    def call(connection: Connection) -> int:
        link = connection.connection.driver_connection
        assert link is not None
        link.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 200)
        calls = {
            "restored": lambda: commands.restored(connection, LATER, []),
            "expire": lambda: outbox.expire(connection, LATER, everything=True),
        }
        return len(calls[what]())

    assert database.write("c", call) == 300
