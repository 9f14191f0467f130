"""What is kept of people's words, who erases it, and when a finished week is counted anew."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from router.conversation import rising
from router.conversation.rising import Counted
from router.conversation.weeks import Week
from router.store import tables, wordweeks
from router.store.counting import WeekCounter
from router.store.database import Database
from router.store.person import known
from router.store.retention import Ages, Retention
from router.store.rising import Rising, rises_in, said_in
from router.store.texts import TEXT_CAP, texts_of, voices
from router.store.wordweeks import Scope
from tests.store.desk import NOON, StandingClock
from tests.store.driver import letter
from tests.store.privacy import KIM, SENT, Post, later

LONDON = ZoneInfo("Europe/London")
ALL = Scope(LONDON)
PRESENT = Week.of(NOON, LONDON)
NEXT = Week.of(NOON + timedelta(days=7), LONDON)
STRAP = "The strap snapped after two days."


@pytest.fixture
def post(database: Database) -> Post:
    """T1 and T2."""
    return Post(database)


def texts(database: Database) -> list[str]:
    """All that is kept."""
    return list(database.read(lambda c: c.execute(select(tables.new_text.c.text)).scalars().all()))


def found(database: Database, week: Week = PRESENT, scope: Scope = ALL, **parts: Any) -> Rising:
    """What rises."""
    return database.read(lambda c: rises_in(c, scope, week, **parts))


async def fill(post: Post, weeks: int, customers: int = 6, text: str = STRAP, first: int = 0) -> None:
    """Quiet weeks before the present one, in which so many customers write the text."""
    for back in range(1, weeks + 1):
        await post.post(letter(9000 + back, "My parcel is late."), **later(-7 * back - 3))  # a Tuesday
    for number in range(first, first + customers):
        await post.post(letter(number, text, From=f"kim{number}@customer.example"), **later(-1))


async def count_words(database: Database, at: datetime, *scopes: Scope) -> int:
    """What the daemon does every hour."""
    return await WeekCounter(database, StandingClock(at), lambda: scopes or (ALL,)).run()


async def test_the_new_text_of_both_sides_is_kept(post: Post, database: Database) -> None:
    """Question and answer stand side by side in a letter."""
    asked = await post.post(letter(1, "Where is it?\r\n\r\n> an old line"))
    told = await post.post(
        letter(2, "It left today.", From="anna@example.com", To=KIM, In_Reply_To="<1@customer.example>"), **SENT
    )
    both = database.read(lambda c: texts_of(c, [str(asked.message), str(told.message)]))

    assert both == {asked.message: "Where is it?", told.message: "It left today."}


@pytest.mark.parametrize(
    "machine",
    [
        {"Auto_Submitted": "auto-replied"},
        {"List_Unsubscribe": "<https://customer.example/u>", "Precedence": "bulk"},
        {"Subject": "Undelivered Mail Returned to Sender", "From": "MAILER-DAEMON@customer.example"},
    ],
)
async def test_nothing_of_a_machine_is_kept(post: Post, database: Database, machine: dict[str, str]) -> None:
    """It has no words of its own."""
    await post.post(letter(1, "The strap snapped.", **machine))

    assert texts(database) == []


async def test_a_long_text_is_cut(post: Post, database: Database) -> None:
    """Whole books are in the raw mail."""
    await post.post(letter(1, "word " * 3000))

    assert [len(text) for text in texts(database)] == [TEXT_CAP]


async def test_imported_history_is_kept_too(post: Post, database: Database) -> None:
    """The letter over the past works at once."""
    await post.post(letter(1, STRAP), source="import", history=True)

    assert texts(database) == [STRAP]


async def test_letters_of_our_own_staff_are_nobodys_words(post: Post, database: Database) -> None:
    """A colleague who writes to the mailbox is no customer."""
    await post.post(letter(1, STRAP, From="anna@example.com"), sender="anna@example.com")
    await post.post(letter(2, STRAP))

    given = database.read(lambda c: list(voices(c, PRESENT.begin(LONDON), PRESENT.end(LONDON))))
    assert [one.customer for one in given] == [KIM]


async def test_a_word_of_six_customers_rises(post: Post, database: Database) -> None:
    """With their own sentence."""
    await fill(post, weeks=8)
    result = found(database)

    assert [(row.word, row.customers, row.mean) for row in result.rises] == [("strap snapped", 6, 0.0)]
    assert {quote.text for quote in result.rises[0].quotes} == {STRAP}
    assert (result.letters, result.customers, result.weeks, result.too_early) == (6, 6, 8, False)


async def test_a_young_record_has_a_mean_of_the_weeks_there_are(post: Post, database: Database) -> None:
    """Not of one of which the greater part is missing."""
    await fill(post, weeks=2)
    assert (found(database).weeks, len(found(database).rises)) == (2, 1)
    await post.post(letter(1, "My parcel is late."), **later(-21))  # a Friday

    assert (found(database).weeks, len(found(database).rises)) == (2, 1)


async def test_with_one_week_before_it_is_too_early_to_say(post: Post, database: Database) -> None:
    """Everything is new then."""
    await fill(post, weeks=1)

    assert (found(database).too_early, found(database).rises) == (True, ())


async def test_only_what_had_come_by_then_counts(post: Post, database: Database) -> None:
    """A letter that is made once more is the same letter."""
    await fill(post, weeks=8)

    assert found(database, until=NOON - timedelta(days=2)).letters == 0


async def test_a_mailbox_has_its_own_words(post: Post, database: Database) -> None:
    """What rises in the shop does not in support."""
    await fill(post, weeks=8)
    shop = Scope.of(LONDON, ["shop"], ["shop", "support"])
    support = Scope.of(LONDON, ["support"], ["shop", "support"])

    assert (found(database, scope=shop).rises, len(found(database, scope=support).rises)) == ((), 1)
    assert Scope.of(LONDON, ["support", "shop"], ["shop", "support"]) == ALL


async def test_kept_counts_say_the_same_as_the_text(post: Post, database: Database) -> None:
    """And are asked for instead of it."""
    await fill(post, weeks=8)
    await fill(post, weeks=0, customers=3, text="My strap is gone.", first=100)
    expected = found(database, NEXT), found(database)
    assert await count_words(database, NOON + timedelta(days=7)) == 9

    assert (found(database, NEXT), found(database)) == expected
    assert await count_words(database, NOON + timedelta(days=7)) == 0


async def test_the_present_week_and_the_hour_after_it_are_not_counted(post: Post, database: Database) -> None:
    """Mail of the last minute may still be on its way."""
    await post.post(letter(1, STRAP))
    end = PRESENT.end(LONDON)

    assert await count_words(database, end + timedelta(minutes=59)) == 0
    assert await count_words(database, end + timedelta(minutes=61)) == 1


async def test_a_week_into_which_history_comes_is_counted_anew(post: Post, database: Database) -> None:
    """An import of the past changes it."""
    await post.post(letter(1, STRAP))
    await count_words(database, NOON + timedelta(days=7))
    await post.post(letter(2, STRAP, From="max@customer.example"), source="import", history=True)

    assert database.read(lambda c: wordweeks.known(c, ALL, PRESENT)) is None
    assert await count_words(database, NOON + timedelta(days=7)) == 1
    assert kept(database).words["strap"] == 2


async def test_a_week_in_which_a_letter_turns_out_to_be_ours_is_counted_anew(post: Post, database: Database) -> None:
    """Its words are no customer's."""
    ours = letter(2, STRAP, From="max@example.com", To=KIM, Cc="support@example.com")
    await post.post(letter(1, "My parcel is late."))
    await post.post(ours, sender="max@example.com")
    await count_words(database, NOON + timedelta(days=7))
    assert database.read(lambda c: wordweeks.known(c, ALL, PRESENT)) is not None
    await post.post(ours, **SENT | {"sender": "max@example.com"})

    assert database.read(lambda c: wordweeks.known(c, ALL, PRESENT)) is None


