"""Token buckets: what may go, and when again."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.pace import DAY, HOUR, MINUTE, Bucket, Pace
from router.store.channel import UNLIMITED, Allowance
from tests.store.desk import NOON


def drained(pace: Pace, span: timedelta, octets: int = 1) -> list[datetime]:
    """When copies go that wait in great number."""
    now, gone = NOON, []
    while now < NOON + span:
        while pace.allowance(now).copies:
            pace.spend(now, 1, octets)
            gone.append(now)
        now = pace.again(now)
    return gone


@pytest.mark.parametrize("limits", [{}, {"per_minute": None}])
def test_without_a_limit_everything_goes_at_once(limits: dict[str, None]) -> None:
    """Most inboxes are on a server of one's own."""
    pace = Pace(**limits)
    pace.spend(NOON, 1_000_000, 1 << 40)

    assert (pace.allowance(NOON), pace.again(NOON), pace.memory) == (UNLIMITED, NOON, timedelta(0))


def test_a_fifth_goes_at_once_and_the_rest_evenly() -> None:
    """A few letters are not held up, and ten thousand come steadily."""
    gone = drained(Pace(per_minute=60), timedelta(minutes=3))
    pauses = {round((after - before).total_seconds(), 2) for before, after in pairwise(gone[11:])}

    assert (gone.count(NOON), pauses) == (12, {1.22})  # 60 / (60 - 12 + 1)


@given(st.integers(1, 300), st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 50)), max_size=60))
def test_no_window_ever_sees_more_than_its_limit(limit: int, wishes: list[tuple[int, int]]) -> None:
    """Wherever the provider lets its hour begin."""
    pace, now, gone = Pace(per_minute=limit), NOON, []
    for later, copies in wishes:
        now += timedelta(milliseconds=later)
        able = min(copies, pace.allowance(now).copies)
        pace.spend(now, able, 0)
        gone += [now] * able

    assert all(sum(at <= other < at + MINUTE for other in gone) <= limit for at in set(gone))


@given(st.integers(1, 5000), st.sampled_from([MINUTE, HOUR, DAY]), st.integers(0, 5000))
def test_a_bucket_says_when_it_has_a_token_again(limit: int, window: timedelta, spent: int) -> None:
    """Whoever sleeps so long finds one, and needs not sleep again and again."""
    bucket = Bucket(limit, window)
    bucket.spend(NOON, spent)
    empty, again = bucket.level(NOON) < 1, bucket.again(NOON)

    assert empty == (again > NOON)
    assert bucket.level(again + timedelta(milliseconds=1)) >= 1


def test_the_narrowest_limit_rules() -> None:
    """Gmail: by the minute and by the hour."""
    gone = drained(Pace(per_minute=55, per_hour=330), HOUR)

    assert gone.count(NOON) == 11
    assert 300 <= len(gone) <= 330


def test_octets_run_out_too_and_the_last_mail_may_be_larger_than_the_rest() -> None:
    """A mail of 30 MB would otherwise never go; what it took too much is owed."""
    pace = Pace(bytes_per_day=100)
    pace.spend(NOON, 1, 19)
    assert pace.allowance(NOON) == Allowance(UNLIMITED.copies, 1)
    pace.spend(NOON, 1, 50)

    assert pace.allowance(NOON).copies == 0
    assert HOUR * 14 < pace.again(NOON) - NOON < HOUR * 15


def test_what_did_not_go_comes_back() -> None:
    """A copy that is given back to the database has cost nothing; and a bucket never holds more than it can."""
    pace = Pace(per_minute=10)
    pace.spend(NOON, 2, 0)
    pace.spend(NOON, -1, 0)
    assert pace.allowance(NOON).copies == 1
    pace.spend(NOON, -100, 0)

    assert pace.allowance(NOON).copies == 2


def test_a_restart_makes_no_bucket_full() -> None:
    """Else a router that restarts each hour would send the limit of an hour each time anew."""
    before = drained(Pace(per_hour=100), timedelta(minutes=30))
    pace = Pace(per_hour=100)
    pace.recall((at, 1, 0) for at in before)
    gone = drained(pace, HOUR)

    assert pace.memory == HOUR
    assert sum(at < NOON + timedelta(minutes=30) for at in gone) <= 41
    assert Pace(per_hour=1, bytes_per_day=1).memory == DAY


def test_a_clock_that_is_set_back_changes_nothing() -> None:
    """It gives no token, and takes none."""
    pace = Pace(per_minute=10)
    pace.spend(NOON, 2, 0)

    assert pace.allowance(NOON - HOUR).copies == 0
    assert pace.allowance(NOON + MINUTE).copies == 2
