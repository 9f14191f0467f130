"""What goals have come to, counted by hand, and beside a count by minutes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.conversation.goal import Goal, Goals
from router.conversation.goals import LISTED, Result, Unseen, results
from router.conversation.hours import ServiceHours, always, is_open
from router.conversation.lookback import Waited
from router.conversation.periods import Length
from router.conversation.shares import Figures, Share
from router.conversation.standing import End, How, Wait

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours(
    "office",
    LONDON,
    dict.fromkeys(range(5), ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60))),
    frozenset({date(2026, 10, 28)}),
)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOURS = {"support": OFFICE, "shop": always(LONDON)}
GOAL = Goal(
    "first reply",
    frozenset({"support"}),
    4 * HOUR,
    service=True,
    first_only=True,
    share=0.9,
    zone=LONDON,
)
CUSTOMER = replace(GOAL, service=False, within=24 * HOUR)


def at(text: str) -> datetime:
    """`10-26 09:00`, by the clocks of London in 2026, which are put back on 25 October."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=LONDON).astimezone(UTC)


def waited(since: str, answered: str | None = None, how: How = How.ANSWER, **parts: Any) -> Waited:
    """A wait of Kim's in support; the names of `Waited` and of `Wait` are known."""
    end = End(at(answered), how, "anna@example.com", "a") if answered else None
    told = {name: parts.pop(name) for name in ("mailbox", "vip") if name in parts}
    wait = Wait(
        since=at(since), end=end, **{"customer": "kim@customer.example", "letters": ("m",), "again": False} | parts
    )
    return Waited(**{"thread": "t", "mailbox": "support", "subject": "Order", "wait": wait} | told)


def come_to(
    waits: Iterable[Waited], now: str, *goals: Goal, last: int = 1, unseen: dict[str, Unseen] | None = None
) -> list[Result]:
    """What it is, read as the database is: no more than was asked for."""
    given = list(waits)

    def since(first: datetime) -> list[Waited]:
        return [one for one in given if first <= one.wait.since <= at(now)]

    return results(Goals(goals or (GOAL,), HOURS), since, at(now), last, unseen)


WEDNESDAY = "11-25 18:00"


@pytest.mark.parametrize(
    ("wait", "counted", "why"),
    [
        (waited("11-25 09:00", "11-25 12:00"), "kept", "three hours"),
        (waited("11-25 09:00", "11-25 14:00"), "kept", "four: lunch is nobody's time"),
        (waited("11-25 09:00", "11-25 14:01"), "missed", "a minute over"),
        (waited("11-25 13:00", "11-25 13:05", How.PHONE), "kept", "by telephone"),
        (waited("11-25 13:00", "11-25 13:05"), "kept", "its limit is ahead, and nothing can change it"),
        (waited("11-25 09:00"), "missed", "waits, and is due"),
        (waited("11-25 13:00"), "at risk", "due tomorrow at 09:30"),
        (waited("11-25 13:00", "11-25 19:00"), "at risk", "the answer is still to come"),
        (waited("11-25 13:00", "11-26 19:00"), "at risk", "the same, and it is going to be late"),
        (waited("11-25 09:00", "11-25 19:00"), "missed", "the same, and it is late"),
        (waited("11-20 15:00", "11-23 11:00"), "kept", "due on Monday: of this week"),
        (waited("11-20 12:00", "11-23 09:01"), "", "due on Friday: of the last"),
        (waited("03-02 09:00"), "", "missed long ago, and not once more in each week"),
        (waited("11-21 12:00", "11-22 12:00"), "kept", "on a Sunday"),
        (waited("11-25 09:00", "11-25 10:00", How.CLOSED), "settled", "a person said so, and no customer has heard it"),
        (waited("11-25 09:00", "11-25 17:00", How.NEVER), "settled", "the same, and late"),
        (waited("11-25 09:00", "11-25 19:00", How.CLOSED), "missed", "nobody has closed it yet"),
        (waited("11-25 09:00", courtesy="thanks"), "thanks", "it asked for nothing"),
        (waited("11-25 09:00", "11-25 09:01", courtesy="thanks"), "thanks", "you are welcome"),
        (waited("11-25 09:00", again=True), "", "not the first letter"),
        (waited("11-25 09:00", vip=True), "missed", "VIPs are customers too"),
        (waited("11-25 09:00", mailbox="shop"), "", "of another goal"),
        (waited("11-25 09:00", mailbox="?"), "", "of no mailbox that is known"),
    ],
)
def test_each_wait_is_counted_once_and_where_its_limit_falls_due(wait: Waited, counted: str, why: str) -> None:
    """In the week of Wednesday, 25 November, at six in the evening."""
    (result,) = come_to([wait], WEDNESDAY)
    found = {
        "kept": result.share.kept,
        "missed": result.used,
        "at risk": len(result.at_risk),
        "settled": result.settled,
        "thanks": result.thanks,
    }

    assert [name for name, number in found.items() for _ in range(number)] == ([counted] if counted else []), why
    assert (result.customer.longest is None) == (counted not in ("kept", "missed")), why


