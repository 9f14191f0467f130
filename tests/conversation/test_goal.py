"""Which waits a goal speaks of, and until when they have to be answered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from router.conversation.goal import Goal, Goals
from router.conversation.hours import ServiceHours, always

LONDON = ZoneInfo("Europe/London")
OFFICE = ServiceHours("office", LONDON, dict.fromkeys(range(5), ((9 * 60, 17 * 60),)))
NOBODY = ServiceHours("nobody", LONDON, {0: ((9 * 60, 17 * 60),)}, holidays=lambda _: True)
HOURS = {"support": OFFICE, "shop": always(LONDON), "closed": NOBODY}
FRIDAY = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)


def goal(name: str = "four hours", hours: int = 4, *, service: bool = True, **parts: Any) -> Goal:
    """Of support, for every letter, in working hours."""
    values: dict[str, Any] = {"mailboxes": frozenset({"support"}), "first_only": False, "share": 0.95} | parts
    return Goal(name, within=timedelta(hours=hours), service=service, **values)


@pytest.mark.parametrize(
    ("parts", "mailbox", "again", "vip", "counts", "why"),
    [
        ({}, "support", False, False, True, "a first letter"),
        ({}, "support", True, False, True, "every letter"),
        ({"first_only": True}, "support", True, False, False, "not the first"),
        ({"first_only": True}, "support", False, False, True, "the first"),
        ({}, "shop", False, False, False, "of another mailbox"),
        ({}, None, False, False, False, "of none that is known"),
        ({}, "support", False, True, True, "goals for all count VIPs too"),
        ({"vip": True}, "support", False, True, True, "a VIP"),
        ({"vip": True}, "support", False, False, False, "no VIP"),
        ({"vip": True, "first_only": True}, "support", True, True, False, "a VIP, and not the first"),
    ],
)
def test_a_goal_counts_what_it_speaks_of(
    parts: dict[str, Any], mailbox: str | None, again: bool, vip: bool, counts: bool, why: str
) -> None:
    """By mailbox, kind of letter, and person."""
    assert goal(**parts).counts(mailbox, again=again, vip=vip) is counts, why


VIP = goal("VIPs", 1, vip=True)
CUSTOMER = goal("a day", 24, service=False)


@pytest.mark.parametrize(
    ("goals", "mailbox", "since", "vip", "told", "why"),
    [
        # Friday 14:40: two hours and twenty minutes until closing, the rest from Monday 09:00.
        ([goal()], "support", FRIDAY, False, ("four hours", "2026-11-23T10:40", False), "over the week end"),
        ([goal()], "support", FRIDAY - timedelta(hours=5), False, ("four hours", "2026-11-20T13:40", True), "Fri 13:40"),
        ([goal(hours=8)], "support", MONDAY - timedelta(days=3), False, ("four hours", "2026-11-20T17:00", True), "closing"),
        ([goal(), CUSTOMER], "support", FRIDAY, False, ("a day", "2026-11-21T14:40", True), "what falls due first"),
        ([goal(), goal("same")], "support", FRIDAY, False, ("four hours", "2026-11-23T10:40", False), "the first written"),
        ([goal(), VIP], "support", FRIDAY, True, ("VIPs", "2026-11-20T15:40", True), "VIPs have their own"),
        ([goal(hours=1), goal("VIPs", 4, vip=True)], "support", FRIDAY, True, ("VIPs", "2026-11-23T10:40", False), "no other"),
        ([goal(), VIP], "support", FRIDAY, False, ("four hours", "2026-11-23T10:40", False), "and others have not"),
        ([goal(hours=2)], "support", FRIDAY, True, ("four hours", "2026-11-20T16:40", True), "a VIP without a goal of his own"),
        ([goal()], "shop", FRIDAY, False, None, "of no goal"),
        ([goal()], None, FRIDAY, False, None, "of no mailbox"),
        ([goal(mailboxes=frozenset({"closed"}))], "closed", FRIDAY, False, None, "nobody ever comes"),
        ([goal(mailboxes=frozenset({"shop"}))], "shop", FRIDAY, False, ("four hours", "2026-11-20T18:40", True), "all day"),
    ],
)  # fmt: skip
def test_who_waits_is_told_until_when(
    goals: list[Goal], mailbox: str | None, since: datetime, vip: bool, told: tuple[str, str, bool] | None, why: str
) -> None:
    """As of Monday 07:00."""
    found = Goals(tuple(goals), HOURS).due_of(mailbox, since, MONDAY, again=False, vip=vip)
    said = (found.goal, f"{found.at:%Y-%m-%dT%H:%M}", found.missed) if found else None

    assert said == told, why


def test_a_limit_is_missed_at_the_instant_at_which_it_falls_due() -> None:
    """Not before, and not a moment later."""
    goals, tick = Goals((CUSTOMER,), HOURS), timedelta(microseconds=1)
    due = FRIDAY + timedelta(hours=24)
    missed = [
        found.missed
        for now in (due - tick, due)
        if (found := goals.due_of("support", FRIDAY, now, again=False, vip=False))
    ]

    assert missed == [False, True]


def test_goals_of_some_mailboxes_are_those_that_speak_of_one() -> None:
    """A digest of one mailbox shows no goal of another."""
    shop, both = goal("shop", mailboxes=frozenset({"shop"})), goal("both", mailboxes=frozenset({"shop", "support"}))
    goals = Goals((goal(), shop, both), HOURS)

    assert [one.name for one in goals.of(["shop"]).goals] == ["shop", "both"]
    assert goals.of(["sales"]).goals == ()
