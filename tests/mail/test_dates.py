"""The sender's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.mail.dates import date, written


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Fri, 22 Feb 2008 10:00:00 +0200", datetime(2008, 2, 22, 8, tzinfo=UTC)),
        (b"22 Feb 2008 10:00 GMT", datetime(2008, 2, 22, 10, tzinfo=UTC)),
        (b"Fri, 22 Feb 2008 10:00:00 -0500 (EST)", datetime(2008, 2, 22, 15, tzinfo=UTC)),
        # a zone that is unknown or missing
        (b"Fri, 22 Feb 2008 10:00:00 -0000", datetime(2008, 2, 22, 10, tzinfo=UTC)),
        (b"Fri, 22 Feb 2008 10:00:00", datetime(2008, 2, 22, 10, tzinfo=UTC)),
        # two digits
        (b"Fri, 22 Feb 08 10:00:00 +0000", datetime(2008, 2, 22, 10, tzinfo=UTC)),
        # folded
        (b"Fri,\t22 Feb 2008\r\n 10:00:00 +0000", datetime(2008, 2, 22, 10, tzinfo=UTC)),
        # a leap second
        (b"Sat, 31 Dec 2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        # what the standard library raises on
        (b"Fri, 22 Feb 2008 10:00:00 +9999", None),
        (b"Fri, 22 Feb 99999 10:00:00 +0000", None),
        (b"Fri, 22 Feb 2008 25:00:00 +0000", None),
        (b"Fri, 30 Feb 2008 10:00:00 +0000", None),
        (b"Mon, 1 Jan 0001 00:00:00 +1200", None),
        # what it reads as something else
        (b"Fri, 22 Feb 0000 10:00:00 +0000", None),
        # no dates
        (b"yesterday", None),
        (b"", None),
        (b"\x00\xff", None),
        (b"x" * 100_000, None),
    ],
)
def test_a_date_is_an_instant_in_utc_or_nothing(value, expected):
    """Naive times cannot be compared, and an exception here would cost the message."""
    assert date(value) == expected


@given(st.binary(max_size=80) | st.text("0123456789:+-, JanFebMGT()", max_size=60).map(str.encode))
def test_no_value_raises_or_gives_a_naive_time(value):
    """Total, as everything that reads a header."""
    found = date(value)

    assert found is None or found.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14, 14))
def test_an_instant_is_written_as_the_standard_library_does_it(at, hours):
    """In front of every copy it stands several times; the library's way is slow."""
    at = max(at, datetime(1900, 1, 2, tzinfo=UTC)).replace(year=min(max(at.year, 1900), 9000), day=min(at.day, 28))
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))

    assert written(at) == written(elsewhere) == format_datetime(at)
