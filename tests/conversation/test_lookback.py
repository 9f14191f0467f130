"""What the waits of a period come to, counted by hand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.conversation.clocks import ServiceClock
from router.conversation.goal import Goal
from router.conversation.hours import ServiceHours, always
from router.conversation.lookback import Report, Tally, Waited, tallies, together
from router.conversation.shares import LIMITS, Share
from router.conversation.standing import End, How, Wait

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((9 * 60, 17 * 60),)))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
SINCE = NOW - timedelta(days=90)
HOUR = timedelta(hours=1)
FOUR = Goal("first", frozenset({"support"}), 4 * HOUR, service=False, first_only=True, share=0.95)


def wait(since: datetime, took: timedelta | None, how: How = How.ANSWER, **parts: Any) -> Waited:
    """A wait that ended after so long; None goes on."""
    end = None if took is None else End(since + took, how, "anna@example.com", "a")
    values: dict[str, Any] = {"customer": "kim@customer.example", "letters": ("m",), "again": False} | parts
    return Waited("t", "support", "Order", Wait(since=since, end=end, **values))


def ago(hours: float, took: float | None, how: How = How.ANSWER, **parts: Any) -> Waited:
    """The same, begun so many hours before now."""
    return wait(NOW - hours * HOUR, None if took is None else took * HOUR, how, **parts)


def told(waits: Iterable[Waited], hours: ServiceHours | None = None, *goals: Goal) -> Report:
    """What they come to."""
    clock = ServiceClock(hours or always(LONDON), SINCE, NOW)
    return tallies(waits, ["support"], NOW, lambda mailbox: clock, goals)["support"].report()


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (ago(50, 2), "answered"),
        (ago(50, 2, How.PHONE), "answered"),  # with evidence, like one by mail
        (ago(50, None), "waiting"),
        (ago(14 * 24, None), "waiting"),  # two weeks to the second
        (ago(14 * 24 + 1, None), "never_answered"),
        (ago(14 * 24 + 1, 14 * 24 + 0.5), "answered"),  # late, and answered
        (ago(50, 2, How.CLOSED), "settled"),  # a person said so, and no customer has heard it
        (ago(50, 2, How.NEVER), "settled"),
        (ago(50, None, courtesy="thanks"), "thanks"),  # probably finished: it asked for nothing
        (ago(50, 2, courtesy="thanks"), "thanks"),  # "you are welcome" is no speed of ours
        (ago(50, 2, How.CLOSED, courtesy="thanks"), "thanks"),
    ],
)
def test_each_wait_is_counted_once(one: Waited, counted: str) -> None:
    """What was no answer is in no figure, and is not lost."""
    report = told([one])
    counts = {name: getattr(report, name) for name in ("answered", "waiting", "never_answered", "settled", "thanks")}

    assert counts == dict.fromkeys(counts, 0) | {counted: 1}
    assert report.letters == (counted not in ("settled", "thanks"))
    assert (report.customer.longest is None) == (counted in ("settled", "thanks"))


def test_ten_waits_counted_by_hand() -> None:
    """Eight answered, one waits since an hour, one since thirty days."""
    took = [0.5, 1, 1, 2, 3, 4, 6, 30]
    waits = [ago(100, hours) for hours in took] + [ago(1, None, again=True), ago(720, None, letters=("m", "n", "o"))]
    report = told(waits, None, FOUR)
    shares = {one.limit // HOUR: one.customer for one in report.within}

    assert (report.letters, report.answered, report.waiting, report.never_answered) == (10, 8, 1, 1)
    assert (report.again, report.reminders) == (1, 2)
    # In order: 0.5 1 1 1 2 3 4 6 30 720; of ten the fifth, and the tenth.
    assert report.customer == (2 * 3600, 720 * 3600, 720 * 3600)
    # The one that waits for an hour is not late for an hour: nine are known.
    assert (shares[1], shares[4], shares[8], shares[48]) == ((3, 9), (6, 9), (7, 9), (8, 9))
    assert [(kept.goal, kept.share) for kept in report.goals] == [(FOUR, Share(6, 9))]
    assert report.attainable is None  # eight of nine are the most, and 95 % is wanted


@pytest.mark.parametrize(
    ("took", "goals", "within"),
    [
        ([1] * 9 + [5], (), 1),  # nine of ten are enough
        ([1] * 8 + [5] * 2, (), 8),
        ([1] * 8 + [4] * 2, (), 4),  # at the last moment
        ([1] * 9 + [5], (FOUR,), 8),  # 95 % is wanted
        ([1] * 9 + [None], (), 1),
        ([1] * 8 + [None] * 2, (), None),
        ([337] * 10, (), None),  # longer than every limit
        ([], (), None),
    ],
)
def test_the_shortest_limit_that_would_have_been_kept_is_attainable(
    took: list[float | None], goals: tuple[Goal, ...], within: float | None
) -> None:
    """For nine of ten, or the share that a goal asks for."""
    found = told([ago(900, hours) for hours in took], None, *goals).attainable

    assert (found.within / HOUR if found else None) == within


@pytest.mark.parametrize(
    ("since", "took", "hours", "why"),
    [
        (datetime(2026, 10, 23, 15, tzinfo=UTC), 67 * HOUR, 2, "Friday 16:00 to Monday 10:00, the clocks put back"),
        (datetime(2026, 10, 24, 10, tzinfo=UTC), 47 * HOUR, 0, "Saturday 11:00 to Monday 09:00"),
        (datetime(2026, 11, 3, 9, tzinfo=UTC), 8 * HOUR, 8, "a whole day"),
        (datetime(2026, 11, 3, 20, tzinfo=UTC), HOUR, 0, "an answer in the evening"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_both_clocks_stand_beside_each_other(since: datetime, took: timedelta, hours: int, why: str) -> None:
    """The customer's does not stop on a Sunday, and the other one does."""
    report = told([wait(since, took)], OFFICE)

    assert (report.customer.longest, report.service.longest) == (took.total_seconds(), hours * 3600), why


