"""Shares and percentiles, beside figures that were counted by hand."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.shares import LIMITS, Figures, Share, Times, percentile

HOUR = 3600.0


@pytest.mark.parametrize(
    ("values", "percent", "rank"),
    [
        ([15, 20, 35, 40, 50], 5, 15),  # 0.25 is rounded up to the first
        ([15, 20, 35, 40, 50], 30, 20),  # 1.5: the second
        ([15, 20, 35, 40, 50], 40, 20),  # 2 exactly: the second
        ([15, 20, 35, 40, 50], 50, 35),
        ([15, 20, 35, 40, 50], 95, 50),
        ([15, 20, 35, 40, 50], 100, 50),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 25, 7),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 50, 8),  # of an even number the lower: it was waited, a mean was not
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 75, 15),
        (range(1, 21), 95, 19),  # 19 exactly
        (range(1, 22), 95, 20),  # 19.95
        (range(1, 101), 95, 95),
        ([7], 50, 7),
        ([7], 95, 7),
        ([], 95, None),
    ],
)
def test_a_percentile_is_the_nearest_rank(values: list[float], percent: int, rank: float | None) -> None:
    """Worked out by hand."""
    assert percentile(values, percent) == rank


@pytest.mark.parametrize(
    ("hours", "answered", "share"),
    [
        (3.0, True, (1, 1)),  # in time
        (4.0, True, (1, 1)),  # at the last moment
        (4.01, True, (0, 1)),  # late
        (3.0, False, (0, 0)),  # waits, and may yet be answered in time
        (4.0, False, (0, 0)),  # the last moment is now
        (4.01, False, (0, 1)),  # waits, and it is too late
    ],
)
def test_who_waits_counts_once_it_is_too_late(hours: float, answered: bool, share: tuple[int, int]) -> None:
    """Neither hidden nor called a miss ahead of time; a limit of four hours, by one and by many."""
    times = Times()
    times.put(hours * HOUR, answered=answered)

    assert Share().counting(hours * HOUR, timedelta(hours=4), answered=answered) == share
    assert times.shares()[LIMITS.index(timedelta(hours=4))] == share


@pytest.mark.parametrize(
    ("share", "value"),
    [
        (Share(0, 0), None),
        (Share(0, 3), 0.0),
        (Share(2, 3), 0.6666),
        (Share(99_999, 100_000), 0.9999),  # nearly all is not all
        (Share(5, 5), 1.0),
    ],
)
def test_a_share_is_never_rounded_up(share: Share, value: float | None) -> None:
    """100 % is a promise."""
    assert share.value == value


def test_a_share_reaches_what_it_equals() -> None:
    """Nine of ten are 90 %; of nobody it cannot be said."""
    assert Share(9, 10).reaches(0.9)
    assert Share(19, 20).reaches(0.95)
    assert not Share(899, 1000).reaches(0.9)
    assert not Share(0, 0).reaches(0.9)


def test_the_figures_hold_who_still_waits() -> None:
    """The longest wait is mostly one that goes on."""
    times = Times()
    for hours in (1, 2, 3):
        times.put(hours * HOUR, answered=True)
    times.put(100 * HOUR, answered=False)

    assert times.figures() == Figures(2 * HOUR, 100 * HOUR, 100 * HOUR)
    assert Times().figures() == Figures(None, None, None)


@given(st.lists(st.tuples(st.integers(0, 400 * 3600), st.booleans())))
def test_a_longer_limit_is_kept_no_less(waits: list[tuple[int, bool]]) -> None:
    """Else the shortest that suffices would not be the one to find; and many say what each one says."""
    times = Times()
    each = dict.fromkeys(LIMITS, Share())
    for seconds, answered in waits:
        times.put(seconds, answered=answered)
        each = {limit: share.counting(seconds, limit, answered=answered) for limit, share in each.items()}
    shares = times.shares()

    assert shares == list(each.values())
    known = [share.kept / share.known for share in shares if share.known]
    assert known == sorted(known)
