"""When to try again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.courier import Permanent
from router.delivery.retry import FIRST, GIVE_UP, LONGEST, REFUSALS, next_attempt, refused, wrapped
from router.store.content import SMALL
from tests.store.desk import NOON

ATTEMPTS = st.integers(1, 10_000)
JITTER = st.floats(0, 1)


def pause(attempts: int, jitter: float = 0.5) -> timedelta:
    """From a failed attempt to the next one."""
    due = next_attempt(attempts, NOON, NOON, jitter=jitter)
    assert due is not None
    return due - NOON


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        (1, 30),
        (2, 60),
        (3, 120),
        (4, 240),
        (9, 7680),  # 30 s · 2⁸
        (10, 14_400),  # 30 s · 2⁹ would be 15,360
        (1000, 14_400),
    ],
)
def test_pauses_grow_from_half_a_minute_to_four_hours(attempts: int, seconds: int) -> None:
    """A moment's fault costs a moment, a dead server does not cost the network."""
    assert timedelta(seconds=seconds) == pause(attempts)


@given(ATTEMPTS, JITTER)
def test_jitter_stays_within_a_quarter(attempts: int, jitter: float) -> None:
    """What failed together does not return together, and nothing waits twice as long as it should."""
    middle = pause(attempts)

    assert middle * 0.75 <= pause(attempts, jitter) <= middle * 1.25


@given(ATTEMPTS, JITTER)
def test_a_later_pause_is_never_shorter(attempts: int, jitter: float) -> None:
    """And never outside its bounds."""
    assert pause(attempts, jitter) <= pause(attempts + 1, jitter)
    assert FIRST * 0.75 <= pause(attempts, jitter) <= LONGEST * 1.25


@given(ATTEMPTS, st.timedeltas(timedelta(0), timedelta(days=30)), st.timedeltas(timedelta(1), timedelta(days=20)))
def test_it_gives_up_by_age_and_by_nothing_else(attempts: int, age: timedelta, give_up: timedelta) -> None:
    """Thousand attempts in an hour are no reason; seven days are."""
    due = next_attempt(attempts, NOON, NOON + age, jitter=0, give_up=give_up)

    assert (due is None) == (age >= give_up)
    assert due is None or due > NOON + age


def test_an_outage_of_a_week_is_tried_often_enough() -> None:
    """A server that comes back finds its copies within hours, not at the give-up age."""
    now, attempts = NOON, 0
    while (due := next_attempt(attempts + 1, NOON, now, jitter=0.5)) is not None:
        now, attempts = due, attempts + 1

    assert 40 < attempts < 80
    assert now - NOON >= GIVE_UP


def test_a_mail_goes_as_it_came_until_it_is_refused() -> None:
    """Also where a note tells of something else."""
    assert not wrapped({})
    assert not wrapped({"uidvalidity": 7})


def test_a_refusal_of_the_mail_itself_wraps_it_at_once() -> None:
    """As an attachment it may be taken; as it is it never will."""
    assert refused({}, Permanent("x", of_mail=True), 1000) == {"refusals": 1, "wrapped": True}


def test_the_third_refusal_wraps_whatever_its_words() -> None:
    """Servers do not always say that it is the mail they mean."""
    note: dict[str, object] = {}
    seen = []
    for _ in range(REFUSALS + 1):
        note = refused(note, Permanent("x"), 1000)
        seen.append(wrapped(note))

    assert seen == [False, False, True, True]
    assert note["refusals"] == REFUSALS + 1


def test_a_mail_is_never_wrapped_since_a_mailbox_is_full() -> None:
    """Once there is room, a founder gets what waited as mails, and not as attachments."""
    note: dict[str, object] = {"uidvalidity": 7}
    for _ in range(REFUSALS + 1):
        note = refused(note, Permanent("552 5.2.2 full", of_inbox=True), 1000)

    assert note == {"uidvalidity": 7}


@pytest.mark.parametrize(
    ("size", "expected"), [(SMALL, {"wrapped": True}), (SMALL + 1, {"wrapped": True, "shortened": True})]
)
def test_of_a_mail_that_is_too_large_the_beginning_goes(size: int, expected: dict[str, object]) -> None:
    """Of a small one it would be all, and larger as an attachment than it was."""
    note = {"wrapped": True}

    assert refused(note, Permanent("552 5.3.4 too large", of_size=True), size) == expected


def test_a_wrapped_mail_stays_wrapped_and_its_note_whole() -> None:
    """What another attempt left behind is still needed, and no note is changed under anybody's hand."""
    note = {"wrapped": True, "refusals": 1, "uidvalidity": 7}

    assert refused(note, Permanent("x"), 1000) == {"wrapped": True, "refusals": 2, "uidvalidity": 7}
    assert note["refusals"] == 1
