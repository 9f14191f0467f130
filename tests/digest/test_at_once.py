"""A customer who writes again after our answer is told of at once, and once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from router.conversation.edition import Kind
from router.store.blind import set_blind
from router.store.database import Database
from router.store.matters import again
from router.store.standings import restate
from router.store.tables import thread
from tests.digest.desk import ANNA, DAY, MIKE, TOM, Desk, plan
from tests.store.desk import NOON, seen
from tests.store.driver import letter
from tests.store.privacy import SENT, Post

SUPPORT = frozenset({"support"})
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OURS = {"From": "Support <support@example.com>", "To": "kim@customer.example"}


@dataclass
class Story:
    """What customers and we write to each other, and a stage that looks on; it begins at noon."""

    desk: Desk
    post: Post

    def asks(self, number: int, at: datetime, text: str = "It is still broken!", **parts: Any) -> str:
        """Kim writes; every further letter is in the conversation of the first. Returns the conversation."""
        fields = {"References": "<1@customer.example>", "Subject": "Re: Order"} if number > 1 else {}
        given = parts.pop("fields", fields)
        one = seen(letter(number, text, **given), received=at, **parts)
        self.post.now = at
        return str(self.post.route(one)[0].thread)

    def answers(self, number: int, at: datetime) -> None:
        """We do."""
        fields = OURS | {"In-Reply-To": "<1@customer.example>", "References": "<1@customer.example>"}
        mail = letter(number, "Please try again.", Subject="Re: Order", **fields)
        self.post.now = at
        self.post.route(seen(mail, received=at, **SENT))

    def complains(self, at: datetime = NOON + 3 * HOUR) -> str:
        """A letter, our answer, a letter again."""
        self.asks(1, at - 2 * HOUR)
        self.answers(2, at - HOUR)
        return self.asks(3, at)

    def told(self) -> list[str]:
        """The slots of what was told at once."""
        return self.desk.slots(Kind.AT_ONCE)


@pytest.fixture
def story(database: Database) -> Story:
    """Nothing was written yet; Mike is a founder."""
    desk = Desk(database)
    desk.stage = desk.made(plan(), founders=(MIKE,))
    desk.begin()
    return Story(desk, Post(database))


def test_a_letter_after_our_answer_is_told_to_lead_and_founders(story: Story) -> None:
    """That is what founders wanted to know and heard of too late."""
    name = story.complains()
    story.desk.tick(NOON + 3 * HOUR + MINUTE)
    story.desk.tick(NOON + 3 * HOUR + 2 * MINUTE)

    (row,) = story.desk.editions(Kind.AT_ONCE)
    assert row["slot"].split(" ")[:2] == ["again", name]
    assert row["recipients"] == [ANNA, MIKE]
    assert [(item["number"], item["thread"], item["section"]) for item in row["items"]] == [(1, name, "again")]
    letters = [copy["inbox"] for copy in story.desk.copies() if "@" in copy["inbox"]]
    assert sorted(letters) == [ANNA, MIKE]


def test_a_first_letter_and_a_reminder_wait_for_the_digest(story: Story) -> None:
    """Nothing of ours has failed them."""
    story.asks(1, NOON + HOUR)
    story.asks(3, NOON + 2 * HOUR)
    story.desk.tick(NOON + 3 * HOUR)

    assert story.told() == []


def test_thanks_are_no_complaint(story: Story) -> None:
    """Nothing else stands in it."""
    story.asks(1, NOON + HOUR)
    story.answers(2, NOON + 2 * HOUR)
    story.asks(3, NOON + 3 * HOUR, "Thank you very much!")
    story.desk.tick(NOON + 4 * HOUR)

    assert story.told() == []


def test_what_was_answered_meanwhile_is_over(story: Story) -> None:
    """The founder would call a customer who has his answer."""
    story.complains()
    story.answers(4, NOON + 4 * HOUR)
    story.desk.tick(NOON + 5 * HOUR)

    assert story.told() == []


def test_one_conversation_is_told_once_in_a_week(story: Story) -> None:
    """A quarrel is no reason for ten mails to the founders."""
    story.complains()
    story.desk.tick(NOON + 4 * HOUR)
    story.answers(4, NOON + DAY)
    story.asks(5, NOON + 2 * DAY)
    story.desk.tick(NOON + 2 * DAY + HOUR)
    once = story.told()
    story.answers(6, NOON + 8 * DAY)
    story.asks(7, NOON + 9 * DAY)
    story.desk.tick(NOON + 9 * DAY + HOUR)

    assert len(once) == 1
    assert len(story.told()) == 2


def test_nothing_is_told_of_what_was_before_the_digest_was_known(story: Story) -> None:
    """Whoever installs the router has a hundred old quarrels."""
    story.complains(NOON - HOUR)
    story.desk.tick(NOON + HOUR)

    assert story.told() == []


def test_nothing_is_told_of_imported_history(story: Story) -> None:
    """It may have been settled by telephone."""
    story.asks(1, NOON + HOUR, source="import", history=True)
    story.post.route(
        seen(
            letter(2, "Try.", Subject="Re: Order", **OURS | {"In-Reply-To": "<1@customer.example>"}),
            received=NOON + 2 * HOUR,
            **SENT | {"source": "import"},
            history=True,
        )
    )
    story.asks(3, NOON + 3 * HOUR, source="import", history=True)
    story.desk.tick(NOON + 4 * HOUR)
    waiting = story.desk.database.read(lambda c: again(c, SUPPORT, NOON, NOON + 4 * HOUR, ()))

    assert story.told() == []
    assert waiting == []


def test_nothing_is_told_of_a_mailbox_whose_answers_cannot_be_seen(story: Story) -> None:
    """It may have been answered long ago."""
    story.complains()
    story.desk.database.write("c", lambda c: set_blind(c, "support", "few-answers", {}, NOON))
    story.desk.tick(NOON + 4 * HOUR)

    assert story.told() == []


def test_a_digest_of_other_mailboxes_or_without_at_once_tells_nothing(story: Story) -> None:
    """Each lead hears of his own."""
    story.desk.stage = story.desk.made(
        plan("shop", mailboxes=frozenset({"shop"})), plan("quiet", at_once=False), founders=(MIKE,)
    )
    story.desk.tick(NOON)
    story.complains()
    story.desk.tick(NOON + 4 * HOUR)

    assert story.told() == []


def test_two_digests_of_a_mailbox_tell_one_matter_in_one_letter_to_each(story: Story) -> None:
    """Anna gets both of them; Tom only one."""
    story.desk.stage = story.desk.made(
        plan(), plan("weekly", kind=Kind.WEEKLY, recipients=(ANNA, TOM)), founders=(MIKE,)
    )
    story.desk.tick(NOON)
    story.complains()
    story.desk.tick(NOON + 4 * HOUR)

    assert [row["recipients"] for row in story.desk.editions(Kind.AT_ONCE)] == [[ANNA, TOM, MIKE]]


def test_a_matter_that_came_while_nobody_ran_is_told_afterwards(story: Story) -> None:
    """Late is better than in the digest of tomorrow."""
    story.complains()
    again = story.desk.made(plan(), founders=(MIKE,))
    story.desk.tick(NOON + 10 * HOUR, again)

    assert len(story.told()) == 1


def test_a_vip_past_the_goal_is_told(story: Story) -> None:
    """By the goals' own word; the wait has to be the one that they speak of."""
    name = story.asks(1, NOON + HOUR)
    elsewhere = letter(2, "Fine.", Subject="Invoice", **OURS | {"To": "lee@customer.example"})
    story.post.route(seen(elsewhere, **SENT))  # the mailbox's answers can be seen
    late: list[tuple[str, datetime]] = [(name, NOON + HOUR), ("another", NOON + HOUR)]

    def vip_late(connection: Any, now: datetime) -> Sequence[tuple[str, datetime]]:
        return late

    story.desk.stage = story.desk.made(plan(), founders=(MIKE,), vip_late=vip_late)
    story.desk.tick(NOON + 5 * HOUR)
    story.desk.tick(NOON + 6 * HOUR)

    assert [slot.split(" ")[:2] for slot in story.told()] == [["vip", name]]


def test_the_question_uses_the_index_of_who_waits(story: Story) -> None:
    """It is asked every few seconds, over a million conversations."""
    database = story.desk.database
    if database.path is None:
        return
    rows = [
        {
            "id": f"t{number}",
            "created": NOON,
            "state": "answered",
            "finished": False,
            "letters": 1,
            "again": 1,
            "vip": False,
        }
        for number in range(20_000)
    ]
    database.write("c", lambda c: c.execute(thread.insert(), rows))
    name = story.complains()
    database.write("c", lambda c: restate(c, [name]))
    plan_of = database.read(
        lambda c: c.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT thread.id FROM thread WHERE (since IS NOT NULL OR promise_due IS NOT NULL)"
            " AND thread.since IS NOT NULL AND thread.since > 5 AND thread.again > 0 ORDER BY thread.since"
        ).all()
    )

    assert any("ix_thread_listed" in str(row) for row in plan_of)
    assert [one.thread for one in database.read(lambda c: again(c, SUPPORT, NOON, NOON + 4 * HOUR, ()))] == [name]
