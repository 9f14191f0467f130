"""A digest goes out once for each slot, whatever happens around it."""

import asyncio
import time as real
from dataclasses import replace
from datetime import time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from router.conversation.edition import Kind
from router.conversation.slots import Schedule
from router.digest.stage import LEASE, ROLE
from router.store import editions, roles
from router.store.database import Database
from router.store.errors import StoreBusy, StoreFull
from router.store.tables import raw
from router.wording import Wording
from tests.digest.desk import ANNA, DAY, LONDON, MIKE, TOM, Desk, MovedClock, london, plan, simple
from tests.store.desk import NOON

MORNING = london("2026-11-21T07:00")  # the first slot after noon
MOMENT = timedelta(seconds=3)


def fails(*given: Any) -> Any:
    """A composer with a fault."""
    raise RuntimeError("a hole in the composer")


def test_a_new_digest_sends_nothing_of_what_was_before(desk: Desk) -> None:
    """Whoever installs the router at noon wants no digest of this morning."""
    desk.begin()
    desk.tick(NOON + timedelta(hours=1))

    assert desk.slots() == []
    assert desk.copies() == []


def test_a_slot_is_served_when_it_is_due(desk: Desk) -> None:
    """Not before, and not twice."""
    desk.begin()
    desk.tick(MORNING - MOMENT)
    before = desk.slots()
    for number in range(3):
        desk.tick(MORNING + number * MOMENT)

    assert before == []
    assert desk.slots() == ["2026-11-21"]
    (row,), (copy,) = desk.editions(), desk.copies()
    assert (row["at"], row["missed"], row["recipients"]) == (MORNING, 0, [ANNA])
    assert (copy["message"], copy["inbox"], copy["state"]) == (row["id"], ANNA, "pending")
    assert desk.mail(copy).endswith(b"\r\n\r\nnightly 2026-11-21 missed 0 after nothing\r\n")


def test_each_recipient_gets_a_letter_of_his_own_and_the_text_is_stored_once(desk: Desk) -> None:
    """A recipient who is named twice gets one."""
    desk.stage = desk.made(plan(recipients=(ANNA, TOM)))
    desk.begin()
    desk.tick(MORNING)

    assert [copy["inbox"] for copy in desk.copies()] == [ANNA, TOM]
    assert [message_from_bytes(desk.mail(copy))["To"] for copy in desk.copies()] == [ANNA, TOM]
    assert desk.database.read(lambda c: c.execute(select(func.count()).select_from(raw)).scalar_one()) == 1


def test_after_downtime_the_newest_slot_is_sent_once_and_says_what_was_missed(desk: Desk) -> None:
    """Three digests at once would be read by nobody."""
    desk.begin()
    again = desk.made(plan())
    desk.tick(MORNING + 2 * DAY + timedelta(hours=3), again)
    desk.tick(MORNING + 2 * DAY + timedelta(hours=4), again)

    (row,) = desk.editions()
    assert (row["slot"], row["missed"]) == ("2026-11-23", 2)


def test_a_store_that_was_away_over_several_slots_is_downtime_too(desk: Desk) -> None:
    """We were there, and could not write."""
    desk.begin()
    desk.tick(MORNING + 3 * DAY)

    assert [(row["slot"], row["missed"]) for row in desk.editions()] == [("2026-11-24", 3)]


def test_a_clock_that_runs_fast_passes_over_no_slot(desk: Desk) -> None:
    """A tick that comes late by a moment of the machine's is no downtime."""
    desk.clock = MovedClock(NOON, rate=86_400)  # a day in a second
    desk.stage = desk.made(plan())
    desk.begin()
    desk.tick(MORNING + 2 * DAY + timedelta(hours=3))

    assert [(row["slot"], row["missed"]) for row in desk.editions()] == [
        ("2026-11-21", 0),
        ("2026-11-22", 0),
        ("2026-11-23", 0),
    ]


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (time(6), range(7)),  # an earlier hour, which has passed today
        (time(7), (5,)),  # other days
    ],
)
def test_a_changed_schedule_does_not_fire_for_the_past(desk: Desk, at: time, days: Any) -> None:
    """It was not due when it would have been."""
    friday_only = plan(schedule=Schedule(time(7), frozenset({4}), LONDON))
    desk.tick(NOON - 7 * DAY, desk.made(friday_only))
    saturday = london("2026-11-21T12:00")
    changed = desk.made(plan(schedule=Schedule(at, frozenset(days), LONDON)))
    desk.tick(saturday, changed)
    desk.tick(saturday + timedelta(minutes=5), changed)

    assert desk.slots() == []