def kept(database: Database, week: Week = PRESENT) -> Counted:
    """What is kept of a week."""
    counted = database.read(lambda c: wordweeks.known(c, ALL, week))
    assert counted is not None
    return counted


async def test_forgetting_takes_a_persons_words_from_texts_counts_and_quotes(post: Post, database: Database) -> None:
    """A rare word may be a name."""
    await fill(post, weeks=8)
    await post.post(letter(50, "My canary-name loves the strap that snapped."), **later(-1))
    await count_words(database, NOON + timedelta(days=7))
    assert "canary-name" in kept(database).words
    await post.forget()

    assert not any("canary" in text for text in texts(database))
    assert database.read(lambda c: wordweeks.known(c, ALL, PRESENT)) is None
    assert not any("canary" in quote.text for row in found(database).rises for quote in row.quotes)
    await count_words(database, NOON + timedelta(days=7))
    assert "canary-name" not in kept(database).words


@pytest.mark.parametrize("age", ["raw", "text"])
async def test_the_text_goes_by_its_age_and_rare_words_with_it(post: Post, database: Database, age: str) -> None:
    """Numbers of several people stay, so that the weeks after have something to compare with."""
    await fill(post, weeks=2)
    await post.post(letter(50, "My canary-name loves the strap."), **later(-1))
    await count_words(database, NOON + timedelta(days=7))
    before = found(database, NEXT).weeks
    ages = Ages(**{age: timedelta(days=30)})
    await Retention(database, StandingClock(NOON + timedelta(days=60))).run(ages)

    assert texts(database) == []
    assert (kept(database).words["strap"], kept(database).words.get("canary-name")) == (7, None)
    assert (before, found(database, NEXT).weeks) == (3, 3)