def test_a_week_in_which_the_clocks_are_put_back() -> None:
    """Monday 19 to Sunday 25 October 2026, as of Tuesday after it; counted by hand."""
    waits = [
        waited("10-16 16:00", "10-19 11:00"),  # 1 h on Friday, 2 h on Monday: due 10-19 12:00, kept
        waited("10-19 09:00", "10-19 17:00"),  # due 14:00; 7 h: missed
        waited("10-20 08:00", "10-20 09:30"),  # early: 30 min
        waited("10-23 11:00", "10-24 23:00"),  # due Friday 16:00; answered on Saturday night, 5 h: missed
        waited("10-22 10:00", "10-22 11:15"),  # 1 h 15 min
        waited("10-23 14:00", "10-26 09:30"),  # 3 h until closing: due on Monday 10:00, of the week after
        waited("10-24 10:00", "10-25 10:00"),  # week end to week end, 25 hours by the sun: due on Monday
        waited("10-21 09:00"),  # waits since: due 10-21 14:00
    ]
    before, now = come_to(waits, "10-27 12:00", last=2)

    assert (before.period.name, before.period.begin, before.period.end) == (
        "2026-W43",
        at("10-19 00:00"),
        at("10-26 00:00"),
    )
    assert before.period.end - before.period.begin == 169 * HOUR
    assert (before.share, before.used, before.allowed, before.waiting) == (Share(3, 6), 3, 0, 1)
    # Working hours, in order: 0.5, 1.25, 3, 5, 7, and since Wednesday 31: four days of seven hours, and three of Tuesday.
    assert before.service == Figures(3 * 3600, 31 * 3600, 31 * 3600)
    # Elapsed, in order: 1.25, 1.5, 8, 36, 67, and 148: six days and three hours, and the hour that came twice.
    assert before.customer == Figures(8 * 3600, 148 * 3600, 148 * 3600)
    assert [one.due for one in before.missed] == [at("10-21 14:00"), at("10-19 14:00"), at("10-23 16:00")]

    assert (now.period.name, now.share, now.outside) == ("2026-W44", Share(2, 2), 1)
    assert now.service == Figures(0, 3.5 * 3600, 3.5 * 3600)  # the Sunday's answer took no working hour,
    assert now.customer == Figures(25 * 3600, 68.5 * 3600, 68.5 * 3600)  # and twenty-five of the customer's


def test_hours_that_are_changed_change_the_past_with_the_present() -> None:
    """Nothing of it is stored."""
    waits = [waited("11-23 16:00", "11-24 12:00"), waited("11-23 16:30", "11-24 15:00")]
    shorter = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((10 * 60, 16 * 60),)))
    found = []
    for hours in (OFFICE, shorter, always(LONDON)):
        goals = Goals((GOAL,), {"support": hours})
        found += results(goals, lambda first: [one for one in waits if one.wait.since >= first], at(WEDNESDAY))

    # 4 h and 5.5 h; 2 h and 5 h; 20 h and 22.5 h.
    assert [(result.share, result.service.longest) for result in found] == [
        (Share(1, 2), 5.5 * 3600),
        (Share(1, 2), 5 * 3600),
        (Share(0, 2), 22.5 * 3600),
    ]


