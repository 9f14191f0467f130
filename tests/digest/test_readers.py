"""What reads the outbox knows letters of a digest, which have no row in `message`."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from router.conversation.edition import Kind
from router.mail import mark
from router.routing.identify import Identity
from router.store import commands, health, views
from router.store.database import Database
from router.store.retention import Ages, Retention
from router.store.tables import alarm, edition, event, message, meta, outbox, raw, sighting
from tests.bench.bounces import postfix, vacation
from tests.digest.desk import ANNA, DAY, TOM, Desk, london, plan
from tests.store.desk import NOON, StandingClock, change, seen
from tests.store.driver import KEY, letter, places_of
from tests.store.privacy import KIM, Post

MORNING = london("2026-11-21T07:00")
AT_ROUTER = {"sender": "", "recipients": ("router@example.com",)}


@dataclass
class Went:
    """A digest that went out to Anna and Tom, after a letter of Kim's."""

    desk: Desk
    post: Post

    @property
    def database(self) -> Database:
        return self.desk.database

    @property
    def token(self) -> str:
        """The mark of its letters."""
        return mark.make(KEY, self.desk.editions()[0]["id"])

    def row(self, inbox: str) -> dict[str, Any]:
        """The letter to somebody."""
        return next(copy for copy in self.desk.copies() if copy["inbox"] == inbox)

    def back(self, mail: bytes, *recipients: str, sender: str = "") -> Identity:
        """Something comes in, and is routed."""
        one = seen(mail, sender=sender, recipients=recipients or (f"router+{self.token}@example.com",))
        return self.post.route(one)[0].found.identity

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table."""
        return self.database.read(lambda c: list(c.execute(select(table))))


def resolve(address: str) -> Any:
    """Our addresses, with their plus forms."""
    local, _, host = address.partition("@")
    return places_of().resolve(f"{local.partition('+')[0]}@{host}")


@pytest.fixture
def went(database: Database) -> Went:
    """It arrived."""
    desk = Desk(database)
    desk.stage = desk.made(plan(recipients=(ANNA, TOM)))
    post = Post(database, places=replace(places_of(), resolve=resolve))
    post.route(seen(letter(1)))
    for copy in desk.copies():
        change(database, copy["id"], state="delivered", due=None, ended=NOON)
    desk.begin()
    desk.tick(MORNING)
    for copy in desk.copies():
        if "@" in copy["inbox"]:
            change(database, copy["id"], state="delivered", attempts=1, due=None, ended=MORNING)
    row = {"name": "signing-key", "value": KEY}
    database.write("key", lambda c: c.execute(insert(meta).values(row)))
    return Went(desk, post)


def test_a_bounce_fails_the_letter_and_names_the_person(went: Went) -> None:
    """Whoever runs it must hear that Anna has no digest; Tom has one."""
    bounce = postfix(ANNA, went.desk.mail(went.row(ANNA)))

    assert went.back(bounce) is Identity.RETURNED
    assert (went.row(ANNA)["state"], went.row(TOM)["state"]) == ("failed", "delivered")
    assert [one["kind"] for one in went.row(ANNA)["came_back"]] == ["bounce"]
    (raised,) = went.rows(alarm)
    assert (raised.key, raised.detail["digest"]) == (f"copy-bounced:{ANNA}", "nightly")


def test_a_refusal_of_the_mail_is_not_answered_by_an_attachment(went: Went) -> None:
    """A letter of ours would say the same in it."""
    went.back(postfix(ANNA, went.desk.mail(went.row(ANNA)), status="5.7.1", said="550 5.7.1 blocked"))

    assert went.row(ANNA)["state"] == "failed"


def test_an_out_of_office_is_noted_and_is_nobodys_question(went: Went) -> None:
    """Anna is on holiday."""
    found = went.back(vacation(ANNA), sender=ANNA)

    assert found is Identity.RETURNED
    assert [one["kind"] for one in went.row(ANNA)["came_back"]] == ["auto-reply"]
    assert went.row(ANNA)["state"] == "delivered"
    assert went.rows(alarm) == []
    assert {row.thread for row in went.rows(event)} == {went.rows(message)[0].thread}


@pytest.mark.parametrize("stripped", [False, True])
def test_a_digest_that_comes_back_is_ours_and_is_copied_to_nobody(went: Went, stripped: bool) -> None:
    """Somebody redirects it to the mailbox; on its way it may lose our line, and keeps its Message-ID."""
    token = went.token
    field = f"Message-ID: <{mark.message_id(token, 'digest', 'router.example.com')}>\r\n".encode()
    mail = went.desk.mail(went.row(ANNA))
    mail = field + (mail.partition(b"\r\n")[2] if stripped else mail)
    before = len(went.rows(outbox))

    assert went.back(mail, "support@example.com", sender=ANNA) is Identity.OWN
    assert len(went.rows(outbox)) == before
    assert went.rows(alarm) == []


def test_trace_tells_the_way_of_a_digest(went: Went) -> None:
    """By its name, its id, and its Message-ID."""
    (made,) = went.desk.editions()
    names = ["nightly", made["id"], f"<{mark.message_id(went.token, 'digest', 'router.example.com')}>"]
    for name in names:
        found = went.database.read(lambda c, name=name: list(views.trace_editions(c, views.find_editions(c, name, 10))))
        assert [(one["message"], one["digest"]["slot"]) for one in found] == [(made["id"], "2026-11-21")]
        assert [copy["inbox"] for copy in found[0]["copies"]] == [ANNA, TOM]


def test_a_person_may_hold_release_and_retry_its_letters(went: Went) -> None:
    """By the id that the queue shows."""
    (made,) = went.desk.editions()
    change(went.database, went.row(ANNA)["id"], state="failed")

    assert went.database.write("c", lambda c: commands.hold(c, [made["id"]])) == [went.row(ANNA)["id"]]
    assert went.database.write("c", lambda c: commands.release(c, [made["id"]], NOON)) == [went.row(ANNA)["id"]]
    assert went.row(ANNA)["state"] == "unknown"
    change(went.database, went.row(ANNA)["id"], state="failed")
    assert went.database.write("c", lambda c: commands.retry(c, [made["id"]], NOON)) == [went.row(ANNA)["id"]]
    assert [row["inbox"] for row in went.database.read(lambda c: list(views.queue(c, ["pending"])))] == [ANNA]


def test_after_a_restore_letters_by_mail_wait_for_a_person(went: Went) -> None:
    """They may have gone since the backup; what is in nobody's hand does not go by itself."""
    change(went.database, went.row(ANNA)["id"], state="pending", due=NOON)
    went.database.write("c", lambda c: commands.restored(c, NOON, [ANNA, TOM]))

    assert (went.row(ANNA)["state"], went.row(TOM)["state"]) == ("held", "delivered")


