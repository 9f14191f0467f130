"""The end of a rule is told to those it copied to, once; and what they may want then."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from router.conversation.rhythm import Rhythm
from router.digest.month import Risen, Term
from router.routing.kept import going_on
from router.routing.rules import Rule
from router.store import wishes
from router.store.wishes import Kind, Wish
from tests.digest.evening import LONDON, Bench
from tests.digest.test_rhythm import raw_of
from tests.store.desk import opened
from tests.store.driver import letter

MONTH = Rule("the month", "20.toml", copy_to=("mike",), first_day=date(2026, 11, 1), last_day=date(2026, 11, 30))
TERM = Term(MONTH.name, MONTH.first_day, date(2026, 11, 30))
FIRST = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Mike, who has mail at once, by a rule for one month."""
    with opened(tmp_path) as database:
        yield Bench(database, rhythm=Rhythm(zone=LONDON), rules=(MONTH,), terms=(TERM,))


async def tell(bench: Bench) -> list[EmailMessage]:
    """What a router says that has just started; all letters of ours to mike."""
    stage = bench.stage()
    assert stage.months is not None
    await stage.months.tick(None)
    return [message_from_bytes(raw_of(bench, row), policy=default) for row in bench.bundles()]


async def test_the_end_of_a_rule_is_told_once_when_its_last_day_is_over(bench: Bench) -> None:
    """Also by a router that starts anew."""
    bench.route(letter(1), letter(2, From="Pat <pat@customer.example>"))
    bench.clock.at = FIRST - timedelta(minutes=2)
    early = await tell(bench)
    bench.clock.at = FIRST
    told = await tell(bench)
    again = await tell(bench)

    assert early == []
    assert [mail["subject"] for mail in told] == ["Your month: 2 letters, 1 Nov to 30 Nov"]
    assert 'of 2 customers came to you by the rule "the month"' in " ".join(
        told[0].get_body(("plain",)).get_content().split()
    )
    assert len(again) == 1


async def test_it_names_whom_the_founder_answered_himself(bench: Bench) -> None:
    """Nobody's answers but his own."""
    bench.route(letter(1))
    bench.clock.later(hours=1)
    for number, who in ((2, "mike"), (3, "anna")):
        reply = letter(
            number,
            "Soon.",
            From=f"{who}@example.com",
            To="kim@customer.example",
            In_Reply_To="<1@customer.example>",
            Message_ID=f"<{number}@example.com>",
        )
        bench.route(reply, to="support-sent@router.example.com", sender=f"{who}@example.com")
    bench.clock.at = FIRST
    (told,) = await tell(bench)
    text = told.get_body(("plain",)).get_content()

    assert "You answered 1 customer yourself" in text
    assert "kim@customer.example" in text
    assert "(2 letters)" not in text


