"""When the digests are due: once on every local date, at their time of day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.bench.year.company import ALL_DAYS, DIGESTS, Digest


def slots_of(digest: Digest, first: date, days: int) -> list[datetime]:
    """Those of one digest."""
    dates = (first + timedelta(days=count) for count in range(days))
    return [slot_on(digest, day) for day in dates if ALL_DAYS[day.weekday()] in digest.days]


def slot_on(digest: Digest, day: date) -> datetime:
    """The first minute of a date at which a clock on the wall shows the time of day, or, having skipped it, a later one."""
    at = datetime.combine(day - timedelta(days=1), time(9), UTC)
    while True:
        shown = at.astimezone(ZoneInfo(digest.zone))
        if shown.date() == day and shown.time() >= digest.at:
            return at
        at += timedelta(minutes=1)


def named(first: date, days: int) -> list[tuple[datetime, Digest]]:
    """Those of all digests, in their order."""
    found = ((at, digest) for digest in DIGESTS for at in slots_of(digest, first, days))
    return sorted(found, key=lambda pair: pair[0])
