"""How an inbox is: which alarms its last outcomes raise and clear."""

from datetime import timedelta

import pytest

from router.delivery.condition import LONG, REFUSES, UNREACHABLE, Condition
from router.delivery.courier import Outcome, Permanent, Transient, Unknown
from tests.store.desk import NOON


@pytest.mark.parametrize(
    ("outcomes", "raised"),
    [
        ([Transient("busy")], []),  # everybody is, at times
        ([Unknown("cut")], []),
        ([Permanent("5.7.26", of_mail=True)], []),  # the mail is refused, and goes otherwise
        ([Permanent("no such folder")], [(REFUSES, "no such folder")]),
        ([Permanent("a"), Permanent("b")], [(REFUSES, "b")]),  # the last word counts
        ([Transient("bad password", of_login=True)], [(UNREACHABLE, "bad password")]),
    ],
)
def test_a_refusal_is_spoken_of_at_once(outcomes: list[Outcome], raised: list[tuple[str, str]]) -> None:
    """It ends by nobody's waiting."""
    assert raised == Condition("mike").ill(outcomes, NOON)


@pytest.mark.parametrize("outcome", [Transient("over quota"), Unknown("cut")])
def test_an_inbox_that_takes_nothing_for_long_is_spoken_of_once(outcome: Outcome) -> None:
    """A full mailbox says "later" for weeks."""
    condition = Condition("mike")
    minutes = [timedelta(minutes=number) for number in (0, 5, 14, 15, 16, 600)]

    assert [len(condition.ill([outcome], NOON + later)) for later in minutes] == [0, 0, 0, 1, 0, 0]
    assert minutes[3] == LONG


def test_a_copy_that_arrives_ends_what_stands() -> None:
    """Also what an earlier process raised; after that it has nothing to say until something fails again."""
    condition = Condition("mike")

    assert [condition.well(), condition.well()] == [[REFUSES, UNREACHABLE], []]
    assert len(condition.ill([Permanent("x")], NOON)) == 1
    assert [condition.well(), condition.well()] == [[REFUSES, UNREACHABLE], []]
    condition.ill([Transient("x")], NOON)
    assert condition.well() == []
    assert len(condition.ill([Permanent("x")], NOON)) == 1


def test_what_an_earlier_process_raised_ends_also_after_a_failure() -> None:
    """The first outcome after a restart need not be a good one."""
    condition = Condition("mike")
    condition.ill([Transient("x")], NOON)

    assert condition.well() == [REFUSES, UNREACHABLE]


def test_the_time_begins_anew_with_each_arrival() -> None:
    """A server that is slow all day takes something all day."""
    condition = Condition("mike")
    condition.ill([Transient("x")], NOON)
    condition.well()

    assert condition.ill([Transient("x")], NOON + LONG) == []


def test_rests_grow_to_their_longest() -> None:
    """A dead server is asked once a minute, not more often."""
    condition = Condition("mike")

    assert [condition.rest(1, 60) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    condition.well()
    assert condition.rest(1, 60) == 1
