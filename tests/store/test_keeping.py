"""The signing key, the alarms, the counts of refusals."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from router.store import keeping
from router.store.database import Database
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, STANDING, alarm_row, clear_row
from tests.store.desk import NOON, opened, put

HOUR = timedelta(hours=1)


def alarms(database: Database, at: datetime = NOON + 2 * HOUR) -> list[dict[str, Any]]:
    """Those that are open."""
    return [dict(row) for row in database.read(lambda c: keeping.open_alarms(c, at))]


def test_the_signing_key_is_made_once_and_kept(tmp_path) -> None:
    """With another one, no mark of before would be known, and copies that come back would be copied."""
    with opened(tmp_path) as database:
        key = database.write("test", keeping.signing_key)
        assert key == database.write("test", keeping.signing_key)
    with opened(tmp_path) as database:
        assert key == database.write("test", keeping.signing_key)

    assert len(key) == 32


def test_every_installation_has_a_key_of_its_own(tmp_path) -> None:
    """A mark that another router made must mean nothing here."""
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with opened(tmp_path / name) as database:
            keys.add(database.write("test", keeping.signing_key))

    assert len(keys) == 2


def test_an_alarm_raised_again_counts_up(database: Database) -> None:
    """A thousand failures of one kind are one line, with their first and last time."""
    for hours in range(3):
        put(database, (RAISE_ALARM, [alarm_row("disk", "a", {"n": hours}, NOON + hours * HOUR)]))
    (alarm,) = alarms(database)

    assert (alarm["count"], alarm["detail"]) == (3, {"n": 2})
    assert (alarm["first"], alarm["last"]) == (NOON, NOON + 2 * HOUR)


def test_an_alarm_raised_twice_in_one_commit_counts_twice(database: Database) -> None:
    """A batch of T2 may raise the same one for many mails."""
    put(database, (RAISE_ALARM, [alarm_row("disk", "a", {}, NOON), alarm_row("disk", "a", {}, NOON)]))

    assert [alarm["count"] for alarm in alarms(database)] == [2]


def test_alarms_about_different_things_stand_side_by_side_newest_first(database: Database) -> None:
    """Two full disks are two errands."""
    put(database, (RAISE_ALARM, [alarm_row("disk", "a", {}, NOON), alarm_row("disk", "b", {}, NOON + HOUR)]))

    assert [alarm["key"] for alarm in alarms(database)] == ["disk:b", "disk:a"]


def test_an_alarm_is_cleared_by_its_cause_and_opened_again_by_the_next(database: Database) -> None:
    """What is mended must not ring, and what breaks again must."""
    put(database, (RAISE_ALARM, [alarm_row("disk", "a", {}, NOON)]))
    put(database, (CLEAR_ALARM, [clear_row("disk", "a", NOON)]))
    assert alarms(database) == []

    put(database, (RAISE_ALARM, [alarm_row("disk", "a", {}, NOON + HOUR)]))

    assert [alarm["count"] for alarm in alarms(database)] == [2]


def test_raised_and_cleared_in_one_commit_is_cleared(database: Database) -> None:
    """Inserts come before updates, so the end of a cause has the last word."""
    put(database, (CLEAR_ALARM, [clear_row("disk", "a", NOON)]), (RAISE_ALARM, [alarm_row("disk", "a", {}, NOON)]))

    assert alarms(database) == []


@pytest.mark.parametrize(("code", "days", "there"), [("once", 0.9, 1), ("once", 1.1, 0), (STANDING[0], 400, 1)])
def test_an_alarm_without_an_end_is_shown_for_a_day(database: Database, code: str, days: float, there: int) -> None:
    """What nobody can clear must not make `status` cry for ever; what lasts must."""
    put(database, (RAISE_ALARM, [alarm_row(code, "a", {}, NOON)]))

    assert there == len(alarms(database, NOON + timedelta(days=days)))


def test_refusals_add_up_by_day_and_reason(database: Database) -> None:
    """`status` says how many of a day."""
    for day, counted in [
        ("2026-11-19", {"a": 1}),
        ("2026-11-20", {"a": 2, "b": 1}),
        ("2026-11-20", {"a": 3}),
        ("x", {}),
    ]:
        database.write("count", lambda c, day=day, counted=counted: keeping.count_refusals(c, day, counted))

    assert database.read(lambda c: keeping.refusals(c, "2026-11-20")) == {"a": 5, "b": 1}
    assert database.read(lambda c: keeping.refusals(c, "2026-11-19")) == {"a": 6, "b": 1}


def test_a_touch_may_be_repeated(database: Database) -> None:
    """The health check does it twice a minute."""
    for hours in range(2):
        database.write("live", lambda c, hours=hours: keeping.touch(c, NOON + hours * HOUR))
