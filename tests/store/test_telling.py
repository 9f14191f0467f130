"""What is news of the alarms, for each channel."""

from datetime import datetime, timedelta

from router.store import telling
from router.store.database import Database
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from tests.store.desk import NOON, put

MINUTE = timedelta(minutes=1)


def raise_(database: Database, at: datetime, code: str = "disk-low") -> None:
    """Raise an alarm."""
    put(database, (RAISE_ALARM, [alarm_row(code, "a", {}, at)]))


def clear(database: Database, at: datetime, code: str = "disk-low") -> None:
    """Its cause is gone."""
    put(database, (CLEAR_ALARM, [clear_row(code, "a", at)]))


def hear(database: Database, at: datetime, channel: str = "webhook") -> list[tuple[str, bool]]:
    """What is told to a channel at this time, noted as told."""
    found = database.read(lambda c: telling.news(c, channel, at))
    database.write("test", lambda c: telling.told(c, channel, found, at))
    return [(one.code, one.standing) for one in found]


def test_an_alarm_is_told_once_and_its_end_once(database: Database) -> None:
    """In between nothing is new."""
    raise_(database, NOON)
    told = [hear(database, NOON + n * MINUTE) for n in range(2)]
    clear(database, NOON + 5 * MINUTE)
    told += [hear(database, NOON + n * MINUTE) for n in (5, 6)]

    assert told == [[("disk-low", True)], [], [("disk-low", False)], []]


def test_an_alarm_that_goes_on_ringing_is_told_once_an_hour(database: Database) -> None:
    """A thousand calls at night are not heard any better."""
    told = []
    for minute in range(0, 125, 5):
        raise_(database, NOON + minute * MINUTE)
        told += [minute] if hear(database, NOON + minute * MINUTE) else []

    assert told == [0, 60, 120]


def test_a_standing_alarm_that_is_not_raised_again_is_not_told_again(database: Database) -> None:
    """It is known."""
    raise_(database, NOON)
    hear(database, NOON)

    assert hear(database, NOON + timedelta(days=3)) == []


def test_an_alarm_that_flutters_is_told_once_an_hour(database: Database) -> None:
    """Up and down and up again within minutes; its last end is told only where a beginning was told."""
    raise_(database, NOON)
    told = [hear(database, NOON)]
    for minute in (1, 3, 5):
        clear(database, NOON + minute * MINUTE)
        told.append(hear(database, NOON + minute * MINUTE))
        raise_(database, NOON + (minute + 1) * MINUTE)
        told.append(hear(database, NOON + (minute + 1) * MINUTE))

    assert told == [[("disk-low", True)], [("disk-low", False)], [], [], [], [], []]
    assert hear(database, NOON + 61 * MINUTE) == [("disk-low", True)]


def test_an_end_without_a_told_beginning_is_not_told(database: Database) -> None:
    """Nobody knew of it."""
    raise_(database, NOON)
    clear(database, NOON + MINUTE)

    assert hear(database, NOON + MINUTE) == []


def test_channels_are_told_each_for_itself(database: Database) -> None:
    """A webhook that was down hears later what the command heard at once."""
    raise_(database, NOON)
    hear(database, NOON, "command")

    assert hear(database, NOON + MINUTE, "command") == []
    assert hear(database, NOON + MINUTE, "webhook") == [("disk-low", True)]


def test_old_alarms_without_an_end_are_no_news(database: Database) -> None:
    """Whoever names a webhook today is not told of last year; what stands still is told."""
    raise_(database, NOON, "unroutable")
    raise_(database, NOON, "database-damaged")

    assert hear(database, NOON + timedelta(days=2)) == [("database-damaged", True)]
