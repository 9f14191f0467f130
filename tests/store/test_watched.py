"""How watched accounts stand, as `status` shows it."""

from dataclasses import replace
from datetime import timedelta

from router.store import cursors, keeping, watched
from router.store.cursors import Comparison, Cursor, Outcome
from router.store.database import Database
from tests.store.desk import NOON, put

AT = Cursor("support", "INBOX", 7, 1, 3, NOON)
ROW = {
    "name": "support",
    "state": "watching",
    "since": NOON,
    "last_success": NOON,
    "last_mail": None,
    "last_error": None,
}


def stored(database: Database, uid: int, later: int, outcome: Outcome = Outcome.STORED) -> None:
    """A mail of the folder, so many hours after noon."""
    row = cursors.fetched_row(AT, uid, outcome, None, NOON + timedelta(hours=later))
    put(database, *cursors.writes(replace(AT, last_uid=uid), [row]))


def test_a_source_shows_what_is_stored_of_what_the_server_has(database: Database) -> None:
    """What came since the last comparison counts on both sides; what is not our business on none."""
    put(database, (watched.SET_WATCHED, [ROW]))
    before = database.read(watched.sources)["support"]
    stored(database, 1, 0)
    stored(database, 2, 0, Outcome.QUARANTINED)
    compared = cursors.compared_row(AT, Comparison(NOON + timedelta(hours=1), 2, 1))
    put(database, (cursors.SET_COMPARED, [compared]))
    stored(database, 3, 2)
    stored(database, 4, 2, Outcome.PASSED)
    after = database.read(watched.sources)["support"]

    assert (before["stored"], before["server"]) == (0, None)
    assert (after["stored"], after["server"]) == (2, 3)


def test_what_is_no_source_any_more_stands_nowhere(database: Database) -> None:
    """Its alarms would otherwise stand for ever."""
    put(database, (watched.SET_WATCHED, [ROW, ROW | {"name": "old"}]))
    alarms = [keeping.alarm_row(watched.BROKEN, name, {}, NOON) for name in ("support", "old")]
    put(database, (keeping.RAISE_ALARM, [*alarms, keeping.alarm_row("disk-low", "database", {}, NOON)]))
    database.write("test", lambda c: watched.forget_unknown(c, ["support"], NOON))

    assert set(database.read(watched.sources)) == {"support"}
    open_ = database.read(lambda c: keeping.open_alarms(c, NOON))
    assert {row["key"] for row in open_} == {"source-broken:support", "disk-low:database"}
