"""From the tables of a configuration to what policy counts by."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.config.opening import DAYS, opening
from router.config.service import company_goals, mailboxes_of_sources, service_hours
from router.conversation.hours import ServiceHours, is_open
from router.conversation.periods import Length

from .conftest import Read

MORE = """
[[mailbox]]
addresses = ["shop@example.com"]
hours = "sydney"
[[mailbox]]
addresses = ["sales@example.com"]
hours = "berlin"
[[mailbox]]
addresses = ["press@example.com"]
[[hours]]
name = "sydney"
timezone = "Australia/Sydney"
open = { mon-fri = "09:00-17:00" }
[[hours]]
name = "berlin"
timezone = "Europe/Berlin"
open = { mon-fri = "09:00-17:00" }
[[goal]]
name = "g"
within = "4h"
"""


@pytest.mark.parametrize(
    ("mailboxes", "zone", "why"),
    [
        ('["shop"]', "Australia/Sydney", "its hours say so"),
        ('["sales", "sales"]', "Europe/Berlin", "the same"),
        ('["press"]', "Europe/London", "no hours: the router's"),
        ('["shop", "sales"]', "Europe/London", "two zones: the router's"),
        ('["sales", "press"]', "Europe/London", "the same"),
    ],
)
def test_periods_begin_where_the_people_of_the_goal_are(read: Read, mailboxes: str, zone: str, why: str) -> None:
    """A week of Sydney begins when it is Sunday in London."""
    (goal,) = company_goals(read(MORE + f"mailboxes = {mailboxes}\n")).goals

    assert goal.zone.key == zone, why


def test_a_goal_says_what_it_was_written_as(read: Read) -> None:
    """Every key of it, and the hours of every mailbox."""
    keys = 'measure = "every-reply"\nclock = "customer"\nshare = 0.8\nperiod = "month"\nvip = true\n'
    goals = company_goals(read(MORE + keys))
    (goal,) = goals.goals

    assert (goal.name, goal.within, goal.share, goal.vip) == ("g", timedelta(hours=4), 0.8, True)
    assert (goal.service, goal.first_only, goal.period) == (False, False, Length.MONTH)
    assert goal.mailboxes == {"support", "shop", "sales", "press"} == goals.hours.keys()
    assert is_open(goals.hours["press"], datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert not is_open(goals.hours["shop"], datetime(2026, 11, 22, 3, tzinfo=UTC))


def test_an_account_that_breaks_hides_the_mailboxes_whose_mail_it_holds(read: Read, tmp_path: Path) -> None:
    """One of nobody in particular all of them; our own none."""
    (tmp_path / "file").touch()
    source = '[[source]]\nname = "{0}"\nhost = "imap.example.com"\nusername = "{0}@example.com"\npassword_file = "file"\n{1}\n'
    tables = [
        source.format("a", 'mailbox = "shop"'),
        source.format("b", 'kind = "staff"'),
        source.format("c", 'kind = "own"'),
    ]
    found = mailboxes_of_sources(read(MORE + "".join(tables), router='address = "c@example.com"'))

    assert found == {"a": ("shop",), "b": ("support", "shop", "sales", "press")}


def by_the_wall(table: Mapping[str, list[str]], local: datetime, closed: set[str]) -> bool:
    """Whether somebody is there, by reading the table as a person does: today's windows, and yesterday's night."""
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if day.isoformat() in closed:
            continue
        now = local.hour * 60 + local.minute + back * 1440
        for window in _of(table, DAYS[day.weekday()]):
            start, end = (int(part[:2]) * 60 + int(part[3:]) for part in window.split("-"))
            if start <= now < (end if end > start else end + 1440):
                return True
    return False


def _of(table: Mapping[str, list[str]], day: str) -> list[str]:
    if day in table:
        return table[day]
    for key, windows in table.items():
        first, _, last = key.partition("-")
        if (
            last
            and day
            in (DAYS * 2)[DAYS.index(first) : DAYS.index(first) + 1 + (DAYS.index(last) - DAYS.index(first)) % 7]
        ):
            return windows
    return table.get("all", [])


TABLES: list[Mapping[str, list[str]]] = [
    {"all": ["00:00-24:00"]},
    {"all": ["00:00-24:00"], "sun": []},
    {"mon-fri": ["09:00-12:30", "13:30-17:00"], "fri": ["09:00-12:00"], "all": ["10:00-11:00"]},
    {"all": ["22:00-06:00"]},
    {"fri-mon": ["18:00-02:00"], "sun": ["23:30-00:00"]},
    {"mon-fri": ["06:00-14:00", "14:00-22:00", "22:00-06:00"], "sat": ["06:00-12:00"]},
    {"sat": ["12:00-00:00"], "sun": ["00:00-12:00"]},
]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TABLES), st.integers(0, 14 * 1440 - 1), st.sets(st.integers(2, 15), max_size=3))
def test_a_table_is_read_as_a_person_reads_it(table: Mapping[str, list[str]], minute: int, closed: set[int]) -> None:
    """In two weeks without a change of the clocks, with days off: nights belong to the evening on which they begin."""
    days = {f"2026-11-{day:02}" for day in closed}
    dates = frozenset(datetime.fromisoformat(day).date() for day in days)
    hours = ServiceHours("table", ZoneInfo("America/New_York"), opening(dict(table)), dates)
    local = datetime(2026, 11, 2) + timedelta(minutes=minute)

    assert is_open(hours, local.replace(tzinfo=hours.zone)) == by_the_wall(table, local, days)


def test_holidays_and_days_off_are_both_closed(read: Read) -> None:
    """Christmas Day by its calendar, Christmas Eve by the company's; Boxing Day of 2026 is kept on the Monday after."""
    more = MORE + '[[hours]]\nname = "e"\nholidays = "GB-ENG"\nclosed = [2026-12-24]\nopen = { all = "00:00-24:00" }\n'
    hours = service_hours(read(more).hours[-1])
    noon = datetime(2026, 12, 23, 12, tzinfo=UTC)

    assert [is_open(hours, noon + timedelta(days=day)) for day in range(7)] == [
        True,
        False,
        False,
        False,
        True,
        False,
        True,
    ]