def test_a_later_hour_on_the_same_day_is_no_second_digest(desk: Desk) -> None:
    """That date has had its own, and nobody composes another one again and again."""
    desk.begin()
    desk.tick(MORNING)
    composed = []

    def counts(*given: Any) -> Any:
        composed.append(given)
        return simple(*given)

    changed = desk.made(plan(schedule=Schedule(time(9), frozenset(range(7)), LONDON)), composers=[counts])
    for number in range(3):
        desk.tick(MORNING + timedelta(minutes=1 + 90 * number), changed)
    desk.tick(MORNING + DAY + timedelta(hours=2), changed)

    assert desk.slots() == ["2026-11-21", "2026-11-22"]
    assert len(composed) == 1


def test_a_schedule_that_comes_back_goes_on_from_then(desk: Desk) -> None:
    """The row that says so is there already."""
    other = desk.made(plan(schedule=Schedule(time(9), frozenset(range(7)), LONDON)))
    desk.begin()
    desk.tick(NOON + DAY, other)
    desk.tick(NOON + 3 * DAY, desk.made(plan()))

    assert desk.slots() == []
    assert desk.database.read(lambda c: editions.begun(c, "nightly")) == NOON + 3 * DAY


def test_two_routers_send_one_digest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes the row of the slot sends it, also where both have composed it: the role only saves work."""
    monkeypatch.setattr(roles, "take", lambda *given, **named: True)
    stages = [desk.made(plan()) for _ in range(3)]
    desk.begin()
    desk.clock.at = MORNING

    async def together() -> None:
        await asyncio.gather(*(stage.tick() for stage in stages))

    asyncio.run(together())

    assert desk.slots() == ["2026-11-21"]
    assert len(desk.copies()) == 1


def test_a_router_that_holds_the_role_and_dies_is_followed_by_another(database: Database) -> None:
    """Before its lease has ended nobody else composes; then somebody does."""
    desk = Desk(database)
    desk.begin()
    if database.path is None:
        database.write("role", lambda c: roles.take(c, ROLE, "another router", MORNING, LEASE))
        desk.tick(MORNING + MOMENT)
        assert desk.slots() == []
    desk.tick(MORNING + LEASE + MOMENT)

    assert [(row["slot"], row["missed"]) for row in desk.editions()] == [("2026-11-21", 0)]


def test_weekly_digests_are_slots_too(desk: Desk) -> None:
    """On Monday."""
    weekly = plan("weekly", kind=Kind.WEEKLY, schedule=Schedule(time(7), frozenset({0}), LONDON))
    desk.stage = desk.made(plan(), weekly)
    desk.begin()
    for number in range(8):
        desk.tick(MORNING + number * DAY)

    assert [row["slot"] for row in desk.editions(Kind.WEEKLY)] == ["2026-11-23"]
    assert len(desk.slots(Kind.NIGHTLY)) == 8


def test_a_clock_change_doubles_no_digest_and_loses_none(desk: Desk) -> None:
    """Half past one is shown twice on that Sunday, and is left out on another."""
    desk.stage = desk.made(plan(schedule=Schedule(time(1, 30), frozenset(range(7)), LONDON)))
    for start in ("2027-03-26T12:00", "2027-10-29T12:00"):
        desk.tick(london(start))
        for quarter in range(4 * 24 * 4):
            desk.tick(london(start) + quarter * timedelta(minutes=15))

    spring, autumn = desk.slots()[:4], desk.slots()[-4:]
    assert spring == ["2027-03-27", "2027-03-28", "2027-03-29", "2027-03-30"]
    assert autumn == ["2027-10-30", "2027-10-31", "2027-11-01", "2027-11-02"]


def test_a_clock_that_was_ahead_silences_no_digest(desk: Desk) -> None:
    """A machine that believed to be in 2036 for a minute must not keep quiet for ten years."""
    desk.begin()
    desk.tick(NOON + 3650 * DAY)
    desk.tick(MORNING)

    assert "2026-11-21" in desk.slots()


def test_a_composer_that_fails_keeps_no_digest_back(desk: Desk) -> None:
    """Its absence would mean something else; a plain letter says what is wrong, and an alarm names it."""
    desk.stage = desk.made(plan(), composers=[fails])
    desk.begin()
    desk.tick(MORNING)

    (copy,) = desk.copies()
    letter = message_from_bytes(desk.mail(copy), policy=policy.default)
    assert letter["Subject"] == "NOT RELIABLE: the digest nightly could not be composed · Sat 21 Nov 2026"
    assert "a hole in the composer" in letter.get_content()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert desk.alarms()["digest-fails:nightly"]["told"] == ["RuntimeError: a hole in the composer"]


def test_the_alarm_ends_with_the_next_digest_that_is_whole(desk: Desk) -> None:
    """Nobody has to clear it."""
    desk.stage = desk.made(plan(), composers=[fails])
    desk.begin()
    desk.tick(MORNING)
    desk.tick(MORNING + DAY, desk.made(plan()))

    assert desk.alarms() == {}


def test_the_next_composer_is_asked_where_one_fails(desk: Desk) -> None:
    """The shipped wording stands behind one's own; the alarm tells all the same."""
    desk.stage = desk.made(plan(), composers=[fails, simple])
    desk.begin()
    desk.tick(MORNING)

    assert b"nightly 2026-11-21" in desk.mail(desk.copies()[0])
    assert "digest-fails:nightly" in desk.alarms()


