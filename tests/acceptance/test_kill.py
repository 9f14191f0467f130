"""`kill -9` at every named place and at random moments under load: nothing lost, nothing doubled."""

import random

import pytest

from tests.bench.daemon import INBOXES
from tests.bench.faults import UNITS, fault_points, named_in_source, units_in_source
from tests.bench.killing import die_at, kill_at_random

# A claim from the database happens only for copies that an earlier process left behind.
AFTER = {"claim.before-commit": "deliver.before-commit", "claim.after-commit": "deliver.before-commit"}


def test_the_stages_still_commit_under_the_names_that_are_killed_here():
    """A renamed unit would leave its fault points untested, and every test below would still pass."""
    missing = set(UNITS) - units_in_source()

    assert missing == set()
    assert any(name.startswith("maildir.") for name in named_in_source())


@pytest.mark.parametrize("point", fault_points())
def test_a_kill_at_a_named_place_loses_and_doubles_nothing(new_daemon, point):
    """Each of these is a moment at which one side knows of a mail and the other does not."""
    toll = die_at(new_daemon(), point, after=AFTER.get(point))

    assert toll.clean, toll
    assert toll.delivered == 2 * 25
    assert toll.left_over == 0


def test_a_copy_that_was_read_before_the_restart_is_not_doubled(new_daemon):
    """Mail programs move and rename what they show, and executives are awake when routers are not."""
    read = []
    toll = die_at(
        new_daemon(),
        "deliver.before-commit",
        meanwhile=lambda daemon: read.extend(daemon.inbox(name).look_at_all() for name in INBOXES),
    )

    assert toll.clean, toll
    assert sum(read) > 0


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", fault_points())
@pytest.mark.parametrize("nth", [2, 3, 7])
def test_a_kill_at_a_later_pass_loses_and_doubles_nothing(new_daemon, point, nth):
    """Later passes find the stages amid other work than the first does."""
    toll = die_at(new_daemon(), f"{point}:{nth}" if point not in AFTER else point, after=AFTER.get(point), count=200)

    assert toll.clean, toll


@pytest.mark.parametrize(
    ("rounds", "soak"),
    [(5, False), pytest.param(50, True, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_kills_at_random_under_load_lose_and_double_nothing(new_daemon, rounds, soak):
    """Nobody can name all the moments at which a process may die."""
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")

    toll = kill_at_random(new_daemon(), rounds, seed)

    assert toll.clean, f"seed {seed}: {toll}"
    assert toll.kills == rounds
