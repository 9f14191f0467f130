"""Whether we kept our word, counted by hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.hours import ServiceHours, always
from router.conversation.letter import Deed
from router.conversation.weekly.ourword import longest_stretch, promises, settled
from router.conversation.weekly.tale import Tale
from tests.conversation.weekly.telling import WEEK, at, tale, word

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((9 * 60, 17 * 60),)))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (tale("c 0h", "p 1h 2d"), ["broken"]),
        (tale("c 0h", "p 1h 2d", "o 1d"), ["kept"]),
        (tale("c 0h", "p 1h 2d", "o 2d"), ["kept"]),  # to the minute
        (tale("c 0h", "p 1h 2d", "o 3d"), ["broken"]),  # a day late
        (tale("c 0h", "p 1h 2d", words=[word(Deed.PHONED, "1d")]), ["kept"]),  # by telephone
        (tale("c 0h", "p 1h 2d", words=[word(Deed.CLOSE, "1d")]), []),  # settled before it was due
        (tale("c 0h", "p 1h 2d", words=[word(Deed.CLOSE, "3d")]), ["broken"]),
        (tale("c 0h", "p 1h 9d"), []),  # falls due next week
        (tale("c -9d", "p -9d 2d"), ["broken"]),  # said before this week, and due in it
        (tale("c 0h", "p 1h"), ["broken"]),  # without a day: after three
        (tale("c 0h", "p 1h 2d", "p 1d 3d"), ["kept", "broken"]),  # the next word was another promise
        (tale("c 0h", "o 1h"), []),
    ],
)
def test_a_promise_is_kept_by_a_further_word_in_time(told: Tale, expected: list[str]) -> None:
    """They said that they would come back: did they?"""
    assert ["kept" if one.kept else "broken" for one in promises([told], WEEK)] == expected


def test_a_wednesday_without_answers_is_found() -> None:
    """Tuesday 16:30 to Thursday 10:00 are nine and a half service hours."""
    asked = [tale(f"c {day}d8h", f"o {day}d16h30m", thread=str(day)) for day in (0, 1)]
    waited = tale("c 1d12h", "o 3d10h", thread="w")

    found = longest_stretch([*asked, waited], OFFICE, WEEK)

    assert found is not None
    assert (found.begin, found.end, found.hours) == (at("1d16h30m"), at("3d10h"), 9.5 * HOUR)


def test_who_has_waited_for_months_waits_in_this_week_too() -> None:
    """His conversation is too old to be read for a letter."""
    asked = [tale(f"c {day}d9h", f"o {day}d10h", thread=str(day)) for day in range(5)]

    found = longest_stretch(asked, OFFICE, WEEK, [at("-80d")])

    assert found is not None
    assert (found.begin, found.end, found.hours) == (at("0d10h"), at("1d10h"), 8 * HOUR)


@pytest.mark.parametrize(
    ("tales", "hours"),
    [
        ([], 0),
        ([tale("o 1d")], 0),  # nobody waited
        ([tale("c 0d18h", "o 1d8h")], 0),  # through the night only
        ([tale("c 5d10h")], 0),  # on a Saturday, and the week ends
        ([tale("c 0d10h")], 7 + 4 * 8),  # nothing at all left the house
        ([tale("c 0d10h"), tale("c 0d11h", "o 3d12h", thread="u")], 7 + 8 + 8 + 3),  # an answer to anybody ends it
        ([tale("c -3d10h", "o 0d11h")], 2),  # waited since last week: counted from Monday on
        ([tale("c 0d9h", "o 0d10h", "t 0d11h")], 1),  # thanks wait for nothing
    ],
)
def test_a_stretch_counts_only_while_somebody_waits(tales: list[Tale], hours: int) -> None:
    """A quiet week is no slow one."""
    found = longest_stretch(tales, OFFICE, WEEK)

    assert (found.hours if found else timedelta(0)) == hours * HOUR


@given(st.lists(st.tuples(st.integers(0, 166), st.integers(1, 80), st.booleans()), max_size=12))
def test_the_longest_stretch_is_that_of_a_count_by_the_hour(waits: list[tuple[int, int, bool]]) -> None:
    """Each hour by itself: does anybody wait in it, and has an answer left since?"""
    tales = [
        tale(f"c {begin}h", *([f"o {begin + took}h"] if answered else []), thread=str(number))
        for number, (begin, took, answered) in enumerate(waits)
    ]
    answers = {begin + took for begin, took, answered in waits if answered}
    run = best = 0
    for hour in range(7 * 24):
        if hour in answers:
            run = 0
        waiting = any(begin <= hour < (begin + took if answered else 999) for begin, took, answered in waits)
        run = run + 1 if waiting else 0
        best = max(best, run)

    found = longest_stretch(tales, always(LONDON), WEEK)

    assert (found.hours if found else timedelta(0)) == best * HOUR


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (tale("c -8d", "o -7d"), (24, False)),  # a week of silence ends now
        (tale("c -8d", "o -7d", "o -6d"), (24, False)),  # a further word begins the silence anew, not the answer
        (tale("c 0h", "o 5h", "t 1d"), (5, False)),  # thanks: at once
        (tale("c 0h", "o 5h", "c 6h", "o 9h", "t 1d"), (9, True)),  # had to write again
        (tale("c 0h", "o 5h"), None),  # nobody knows yet
        (tale("c 0h", "o 5h", "c 6h"), None),  # waits
        (tale("c -20d", "o -19d"), None),  # settled last week
        (tale("c 0h"), None),
    ],
)
def test_a_matter_is_settled_by_thanks_or_a_week_of_silence(told: Tale, expected: tuple[int, bool] | None) -> None:
    """Answered is not settled."""
    found = settled([told], WEEK)

    assert [(one.took / HOUR, one.again) for one in found] == ([expected] if expected else [])