def test_a_composer_that_never_ends_keeps_no_digest_back(desk: Desk) -> None:
    """A loop in somebody's template."""

    def hangs(*given: Any) -> Any:
        real.sleep(1.5)
        return simple(*given)

    desk.stage = desk.made(plan(), composers=[hangs], deadline=0.2)
    desk.begin()
    desk.tick(MORNING)

    assert b"not composed within 0.2 seconds" in desk.mail(desk.copies()[0])
    real.sleep(1.5)  # the database is not to be closed under it


def test_a_broken_template_of_ones_own_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    """Even the letter that says so has its shipped wording."""
    (tmp_path / "mine" / "digest").mkdir(parents=True)
    (tmp_path / "mine" / "digest" / "plain.txt.j2").write_text("{{ nothing.of.that }}")
    desk.wording = Wording(tmp_path / "mine", LONDON)
    desk.stage = desk.made(plan(), composers=[fails])
    desk.begin()
    desk.tick(MORNING)

    assert b"on the router's machine lists them" in desk.mail(desk.copies()[0])


def test_without_any_template_three_lines_are_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that lost its files is still to be heard."""
    monkeypatch.setattr(desk.wording, "surely", fails)
    desk.stage = desk.made(plan(), composers=[fails])
    desk.begin()
    desk.tick(MORNING)

    assert b"The digest could not be composed" in desk.mail(desk.copies()[0])


def test_letters_for_others_than_the_recipients_are_no_digest(desk: Desk) -> None:
    """A composer decides what is said, not to whom."""

    def strays(connection: Any, made: Any, before: Any) -> Any:
        return simple(connection, replace(made, recipients=(MIKE,)), before)

    desk.stage = desk.made(plan(), composers=[strays])
    desk.begin()
    desk.tick(MORNING)

    assert [copy["inbox"] for copy in desk.copies()] == [ANNA]


@pytest.mark.parametrize("trouble", [StoreFull("no room"), StoreBusy("locked")])
def test_what_the_store_refuses_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """The disk was full at seven; at ten past it is not."""
    desk.begin()
    real_issue = editions.issue

    def refuse(*given: Any, **named: Any) -> Any:
        raise trouble

    monkeypatch.setattr(editions, "issue", refuse)
    desk.tick(MORNING)
    monkeypatch.setattr(editions, "issue", real_issue)
    refused = desk.slots()
    desk.tick(MORNING + timedelta(minutes=10))

    assert refused == []
    assert [(row["slot"], row["missed"]) for row in desk.editions()] == [("2026-11-21", 0)]


def test_one_digest_that_cannot_be_made_keeps_no_other_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stands for itself."""
    desk.stage = desk.made(plan("broken"), plan())
    desk.begin()
    real_issue = editions.issue

    def refuse(connection: Any, new: Any, writes: Any, hashes: Any) -> bool:
        if new.digest == "broken":
            raise ValueError("not this one")
        return real_issue(connection, new, writes, hashes)

    monkeypatch.setattr(editions, "issue", refuse)
    desk.tick(MORNING)

    assert [row["digest"] for row in desk.editions()] == ["nightly"]
    assert "digest-fails:broken" in desk.alarms()