async def test_a_word_that_rose_without_a_sentence_to_quote_has_no_empty_quotation_marks(bench: Bench) -> None:
    """Every sentence with it had an address in it, or was too long."""
    bench.route(letter(1))
    bench.clock.at = FIRST
    stage = bench.stage()
    assert stage.months is not None
    stage.months.rose = lambda *asked: [Risen("clasp", 6, ""), Risen("strap", 5, "The strap snapped.")]
    await stage.months.tick(None)
    ((text, html),) = (
        [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
        for mail in [message_from_bytes(raw_of(bench, row), policy=default) for row in bench.bundles()]
    )

    assert "“”" not in text + html
    assert [line.strip() for line in text.splitlines() if "clasp" in line] == ["clasp, 6 customers"]
    assert "strap, 5 customers: “The strap snapped.”" in text


async def test_whom_a_rule_copied_nothing_to_hears_nothing_of_it(bench: Bench) -> None:
    """Helen never had a part in it."""
    bench.route(letter(1))
    bench.clock.at = FIRST
    await tell(bench)

    assert bench.rows("helen") == []


async def test_an_end_of_long_ago_is_not_told(bench: Bench) -> None:
    """Whoever installs the router in spring has no November."""
    bench.route(letter(1))
    bench.clock.at = FIRST + timedelta(days=40)

    assert await tell(bench) == []


async def test_an_end_that_fell_into_days_without_a_router_is_told_when_it_is_back(bench: Bench) -> None:
    """Once, as ever."""
    bench.route(letter(1))
    bench.clock.at = FIRST + timedelta(days=9)

    assert len(await tell(bench)) == 1
    assert len(await tell(bench)) == 1


@pytest.mark.parametrize(
    ("word", "wish"),
    [
        ("keep", (Kind.KEEP, "the month", "2026-11-30")),
        ("evening", (Kind.RHYTHM, "", "evening")),
        ("wrote-again", (Kind.RHYTHM, "", "wrote-again")),
        ("now", (Kind.RHYTHM, "", "now")),
    ],
)
async def test_a_reply_is_a_wish(bench: Bench, word: str, wish: tuple[Kind, str, str]) -> None:
    """Of the owner of the inbox that the letter went to."""
    bench.route(letter(1))
    bench.clock.at = FIRST
    await tell(bench)
    (row,) = bench.bundles()

    def reply(connection):
        return wishes.by_reply(connection, row["message"], word, "mike@example.com", FIRST)

    assert bench.database.write("t", reply) == ["mike"]
    assert bench.database.read(wishes.every) == (
        Wish(wish[0], "mike", wish[2], FIRST, "mike@example.com", about=wish[1]),
    )


async def test_other_words_are_no_wish(bench: Bench) -> None:
    """Nor is a reply to a letter that nobody knows."""
    bench.route(letter(1))
    bench.clock.at = FIRST
    await tell(bench)
    (row,) = bench.bundles()
    asked = [(row["message"], "weekly"), ("unknown", "keep")]

    assert [
        bench.database.write("t", lambda c, a=a: wishes.by_reply(c, *a, "m@example.com", FIRST)) for a in asked
    ] == [
        [],
        [],
    ]


def test_a_rule_goes_on_for_whom_it_copied_to_and_wished_it() -> None:
    """From the day after its last one, and without what it withheld."""
    rule = Rule(
        "m", "1.toml", copy_to=("*",), withhold_from=("ann",), first_day=date(2026, 11, 1), last_day=date(2026, 11, 30)
    )
    kept = {("m", "2026-11-30"): frozenset({"mike", "gone"})}
    first, second = going_on((rule,), kept, ("mike", "helen"))

    assert first == rule
    assert (second.copy_to, second.withhold_from) == (("mike",), ())
    assert (second.first_day, second.last_day) == (date(2026, 12, 1), None)


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ({}, "nobody wished it"),
        ({("m", "2026-10-31"): frozenset({"mike"})}, "the rule has another last day since"),
        ({("n", "2026-11-30"): frozenset({"mike"})}, "it is about another rule"),
        ({("m", "2026-11-30"): frozenset({"helen"})}, "the rule did not copy to her"),
    ],
)
def test_a_rule_that_nobody_keeps_ends(kept: dict[tuple[str, str], frozenset[str]], why: str) -> None:
    """Nothing goes on by mistake."""
    rule = Rule("m", "1.toml", copy_to=("mike",), last_day=date(2026, 11, 30))

    assert going_on((rule,), kept, ("mike", "helen")) == (rule,), why


def test_a_wish_takes_the_place_of_an_earlier_one_and_can_be_taken_back(bench: Bench) -> None:
    """One stands at a time."""

    def say(value: str) -> list[str]:
        said = Wish(Kind.RHYTHM, "mike", value, FIRST, "mike@example.com")
        return bench.database.write("t", lambda c: wishes.order(c, said))

    say("evening")
    say("wrote-again")
    beats = wishes.beats(bench.database.read(wishes.every))

    assert beats == {"mike": "wrote-again"}
    assert (say(""), say("")) == (["mike"], [])
    assert bench.database.read(wishes.every) == ()
