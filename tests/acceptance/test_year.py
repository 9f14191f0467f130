"""A company's life on the router's own fast clock: every nightly digest says what an independent count of the facts says.

The week holds the Sunday on which Europe's clocks go forward. At 25,000 seconds in one, a mail's time of receipt is
known to some minutes; the count knows between which two instants each was posted, and whatever follows from those is
exact to the minute that the digest shows. A machine that is busy with other things may stop a process for as long as a
morning lasts there: what differs then has to differ again, at a slower pace.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon
from tests.bench.year.generate import generate
from tests.bench.year.play import Played, play
from tests.bench.year.weekly import days_without_answers, planned, rising, thanked_by_name, to_ring

WEEK = date(2026, 3, 25), 7, 25_000.0
YEAR = date(2026, 1, 5), 364, 15_000.0


def blind_mornings(played: Played, first: date, days: int) -> set[str]:
    """On which the router said that it sees no answers: only after a working day without one may it do so."""
    told = [one for one in played.editions if one.digest.startswith("support") and "cannot be seen" in one.subject]
    mornings = {f"{one.made:%F}" for one in told}
    silent = days_without_answers(played.life.happened, first, days)
    assert mornings <= {f"{day + timedelta(days=1)}" for day in silent}
    return mornings


def right(played: Played, first: date, days: int) -> None:
    """Nothing differs, but that nobody is called waiting on a blind morning; and enough was compared to say so."""
    blind = blind_mornings(played, first, days)
    of_blind = [one for one in played.waiting.wrong if one[:10] in blind]
    played.waiting.wrong = [one for one in played.waiting.wrong if one[:10] not in blind]
    assert all(" not listed: " in one for one in of_blind)
    played.nightly.wrong = [one for one in played.nightly.wrong if one.split()[1] not in blind]
    editions = len(played.editions)
    assert played.unserved == []
    assert len(played.slots) >= days * 2
    assert played.misdated == []
    assert played.waiting.wrong == []
    assert played.nightly.wrong == []
    assert played.excused <= editions // 10
    assert played.nightly.lines > 8 * editions
    assert played.waiting.lines > played.nightly.lines


@pytest.mark.timeout(400)
def test_every_digest_of_a_week_says_what_an_independent_count_says(
    folder: Path, new_daemon: Callable[..., Daemon]
) -> None:
    """Sections, nights, both clocks, goals, what was cleared and the proof, over a change of the clocks."""
    first, days, rate = WEEK
    try:
        right(play(folder, partial(new_daemon, "fast"), first, days, rate), first, days)
    except AssertionError:
        right(play(folder, partial(new_daemon, "slow"), first, days, rate / 3), first, days)


@pytest.mark.soak
@pytest.mark.timeout(2 * 3600)
def test_every_digest_of_a_year_says_what_an_independent_count_says(
    folder: Path, new_daemon: Callable[..., Daemon]
) -> None:
    """The same over all holidays and every change of the clocks."""
    first, days, rate = YEAR
    right(play(folder, new_daemon, first, days, rate), first, days)


def test_the_invented_year_holds_what_was_planted() -> None:
    """And of people to ring and of thanks by name nothing else, so that a letter that tells more has to be wrong.

    Common words may rise by chance in a week; for these `weekly.rising` is the count.
    """
    first, days, _ = YEAR
    year = generate(first, days)
    happened = planned(year)
    mondays = [first + timedelta(days=7 * week) for week in range(days // 7)]
    sundays = {monday: datetime.combine(monday + timedelta(days=6), time(18), UTC) for monday in mondays}
    gave_up = {monday: to_ring(year, happened, at) for monday, at in sundays.items()}
    words = rising(year.events, {number: story.customer for number, story in year.stories.items()})
    strap = [monday.isoformat() for monday, found in words.items() if "strap" in found]
    thanks = thanked_by_name(year.events, ["Anna", "Tom", "Lena", "Jonas", "Carol", "Ruby", "Mike", "Helen"])
    ((week, people),) = year.planted.gave_up.items()
    weeks = (date.fromisoformat(week), date.fromisoformat(week) + timedelta(days=7))

    assert {monday: found for monday, found in gave_up.items() if found} == {key: {*people} for key in weeks}
    assert strap[0] == next(iter(year.planted.rising))
    assert {(monday.isoformat(), name) for monday, name in thanks} == set(year.planted.thanked.items())
    assert year.planted.silent_day in [day.isoformat() for day in days_without_answers(happened, first, days)]
