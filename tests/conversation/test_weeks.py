"""Weeks begin on Monday in a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.conversation.weeks import Week

LONDON, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland")

OF = [
    ("2026-11-16T00:00+00:00", LONDON, "2026-W47", "Monday, first instant"),
    ("2026-11-22T23:59:59+00:00", LONDON, "2026-W47", "Sunday, last second"),
    ("2026-11-15T12:00+00:00", AUCKLAND, "2026-W47", "it is Monday there"),
    ("2027-01-01T12:00+00:00", LONDON, "2026-W53", "a year of 53 weeks"),
    ("2024-12-30T12:00+00:00", LONDON, "2025-W01", "the first week begins in the old year"),
]


@pytest.mark.parametrize(("at", "zone", "name", "why"), OF, ids=[row[3] for row in OF])
def test_the_week_of_an_instant(at: str, zone: ZoneInfo, name: str, why: str) -> None:
    """The table says why."""
    week = Week.of(datetime.fromisoformat(at), zone)

    assert (week.name, Week.named(name)) == (name, week)
    assert week.begin(zone) <= datetime.fromisoformat(at) < week.end(zone)


def test_a_week_in_which_the_clocks_change_has_another_length() -> None:
    """They are put back on the last Sunday of October."""
    week = Week.named("2026-W43")

    assert week.end(LONDON) - week.begin(LONDON) == timedelta(days=7, hours=1)
    assert week.begin(LONDON) == datetime(2026, 10, 18, 23, tzinfo=UTC)


@pytest.mark.parametrize("name", ["2026-W54", "2026-47", "W47", "", "2026-W00"])
def test_what_is_no_week_is_refused(name: str) -> None:
    """With a word to the user."""
    with pytest.raises(ValueError, match=r".*"):
        Week.named(name)
