"""Promises of ours: a published table of answers, with the times at which they fall due, and of near misses."""

import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.promises import LOOKED_AT, promise

TABLE = tomllib.loads(Path(__file__).with_name("promises.toml").read_text("utf-8"))
ZONES = ("Europe/London", "America/New_York", "Pacific/Apia", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe")
SAID = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def read(row: dict[str, Any]) -> Any:
    """What is read in a row of the table."""
    return promise(row["text"], row.get("said", TABLE["said"]), ZoneInfo(row.get("zone", TABLE["zone"])))


@pytest.mark.parametrize("row", TABLE["promises"], ids=lambda row: row["why"])
def test_a_promise_is_known_and_falls_due(row: dict[str, Any]) -> None:
    """The sentence is the evidence, and the time is what the customer was told."""
    found = read(row)

    assert found is not None
    assert row.get("due") == found.due
    assert found.phrase in " ".join(row["text"].split())


@pytest.mark.parametrize("row", TABLE["none"], ids=lambda row: row["why"])
def test_an_answer_that_only_looks_like_one_is_none(row: dict[str, Any]) -> None:
    """A list of promises that nobody made is read by nobody."""
    assert read(row) is None


def test_the_table_is_large_says_why_and_says_it_once() -> None:
    """A row that stands twice tests nothing."""
    rows = [*TABLE["promises"], *TABLE["none"]]

    assert len(rows) == len({(row["text"], row.get("said"), row.get("zone")) for row in rows})
    assert all(row["why"] for row in rows)
    assert len(TABLE["promises"]) >= 60
    assert len(TABLE["none"]) >= 60


WORDS = [word for row in TABLE["promises"] for word in row["text"].split()]
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))


def check(text: str, said_at: datetime, zone: str) -> None:
    """What holds for every text."""
    found = promise(text, said_at, ZoneInfo(zone))

    if found is not None:
        assert 0 < len(found.phrase) <= 200
        if found.due is not None:
            assert said_at < found.due <= said_at + timedelta(days=400)
            assert found.due.utcoffset() == timedelta(0)


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), INSTANTS, st.sampled_from(ZONES))
def test_words_of_promises_in_any_order_fall_due_later_or_never(text: str, said_at: datetime, zone: str) -> None:
    """The same words reach every branch, which random characters never do."""
    check(text, said_at, zone)


@given(st.sampled_from(TABLE["promises"]), INSTANTS, st.sampled_from(ZONES))
def test_every_promise_falls_due_later_whenever_it_is_said(row: dict[str, Any], said_at: datetime, zone: str) -> None:
    """On every day of every year, also while the clocks change."""
    check(row["text"], said_at, zone)


@given(st.text(max_size=300), INSTANTS)
def test_no_text_raises(text: str, said_at: datetime) -> None:
    """Mail holds every character there is."""
    check(text, said_at, "Europe/London")
    check(f"We will get back to you {text}", said_at, "Europe/London")


NUMBERS = st.integers(0, 10**6).map(str)


@given(st.lists(st.one_of(NUMBERS, st.sampled_from("./-: ")), max_size=12).map("".join), INSTANTS)
def test_no_number_raises(number: str, said_at: datetime) -> None:
    """Dates and times that no calendar has."""
    for unit in ("", " hours", " months", " December", " pm", "th"):
        check(f"We will get back to you by {number}{unit}, within {number}{unit}.", said_at, "Europe/London")


@pytest.mark.parametrize("said_at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_give_no_time(said_at: datetime) -> None:
    """A clock that is wrong must not stop the mail."""
    found = promise("We will get back to you next month.", said_at, ZoneInfo("Pacific/Auckland"))

    assert found is not None
    assert found.due is None or found.due > said_at


def test_a_long_sentence_is_cut_around_its_promise() -> None:
    """Evidence is read at a glance."""
    text = "word " * 100 + "and we will get back to you by Friday " + "word " * 100

    found = promise(text, SAID, LONDON)

    assert found is not None
    assert "will get back to you by Friday" in found.phrase
    assert len(found.phrase) <= 200


def test_what_stands_far_below_is_not_read() -> None:
    """A text may be of any length."""
    assert promise(" " * LOOKED_AT + "We will get back to you by Friday.", SAID, LONDON) is None


@pytest.mark.parametrize(
    "text",
    [
        "will get back to you " * 200,
        "will " * 800,
        "as soon as we will get back to you " * 110,
        "within 2 days we will reply by 12.12. at 5 pm, " * 80,
        "ご連絡 " * 800,
        "\n \n" * 1300,
        ". " * 2000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """Linear, whatever is repeated."""
    promise(text[:100], SAID, LONDON)  # a language is made ready once
    began = time.thread_time()

    promise(text, SAID, LONDON)

    assert time.thread_time() - began < 0.5  # some milliseconds where nothing else runs