def test_who_waits_still_does_so_on_both_clocks() -> None:
    """Since Thursday 16:00, and it is Friday noon."""
    report = told([wait(NOW - 20 * HOUR, None)], OFFICE)

    assert (report.customer.longest, report.service.longest) == (20 * 3600, 4 * 3600)


def test_goals_look_at_their_clock_and_their_letters() -> None:
    """A first reply, or every one."""
    parts = {"name": "", "mailboxes": frozenset({"support"}), "within": 2 * HOUR, "share": 0.9}
    customer = Goal(**parts, service=False, first_only=False)
    service = Goal(**parts, service=True, first_only=False)
    first = Goal(**parts, service=True, first_only=True)
    other = Goal(**parts | {"mailboxes": frozenset({"shop"})}, service=True, first_only=True)
    friday = datetime(2026, 11, 13, 16, tzinfo=UTC)
    waits = [wait(friday, 66 * HOUR), wait(friday, 69 * HOUR, again=True)]
    report = told(waits, OFFICE, customer, service, first, other)

    assert [kept.share for kept in report.goals] == [(0, 2), (1, 2), (1, 1)]


def test_a_goal_for_vips_looks_at_theirs_and_sets_no_share_for_all() -> None:
    """Nine of ten are looked for, where only VIPs have a goal."""
    vips = replace(FOUR, name="VIPs", vip=True)
    report = told([ago(900, 1), replace(ago(900, 5), vip=True)], None, vips)

    assert [kept.share for kept in report.goals] == [(0, 1)]
    assert report.target == 0.9


def test_lists_name_the_longest() -> None:
    """Ten of each, longest first; of equal ones those that were read first."""
    answered = [ago(900, hours, customer=f"a{hours}") for hours in range(1, 30)]
    still = [ago(hours, None, customer=f"w{hours}") for hours in (300, 400, 20, 500, 400)]
    report = told([*answered, *still])

    def names(listed: Iterable[Any]) -> list[str]:
        return [one.waited.wait.customer for one in listed]

    assert names(report.slowest) == [f"a{hours}" for hours in range(29, 19, -1)]
    assert names(report.unanswered) == ["w500", "w400", "w400"]
    assert report.unanswered[1].waited is still[1]
    assert names(report.longest) == ["w500", "w400", "w400", "w300", "a29", "a28", "a27", "a26", "a25", "a24"]


@pytest.mark.parametrize(
    ("answered", "waiting", "fresh", "unseen"),
    [
        (4, 6, 0, False),  # 40 %
        (3, 7, 0, True),
        (0, 10, 0, True),
        (0, 9, 0, False),  # too few to say it
        (3, 6, 10, False),  # those of yesterday are no sign
        (400, 601, 0, True),
        (0, 0, 0, False),
    ],
)
def test_few_answers_are_a_sign_that_they_are_not_seen(answered: int, waiting: int, fresh: int, unseen: bool) -> None:
    """Of 812 letters that were answered nobody wants to read that they were not."""
    tally = Tally(NOW)
    clock = ServiceClock(OFFICE, SINCE, NOW)
    for one in [ago(200, 1)] * answered + [ago(200, None)] * waiting + [ago(48, None)] * fresh:
        tally.add(one, clock)

    assert tally.unseen() == unseen


_waits = st.builds(
    ago,
    st.integers(1, 2000),
    st.none() | st.integers(0, 2000),
    st.sampled_from(How),
    again=st.booleans(),
    courtesy=st.sampled_from([None, None, "thanks"]),
)


@given(st.lists(_waits), st.lists(_waits))
def test_several_mailboxes_together_are_as_if_they_were_one(some: list[Waited], others: list[Waited]) -> None:
    """But for the order of equal ones in the lists."""
    clock = ServiceClock(OFFICE, SINCE, NOW)
    parts = [Tally(NOW, [FOUR]), Tally(NOW, [FOUR])]
    for tally, waits in zip(parts, (some, others), strict=True):
        for one in waits:
            tally.add(one, clock)
    both, one = together(parts, NOW).report(), told([*some, *others], OFFICE, FOUR)

    names = ("answered", "waiting", "never_answered", "again", "reminders", "settled", "thanks", "customer", "service")
    for name in (*names, "within", "attainable", "goals"):
        assert getattr(both, name) == getattr(one, name)
    for name in ("unanswered", "slowest", "longest"):
        assert [long.customer_seconds for long in getattr(both, name)] == [
            long.customer_seconds for long in getattr(one, name)
        ]


def test_every_mailbox_has_its_own_figures_and_clock() -> None:
    """One that nobody wrote to has them too."""
    clocks = {"support": ServiceClock(OFFICE, SINCE, NOW), "shop": ServiceClock(always(LONDON), SINCE, NOW)}
    night = wait(datetime(2026, 11, 3, 20, tzinfo=UTC), HOUR)
    waits = [night, Waited("t", "shop", "Order", night.wait)]
    found = tallies(waits, ["support", "shop", "sales"], NOW, clocks.__getitem__, [])

    assert {name: tally.report().service.longest for name, tally in found.items()} == {
        "support": 0,
        "shop": 3600,
        "sales": None,
    }
    assert len(found["sales"].report().within) == len(LIMITS)
