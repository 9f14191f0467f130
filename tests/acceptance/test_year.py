"""A company's life on the router's own fast clock: every nightly digest says what an independent count of the facts says.

The week holds the Sunday on which Europe's clocks go forward. At 25,000 seconds in one, a mail's time of receipt is
known to some minutes; the count knows between which two instants each was posted, and whatever follows from those is
exact to the minute that the digest shows.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.bench.daemon import Daemon
from tests.bench.year.play import Played, play

WEEK = date(2026, 3, 25), 7, 25_000.0
YEAR = date(2026, 1, 5), 364, 30_000.0


def right(played: Played, days: int) -> None:
    """Nothing differs, and enough was compared to say so."""
    editions = len(played.editions)
    assert played.unserved == []
    assert len(played.slots) >= days * 2
    assert played.misdated == []
    assert played.waiting.wrong == []
    assert played.nightly.wrong == []
    assert played.excused <= editions // 10
    assert played.nightly.lines > 8 * editions
    assert played.waiting.lines > played.nightly.lines


@pytest.mark.timeout(240)
def test_every_digest_of_a_week_says_what_an_independent_count_says(
    folder: Path, new_daemon: Callable[..., Daemon]
) -> None:
    """Sections, nights, both clocks, goals, what was cleared and the proof, over a change of the clocks."""
    first, days, rate = WEEK
    right(play(folder, new_daemon, first, days, rate), days)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_digest_of_a_year_says_what_an_independent_count_says(
    folder: Path, new_daemon: Callable[..., Daemon]
) -> None:
    """The same over all holidays and every change of the clocks."""
    first, days, rate = YEAR
    right(play(folder, new_daemon, first, days, rate), days)