def test_the_text_of_a_digest_goes_by_its_age(went: Went) -> None:
    """It names customers."""
    clock = StandingClock(MORNING + 30 * DAY)
    asyncio.run(Retention(went.database, clock).run(Ages(raw=timedelta(days=20))))

    assert went.rows(raw) == []
    assert len(went.desk.editions()) == 1


def test_the_text_of_a_digest_stays_while_a_letter_is_open(went: Went) -> None:
    """Or it could never go."""
    change(went.database, went.row(ANNA)["id"], state="deferred", due=NOON)
    clock = StandingClock(MORNING + 30 * DAY)
    asyncio.run(Retention(went.database, clock).run(Ages(raw=timedelta(days=20), metadata=timedelta(days=25))))

    assert [row.sha256 for row in went.rows(raw)] == [went.row(ANNA)["sha256"]]
    assert len(went.desk.editions()) == 1


def test_all_that_is_known_of_a_digest_goes_by_its_age(went: Went) -> None:
    """But that it is known, and the last one: else it would begin anew, or a slot would be served twice."""
    for day in (1, 2):
        went.desk.tick(MORNING + day * DAY)
        for inbox in (ANNA, TOM):
            change(went.database, went.desk.copies()[-1 if inbox == TOM else -2]["id"], state="delivered", due=None)
    went.back(went.desk.mail(went.row(ANNA)), "support@example.com")
    clock = StandingClock(MORNING + 30 * DAY)
    asyncio.run(Retention(went.database, clock).run(Ages(metadata=timedelta(days=20))))

    assert {row.slot for row in went.rows(edition) if row.kind != Kind.BEGUN} == {"2026-11-23"}
    assert len([row for row in went.rows(edition) if row.kind == Kind.BEGUN]) == 1
    assert len([row for row in went.desk.copies() if "@" in row["inbox"]]) == 2
    assert went.rows(sighting) == []


async def test_forgetting_a_person_takes_the_digests_along_that_may_name_him(went: Went) -> None:
    """That a digest went out, and when, stays."""
    done = await went.post.forget(KIM)

    assert went.rows(raw) == []
    assert done["counts"]["digests"] == 1
    assert (len(went.desk.editions()), went.row(ANNA)["state"]) == (1, "delivered")


async def test_a_digest_that_has_not_gone_is_made_anew_without_the_person(database: Database) -> None:
    """Nobody misses a digest because somebody was forgotten."""
    desk = Desk(database)
    post = Post(database)
    await post.post(letter(1))
    await desk.stage.tick()
    desk.clock.at = MORNING
    await desk.stage.tick()
    (first,) = desk.editions()
    await post.forget(KIM)
    taken = desk.editions()
    desk.clock.at = MORNING + timedelta(minutes=1)
    await desk.stage.tick()

    assert taken == []
    assert [row["slot"] for row in desk.editions()] == ["2026-11-21"]
    assert desk.editions()[0]["id"] != first["id"]


def test_status_tells_the_next_slot_and_the_last_outcome(went: Went) -> None:
    """And that nothing is wrong."""
    due = [("nightly", plan().schedule)]
    told, wrong = went.database.read(lambda c: health.digests(c, due, MORNING + timedelta(hours=2)))

    assert wrong == []
    assert told == [
        {
            "name": "nightly",
            "next": MORNING + DAY,
            "last": MORNING,
            "slot": "2026-11-21",
            "missed": 0,
            "letters": {"delivered": 2},
        }
    ]


def test_status_is_wrong_where_a_slot_passed_without_its_digest(went: Went) -> None:
    """After an hour, not at once."""
    due = [("nightly", plan().schedule)]

    def wrong(hours: float) -> list[str]:
        at = MORNING + DAY + timedelta(hours=hours)
        return went.database.read(lambda c: health.digests(c, due, at))[1]

    assert (wrong(0.5), wrong(1.5)) == ([], ["digest-missing"])


@pytest.mark.parametrize("state", ["held", "failed", "skipped"])
def test_status_is_wrong_where_a_digest_got_stuck(went: Went, state: str) -> None:
    """Somebody waits for it."""
    change(went.database, went.row(ANNA)["id"], state=state)
    due = [("nightly", plan().schedule)]

    assert went.database.read(lambda c: health.digests(c, due, MORNING + timedelta(hours=2)))[1] == [
        "digest-undelivered"
    ]