def test_a_goal_of_the_customer_knows_no_hours() -> None:
    """A letter of Saturday falls due on Sunday."""
    (result,) = come_to([waited("11-21 12:00", "11-22 12:00"), waited("11-21 13:00")], "11-22 12:30", CUSTOMER)

    assert (result.period.name, result.share, len(result.at_risk)) == ("2026-W47", Share(1, 1), 1)
    assert result.at_risk[0].due == at("11-22 13:00")
    assert result.figures == result.customer == Figures(86400, 86400, 86400)


def test_vips_have_a_goal_of_their_own() -> None:
    """And stay in that of all."""
    vips = replace(GOAL, name="VIPs", within=HOUR, vip=True)
    waits = [waited("11-25 09:00", "11-25 11:00", vip=True), waited("11-25 09:00", "11-25 11:00")]

    assert [(result.goal.name, result.share) for result in come_to(waits, WEDNESDAY, GOAL, vips)] == [
        ("first reply", Share(2, 2)),
        ("VIPs", Share(0, 1)),
    ]


@pytest.mark.parametrize(
    ("share", "due", "allowed", "why"),
    [
        (0.9, 10, 1, "one, and not a float that is a little less"),
        (0.95, 20, 1, "one of twenty"),
        (0.95, 19, 0, "less than one is none"),
        (0.95, 41, 2, "2.05"),
        (0.7, 10, 3, "three"),
        (0.55, 100, 45, "45"),
        (0.999, 1000, 1, "one of a thousand"),
        (1.0, 1000, 0, "all of them"),
        (0.5, 0, 0, "of nothing"),
    ],
)
def test_misses_are_allowed_by_whole_letters(share: float, due: int, allowed: int, why: str) -> None:
    """Whoever uses no more of them keeps the goal."""
    late = [waited("11-25 09:00", "11-25 15:00")] * allowed
    (result,) = come_to(
        [waited("11-25 09:00", "11-25 09:10")] * (due - allowed) + late, WEDNESDAY, replace(GOAL, share=share)
    )

    assert (result.allowed, result.used) == (allowed, allowed), why
    assert not due or result.share.reaches(share), why


def test_who_is_at_risk_is_named_those_due_next_first() -> None:
    """With the instant; also more than a list would hold."""
    waits = [waited(f"11-25 16:{minute}", customer=f"kim{minute}@customer.example") for minute in (40, 30, 50)]
    (result,) = come_to([*waits, *[waited("11-25 17:30")] * LISTED], WEDNESDAY)

    # One is used up just when lunch begins.
    assert [one.due for one in result.at_risk[:4]] == [
        at(f"11-26 {time}") for time in ("12:30", "13:40", "13:50", "14:00")
    ]
    assert result.at_risk[0].waited.wait.customer == "kim30@customer.example"
    assert len(result.at_risk) == LISTED + 3


def test_what_falls_due_in_the_next_period_is_not_at_risk_in_this_one() -> None:
    """It will be, from Monday on."""
    friday = [waited("11-27 16:00")]

    assert [len(come_to(friday, now)[0].at_risk) for now in ("11-27 18:00", "11-30 09:00")] == [0, 1]


def test_a_mailbox_that_cannot_be_seen_is_in_no_figure() -> None:
    """Of the others the goal is told; where there are none, nothing."""
    both = replace(GOAL, mailboxes=frozenset({"support", "shop"}))
    waits = [waited("11-25 09:00"), waited("11-25 09:00", "11-25 09:10", mailbox="shop")]
    hidden = {"support": Unseen("no-source")}
    some, none = come_to(waits, WEDNESDAY, both, GOAL, unseen=hidden)

    assert (some.known, some.share, some.unseen) == (True, Share(1, 1), hidden)
    assert (none.known, none.share, none.customer) == (False, Share(0, 0), Figures(None, None, None))


def test_an_account_that_broke_leaves_the_time_before_as_it_was() -> None:
    """It was read until Sunday."""
    waits = [waited("11-20 09:00", "11-20 09:10"), waited("11-25 09:00")]
    broken = {"support": Unseen("source-broken", at("11-22 02:10"))}
    found = come_to(waits, WEDNESDAY, last=3, unseen=broken)

    assert [result.known for result in found] == [True, False, False]