async def test_counts_of_weeks_without_text_outlive_the_forgetting_of_a_person(post: Post, database: Database) -> None:
    """They name nobody, and cannot be made again."""
    await fill(post, weeks=2)
    await count_words(database, NOON + timedelta(days=7))
    await Retention(database, StandingClock(NOON + timedelta(days=60))).run(Ages(text=timedelta(days=30)))
    await post.forget("kim1@customer.example")

    assert kept(database).words["strap"] == 6


async def test_what_came_or_was_erased_meanwhile_is_not_kept(post: Post, database: Database) -> None:
    """Between reading a week and writing what it came to."""
    await post.post(letter(1, STRAP))
    counter = WeekCounter(database, StandingClock(NOON + timedelta(days=7)), lambda: (ALL,))
    counted, stand = database.read(partial(counter._read, scope=ALL, week=PRESENT))
    await post.forget()
    from router.store.counting import _keep

    assert counted.words["strap"] == 1
    assert not database.write("c", partial(_keep, scope=ALL, week=PRESENT, counted=counted, stand=stand))


async def test_what_another_configuration_counted_goes(post: Post, database: Database) -> None:
    """And weeks that nobody will ask for."""
    await post.post(letter(1, STRAP))
    await count_words(database, NOON + timedelta(days=7))
    other = Scope(LONDON, None, ("XS",))
    await count_words(database, NOON + timedelta(days=7), other)

    assert database.read(lambda c: wordweeks.known(c, ALL, PRESENT)) is None
    assert database.read(lambda c: wordweeks.known(c, other, PRESENT)) is not None
    await count_words(database, NOON + timedelta(days=1000), other)
    assert post.count(tables.word_week) == 0 or database.read(lambda c: wordweeks.known(c, other, PRESENT)) is None


async def test_export_shows_it(post: Post, database: Database) -> None:
    """It is the person's."""
    await post.post(letter(1, STRAP))

    assert [one["new_text"] for one in known(database, KIM) if one["type"] == "message"] == [STRAP]


async def test_sentences_of_the_week(post: Post, database: Database) -> None:
    """By the rule of `ownwords`, over the letters of the store."""
    sad = "I am terribly disappointed by the way you treat us."
    quoted = "I am so angry that I may never come back to you!"
    await post.post(letter(1, f"{sad}\r\n\r\n> {quoted}\r\n\r\n-- \r\nKim Moss, I love my signature very much indeed."))
    said = database.read(lambda c: said_in(c, ALL, PRESENT.begin(LONDON), PRESENT.end(LONDON)))

    assert [(one.text, one.customer, one.mailbox) for one in said] == [(sad, KIM, "support")]


def test_counts_are_kept_as_they_are() -> None:
    """Words of any script; none is read that was not asked for."""
    words = {"strap": 3, "strap snapped": 2, "充电器": 2, "armband verfärbt": 1}
    data = wordweeks._packed(words)

    assert wordweeks._unpacked(data) == words
    assert wordweeks._unpacked(data, ["strap", "nothing"]) == {"strap": 3}
    assert wordweeks._unpacked(wordweeks._packed({})) == {}
    assert rising.risen({"strap": 9}, [wordweeks._unpacked(data, ["strap"])] * 2) == {"strap": (9, 3.0)}
