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


def test_a_refusal_ends_the_alarm_of_a_login() -> None:
    """Somebody has mended the password; that the inbox refuses us now is another trouble, and no reason to look at it."""
    condition, refusal = Condition("mike"), [Permanent("no such user")]
    condition.ill([Transient("bad password", of_login=True)], NOON)

    assert condition.let_in([Transient("busy")]) == []
    assert condition.let_in(refusal) == [UNREACHABLE]
    assert condition.let_in(refusal) == []


def test_a_full_mailbox_is_not_told_anew_with_each_mail_that_is_refused() -> None:
    """Its alarm ends with a copy that arrives, however servers mix their answers."""
    condition = Condition("mike")
    told = []
    for number in range(20):
        outcome = Permanent("x", of_mail=True) if number % 2 else Transient("452 full")
        told += [*condition.let_in([outcome]), *condition.ill([outcome], NOON + number * LONG / 2)]

    assert told == [(UNREACHABLE, "452 full")]


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
