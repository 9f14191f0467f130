"""Lengths of time, sizes, shares, days and times of day: how each is written, read and written again.

It must never know what is measured.
"""

import re
from datetime import date, datetime, time, timedelta

from router.config.wording import refusal

_DURATION = re.compile(r"(?:\d+ ?[smhdw] ?)+", re.IGNORECASE)
_SIZE = re.compile(r"(\d+) ?([kMG]i?B|B)?", re.IGNORECASE)
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SIZES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def duration(value: object) -> timedelta:
    """A length of time: "4h", "90m", "1d 4h"."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        parts = re.findall(r"(\d+) ?([smhdw])", value.lower())
        seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
        if 0 < seconds <= 100 * 366 * _UNITS["d"]:
            return timedelta(seconds=seconds)
    raise refusal('a duration above zero, such as "4h", "90m" or "1d 4h"')


def duration_text(value: timedelta) -> str:
    """The shortest way to write it again."""
    seconds, parts = int(value.total_seconds()), []
    for unit in "dhms":
        number, seconds = divmod(seconds, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts)


def size(value: object) -> int:
    """A number of bytes: 50_000_000 or "50MB"."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    number = int(found[1]) * _SIZES[(found[2] or "b").lower()] if found else value
    if isinstance(number, int) and not isinstance(number, bool) and number > 0:
        return number
    raise refusal('a size in bytes above zero, such as 50_000_000 or "50MB"')


def share(value: object) -> float:
    """A part of the whole."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    raise refusal("a share above 0 and at most 1, such as 0.95")


def day(value: object) -> date:
    """A TOML date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise refusal("a day without quotes, such as 2026-12-24")


def days(value: object) -> tuple[date, date]:
    """First and last day, both inclusive."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise refusal("a first and a last day, such as [2026-12-20, 2027-01-03]")
    first, last = day(value[0]), day(value[1])
    if last < first:
        raise refusal("a last day that does not come before the first")
    return first, last


def time_of_day(value: object) -> time:
    """Hours and minutes of a day."""
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if not found:
        raise refusal('a time of day, such as "07:00"')
    return time(int(found[1]), int(found[2]))
