"""When a secret's end is spoken of: 30 days, 7 days and a day before it, and when it is over. Pure."""

from datetime import UTC, date, datetime, time, timedelta

DAYS = (30, 7, 1, 0)  # before the end; 0: it is over


def end_of(day: date) -> datetime:
    """The instant at which a secret that runs out on a day is over at the latest."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def due(ends: datetime, now: datetime) -> int | None:
    """Which announcement stands at present; None as long as there is time."""
    return next((days for days in reversed(DAYS) if ends - now <= timedelta(days=days)), None)
