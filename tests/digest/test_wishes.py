"""What the owner of an inbox replies to a bundle, and to the end of a rule."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

import pytest

from router.conversation import wishing
from router.conversation.edition import bundles_of, months_of
from router.conversation.mornings import Mornings
from router.conversation.slots import Schedule
from router.conversation.wishing import Wished
from router.delivery.bounces import Bounces
from router.digest.answer import Answers
from router.digest.month import Term
from router.store import wishes
from router.store.raw import read_chunk
from router.store.replies import Due, State, reply_row
from router.store.settling import Desk, Settling
from router.store.tables import edition, outbox, reply
from router.wording import Wording
from tests.digest.evening import EVENING, LONDON, Bench
from tests.store.desk import opened
from tests.store.driver import KEY, letter, rule

MIKE = "mike@example.com"
EVENINGS = Mornings(Schedule(time(18), frozenset(range(7)), LONDON))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Mike's bundle takes one mail."""
    with opened(tmp_path) as database:
        yield Bench(database, mails=1)


def settling() -> Settling:
    """As the daemon settles replies."""
    answers = Answers(
        key=KEY,
        address="router@example.com",
        hostname="router.example.com",
        reply_to=Bounces(KEY, "router@example.com", None),
        wording=partial(Wording(None, LONDON).render, "digest/reply.txt.j2"),
        days=90,
    )
    desks = dict.fromkeys((bundles_of("mike"), months_of("mike")), Desk(frozenset({MIKE}), EVENINGS))
    return Settling(desks, answers, {MIKE: "mike"}.get)


def say(bench: Bench, words: str, number: int = 1) -> tuple[list[str], str]:
    """Mike replies to the last letter of ours: whose couriers are woken, and the mail back."""
    now = bench.clock.now()
    which = bench.database.read(lambda c: c.execute(edition.select().order_by(edition.c.made.desc())).first())
    assert which is not None
    due = Due(f"reply{number}", which.id, MIKE, words, now, None, "Re: Your mail")
    row = reply_row(due.message, which.id, MIKE, State.DUE, None, words, now)
    bench.database.write("reply", lambda c: c.execute(reply.insert().values(**row)))
    woken = bench.database.write("settle", lambda c: settling().carry_out(c, due, now))
    back = bench.database.read(
        lambda c: c.execute(outbox.select().where(outbox.c.message == f"{due.message}-re")).one()
    )
    body = bench.database.read(lambda c: read_chunk(c, back.sha256, 0))
    mail = message_from_bytes(back.block + (body or b""), policy=default)
    return woken, " ".join(str(mail.get_content()).split())


async def bundled(bench: Bench) -> None:
    """Three letters of a day: one is attached, two are named; the bundle has arrived."""
    bench.route(*[letter(number, f"Question {number}?", Subject=f"Order {number}") for number in (1, 2, 3)])
    bench.clock.at = EVENING
    await bench.tick()
    bench.deliver(bench.bundles()[0])
    await bench.tick()


async def test_send_brings_what_the_bundle_only_names(bench: Bench) -> None:
    """By its number; what was attached is there already, and what is no number is said."""
    await bundled(bench)
    woken, told = say(bench, "send 1 3 9")

    assert woken == ["mike", "mike"]
    assert [state for state, _ in bench.mike()].count("pending") == 1
    assert "On its way to you: 3." in told
    assert "In your inbox already: 1." in told
    assert "no such number in that letter: 9." in told


async def test_send_all_brings_everything_once(bench: Bench) -> None:
    """Said twice, nothing comes twice."""
    await bundled(bench)
    say(bench, "send all, please")
    before = bench.mike()
    _, told = say(bench, "send all", number=2)

    assert [state for state, _ in before] == ["delivered", "pending", "pending"]
    assert bench.mike() == before
    assert "On its way" not in told


@pytest.mark.parametrize("word", ["now", "wrote-again"])
async def test_a_rhythm_is_taken_by_a_word(bench: Bench, word: str) -> None:
    """It is on record, with who said it, and can be taken back."""
    await bundled(bench)
    _, told = say(bench, word.capitalize() + ".")
    (wish,) = bench.database.read(wishes.every)

    assert (wish.kind, wish.inbox, wish.value, wish.by) == (wishes.Kind.RHYTHM, "mike", word, MIKE)
    assert "On record as the word of mike@example.com" in told


async def test_keep_lets_a_rule_go_on_that_has_ended(bench: Bench) -> None:
    """The founders' month, once more."""
    bench.rules = (rule("month", copy_to=("mike",), last_day=date(2026, 11, 20)),)
    bench.terms = (Term("month", None, date(2026, 11, 20)),)
    bench.route(letter())
    bench.clock.at = EVENING + timedelta(hours=7)
    await bench.stage()._tell_months()
    _, told = say(bench, "keep")
    (wish,) = bench.database.read(wishes.every)

    assert (wish.kind, wish.inbox, wish.about, wish.value) == (wishes.Kind.KEEP, "mike", "month", "2026-11-20")
    assert "The rule goes on for you" in told


async def test_what_is_not_understood_changes_nothing_and_is_said(bench: Bench) -> None:
    """An order of another kind of letter too."""
    await bundled(bench)
    before = bench.mike()
    _, told = say(bench, "done 3\nsend me the red one\nkeep")

    assert bench.mike() == before
    assert bench.database.read(wishes.every) == ()
    assert 'Not understood: "done 3"' in told
    assert '"keep": it was so already, or that letter is not about it.' in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("send 3 7", Wished((3, 7))),
        ("Send #3, 7.", Wished((3, 7))),
        ("send 3-5", Wished((3, 4, 5))),
        ("please send mails 3 & 7", Wished((3, 7))),
        ("send 3, 5 and 7", Wished((3, 5, 7))),
        ("send 5-3", Wished((3, 4, 5))),
        ("send all", Wished(everything=True)),
        ("send 3 · evening", Wished((3,), words=("evening",))),
        ("Wrote again", Wished(words=("wrote-again",))),
        ("Please send me everything, thanks", Wished(everything=True)),
        ("schick mir bitte 3 und 7", Wished((3, 7))),
        ("envoyez 3 et 7 svp", Wished((3, 7))),
        ("Keep it, please.", Wished(words=("keep",))),
        ("keep\nand evening", Wished(words=("keep", "evening"))),
        ("Abends, bitte", Wished(words=("evening",))),
        ("Bonjour,\nle soir svp\nMerci", Wished(words=("evening",))),
        ("Hello,\nonce a day please", Wished(words=("evening",))),
        ("Good evening,\nthanks!", Wished()),  # a greeting is no rhythm
        ("", Wished()),
    ],
)
def test_what_a_reply_wishes(text: str, expected: Wished) -> None:
    """In whatever punctuation people write it."""
    assert wishing.read(text) == expected


@pytest.mark.parametrize(
    "text", ["send", "send three", "send 3 but not 7", "not now", "never", "wrote", "this evening"]
)
def test_what_is_no_wish_is_never_guessed(text: str) -> None:
    """A piece is understood whole or not at all."""
    found = wishing.read(text)

    assert found.nothing
    assert [one.text for one in found.unclear] == [text]


def test_a_number_of_millions_is_no_memory_hole() -> None:
    """Whatever stands in a reply, the work is capped."""
    assert len(wishing.read("send 1-999999\n" * 200).numbers) == wishing.MOST
