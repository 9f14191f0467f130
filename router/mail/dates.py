"""Owns the Date field (RFC 5322 sections 3.3 and 4.3): an instant in UTC, or nothing; and dates of ours as text.

Reading must never raise and never give a naive time. What it gives is the sender's claim: good for showing and for
identity, never for order or age, which go by the time of receipt.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache

CAP = 200  # characters; the longest real ones have some 60

# Python reads the year 0001 as 2001. Signed digits are a zone.
_NO_YEAR = re.compile(r"(?<![+\-\d])00\d\d(?!\d)")
_DAY = 24 * 60 * 60

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date(value: bytes) -> datetime | None:
    """The instant a Date field names, in UTC, or None where it names none."""
    text = " ".join(value[:CAP].decode("latin-1").split())
    try:
        parsed = parsedate_tz(text)
        if parsed is None or _NO_YEAR.search(text):
            return None
        # RFC 5322 section 3.3: "-0000" says that the zone is unknown; like a missing one it is taken as UTC.
        offset = parsed[9] or 0
        if abs(offset) >= _DAY:
            return None
        year, month, day, hour, minute, second = parsed[:6]
        # RFC 5322 section 3.3 allows leap seconds, datetime does not.
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return local - timedelta(seconds=offset)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


@lru_cache(maxsize=64)  # one instant stands in several fields of a copy
def written(at: datetime) -> str:
    """An instant as RFC 5322 section 3.3 writes it, in UTC: "Fri, 20 Nov 2026 09:30:00 +0000"."""
    year, month, day, hour, minute, second, weekday, *_ = at.utctimetuple()
    return f"{_WEEKDAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} +0000"