def test_no_goal_reads_nothing() -> None:
    """The past of a company that wants to keep nothing is left alone."""
    asked: list[datetime] = []

    assert results(Goals((), HOURS), lambda first: asked.append(first) or [], at(WEDNESDAY)) == []
    assert asked == []


def test_no_more_of_the_past_is_read_than_can_have_fallen_due() -> None:
    """A week, and what was received within four working hours before it."""
    asked: list[datetime] = []
    results(Goals((GOAL,), HOURS), lambda first: asked.append(first) or [], at(WEDNESDAY))
    results(Goals((GOAL, CUSTOMER), HOURS), lambda first: asked.append(first) or [], at(WEDNESDAY))

    assert asked == [at("11-20 12:00"), at("11-20 12:00")]


def service_minutes(hours: ServiceHours, since: datetime, until: datetime) -> int:
    """Counted minute by minute, for whole minutes."""
    return sum(is_open(hours, since + minute * MINUTE) for minute in range(int((until - since) / MINUTE)))


def due_by_minutes(hours: ServiceHours, since: datetime, minutes: int) -> datetime:
    """The end of the minute in which so many open ones are over."""
    for passed in count():
        minutes -= is_open(hours, since + passed * MINUTE)
        if not minutes:
            return since + (passed + 1) * MINUTE
    raise AssertionError


_waits = st.lists(
    st.tuples(st.integers(0, 14 * 24 * 60), st.none() | st.integers(0, 5 * 24 * 60), st.booleans()), max_size=6
)


_NIGHT = ServiceHours("night", LONDON, dict.fromkeys(range(7), ((22 * 60, 30 * 60),)), frozenset({date(2026, 3, 28)}))
_AT = st.tuples(
    st.sampled_from([OFFICE, _NIGHT, always(LONDON)]), st.sampled_from([at("10-19 00:00"), at("03-23 00:00")])
)


@settings(deadline=None, max_examples=80)
@given(
    _AT, _waits, st.integers(1, 16 * 60), st.sampled_from(Length), st.integers(8 * 24 * 60, 14 * 24 * 60), st.booleans()
)
def test_figures_equal_a_count_by_minutes(
    where: tuple[ServiceHours, datetime],
    told: list[tuple[int, int | None, bool]],
    limit: int,
    length: Length,
    until: int,
    first_only: bool,
) -> None:
    """Two weeks around a change of the clocks, with a day off; every letter is looked at by itself."""
    hours, begin = where
    now = begin + until * MINUTE
    goal = replace(GOAL, within=limit * MINUTE, period=length, first_only=first_only)
    waits = []
    for since, took, again in told:
        end = End(begin + (since + took) * MINUTE, How.ANSWER, None) if took is not None else None
        waits.append(Waited("t", "support", "", Wait("kim", begin + since * MINUTE, ("m",), again, end=end)))

    kept, missed, risk, seconds = 0, 0, 0, []
    for one in waits:
        if one.wait.since > now or (first_only and one.wait.again):
            continue
        due = due_by_minutes(hours, one.wait.since, limit)
        if not _same(length, due, now):
            continue
        answered = one.wait.end.at if one.wait.end and one.wait.end.at <= now else None
        if answered is None and due > now:
            risk += 1
            continue
        kept += answered is not None and answered <= due
        missed += answered is None or answered > due
        seconds.append(60 * service_minutes(hours, one.wait.since, answered or now))
    goals = Goals((goal,), {"support": hours})
    (result,) = results(goals, lambda first: [w for w in waits if first <= w.wait.since <= now], now)

    assert (result.share.kept, result.used, len(result.at_risk)) == (kept, missed, risk)
    assert result.service.longest == max(seconds, default=None)


def _same(length: Length, one: datetime, other: datetime) -> bool:
    """Whether two instants are of one period, by what a calendar in London says."""
    first, second = (instant.astimezone(LONDON).date() for instant in (one, other))
    match length:
        case Length.DAY:
            return first == second
        case Length.WEEK:
            return first.isocalendar()[:2] == second.isocalendar()[:2]
        case Length.MONTH:
            return (first.year, first.month) == (second.year, second.month)
