"""When the digests are due: once on every local date, at their time of day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.bench.year.company import ALL_DAYS, DIGESTS, Digest


def slots_of(digest: Digest, first: date, days: int) -> list[datetime]:
    """Those of one digest.

    A time of day that the clock skips is taken as if it had not: `fold` 0 (PEP 495). Of one that it shows twice, the
    first counts.
    """
    dates = (first + timedelta(days=count) for count in range(days))
    local = (
        datetime.combine(day, digest.at, ZoneInfo(digest.zone))
        for day in dates
        if ALL_DAYS[day.weekday()] in digest.days
    )
    return [at.astimezone(UTC) for at in local]


def slots(first: date, days: int) -> list[datetime]:
    """Those of all digests, in order; each once."""
    return sorted({at for digest in DIGESTS for at in slots_of(digest, first, days)})


def named(first: date, days: int) -> Iterable[tuple[Digest, datetime]]:
    """The same with their digests."""
    return ((digest, at) for digest in DIGESTS for at in slots_of(digest, first, days))
