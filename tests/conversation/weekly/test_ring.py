"""Whom to ring."""

from datetime import timedelta

import pytest

from router.conversation.letter import Deed
from router.conversation.weekly.ring import calls
from router.conversation.weekly.tale import Tale
from tests.conversation.weekly.telling import WEEK, tale, word

NOW = WEEK.end


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (tale("c 0h", "o 1h", "c 2h", "o 3h", "c 4h", "o 1d"), True),  # two letters after an answer; we spoke last
        (tale("c 0h", "c 2h", "c 4h", "o 1d"), True),  # three in all
        (tale("c 0h", "o 1h", "c 2h", "o 1d"), False),  # two, and one of them after an answer
        (tale("c 0h", "c 2h", "c 4h", "o 5d"), False),  # two days of silence: the answer may still be read
        (tale("c -9d", "c -8d", "c -8d1h", "o -8d"), False),  # fifteen days: too late to be kind
        (tale("c -9d", "c -8d", "c -8d1h", "o -7d"), True),  # fourteen to the hour
        (tale("c 0h", "c 2h", "c 4h", "o 1d", "t 2d"), False),  # thanked
        (tale("c 0h", "c 2h", "c 4h", "o 1d", "t 2d", "o 2d1h"), False),  # and we said: you are welcome
        (tale("c 0h", "o 1h", "c 2h", "o 3h", "c 1d"), False),  # the last word is theirs: that is a wait
        (tale("c 0h", "c 2h", "c 4h", "o 1d", words=[word(Deed.PHONED, "2d")]), False),  # rung up already
        (tale("c 0h", "c 2h", "c 4h", "o 1d", words=[word(Deed.PHONED, "1h")]), True),  # before the last letter
        (tale("c 0h", "c 2h", "c 4h", "o 1d", words=[word(Deed.NEVER, "2d")]), False),  # needs no answer, said a person
        (tale("o 0h"), False),  # nobody wrote to us
        (tale("c 0h"), False),  # we have not answered
    ],
)
def test_who_gave_up_is_rung_up(told: Tale, expected: bool) -> None:
    """Several letters, our word, and silence: what nobody notices, since nothing waits."""
    assert bool(calls([told], NOW, {})) is expected


def test_the_most_letters_stand_first_and_then_the_oldest_customers() -> None:
    """Five are shown: they must be the right five."""
    three = tale("c 0h", "c 1h", "c 2h", "o 1d", thread="three", customer="kim@customer.example")
    four = tale("c 0h", "c 1h", "c 2h", "c 3h", "o 1d", thread="four", customer="lee@customer.example")
    known = tale("c 0h", "c 1h", "c 2h", "o 1d", thread="known", customer="max@customer.example")

    found = calls([three, four, known], NOW, {"max@customer.example": 7})

    assert [(call.tale.thread, call.letters, call.earlier) for call in found] == [
        ("four", 4, 0),
        ("known", 3, 7),
        ("three", 3, 0),
    ]
    assert found[0].silent == timedelta(days=6)
    assert (found[0].theirs.id, found[0].ours.id) == ("four3", "four4")


def test_one_customer_is_one_call() -> None:
    """Two matters of one person are one conversation on the telephone."""
    one = tale("c 0h", "c 1h", "c 2h", "o 1d", thread="one")
    two = tale("c 0h", "c 1h", "c 2h", "c 3h", "o 1d", thread="two")

    assert [call.tale.thread for call in calls([one, two], NOW, {})] == ["two"]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (tale("c 2d", thread="other"), False),  # writes about something else
        (tale("c 0h", "o 1h", "t 2d", thread="other"), False),  # thanks, in another mail
        (tale("c 0h12h", thread="other"), True),  # that was before our last word
        (tale("c 2d", thread="other", customer="kim@customer.example"), True),  # somebody else
    ],
)
def test_who_has_written_since_in_another_conversation_is_not_silent(other: Tale, expected: bool) -> None:
    """The letter would quote him a few lines below."""
    silent = tale("c 0h", "c 1h", "c 2h", "o 1d", thread="silent")

    assert bool(calls([silent, other], NOW, {})) is expected
