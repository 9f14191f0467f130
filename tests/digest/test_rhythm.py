"""The stage of rhythms: what waits, what goes, what a bundle has, and how its copies end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from router.conversation.edition import Edition, Kind
from router.conversation.rhythm import Beat, Rhythm
from router.store import bundles, commands
from router.store.bundles import Frozen, Overtaken
from router.store.content import InMemory
from router.store.raw import read_contents
from tests.bench.bundles import attached
from tests.digest.evening import EVENING, LONDON, Bench, days
from tests.store.desk import change, octets, opened
from tests.store.driver import EVERYTHING, letter, rule

SENT = "support-sent@router.example.com"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """At noon of a Friday."""
    with opened(tmp_path) as database:
        yield Bench(database)


def raw_of(bench: Bench, bundle: dict) -> bytes:
    """A bundle as it goes out."""
    fetch = bench.database.fetch_chunk
    sha = bundle["sha256"]
    size = bench.database.read(
        lambda c: c.exec_driver_sql("SELECT size FROM raw WHERE sha256 = ?", (sha,)).scalar_one()
    )
    found = bench.database.read(lambda c: read_contents(c, {sha: size}, fetch))
    return bundle["block"] + octets(found[sha])


def answer(number: int, to: int) -> bytes:
    """What anna writes back."""
    return letter(
        number,
        "It is on its way.",
        From="Anna <anna@example.com>",
        To="kim@customer.example",
        In_Reply_To=f"<{to}@customer.example>",
        Message_ID=f"<{number}@example.com>",
        Subject="Re: Order",
    )


async def test_copies_wait_for_the_evening_and_only_where_it_is_wanted(bench: Bench) -> None:
    """Helen has hers at once."""
    bench.route(letter())
    await bench.tick()

    assert bench.mike() == [("held", "rhythm")]
    assert [row["state"] for row in bench.rows("helen")] == ["pending"]


async def test_a_bundle_has_the_mails_of_the_day_and_says_whose_they_are(bench: Bench) -> None:
    """They end only when it has arrived."""
    sent = [letter(1), letter(2, "Ünd jetzt?", Subject="Strap")]
    bench.route(*sent)
    bench.clock.at = EVENING
    await bench.tick()
    (bundle,) = bench.bundles()
    raw = raw_of(bench, bundle)
    parsed = message_from_bytes(raw, policy=default)
    text = parsed.get_body(("plain",)).get_content()
    before = bench.mike()
    bench.deliver(bundle)
    await bench.tick()

    assert attached(raw) == sent
    assert parsed["to"] == "mike@example.com"
    assert parsed["auto-submitted"] == "auto-generated"
    assert parsed["reply-to"].startswith("router+re-")
    assert "2 mails of 1 customer, all attached" in text
    assert "Strap" in text
    assert before == [("held", "bundled")] * 2
    assert bench.mike() == [("delivered", None)] * 2
    assert [row["receipt"]["number"] for row in bench.rows() if row["receipt"]] == [1, 2]


async def test_a_bundle_is_made_once_for_its_evening(bench: Bench) -> None:
    """Whoever looks again, or starts anew, finds that it was."""
    bench.route(letter(1))
    bench.clock.at = EVENING
    await bench.tick()
    bench.route(letter(2))
    await bench.tick()
    await bench.tick()

    assert len(bench.bundles()) == 1
    assert bench.mike() == [("held", "bundled"), ("held", "rhythm")]


async def test_without_mail_there_is_no_bundle(bench: Bench) -> None:
    """An empty one would teach nobody to read the next."""
    bench.clock.at = EVENING
    await bench.tick()

    assert bench.rows() == []


async def test_what_is_over_the_limits_is_named_and_held(bench: Bench) -> None:
    """A mail that is too large makes way for the smaller ones behind it."""
    bench.mails, bench.octets = 2, 3_000
    bench.route(letter(1, "x\r\n" * 1_500), letter(2), letter(3), letter(4))
    bench.clock.at = EVENING
    await bench.tick()
    (bundle,) = bench.bundles()
    text = message_from_bytes(raw_of(bench, bundle), policy=default).get_body(("plain",)).get_content()

    assert bench.mike() == [("held", "listed"), ("held", "bundled"), ("held", "bundled"), ("held", "listed")]
    assert "NAMED, AND KEPT FOR YOU (2)" in text
    assert f"router release {bundle['message']}/3" in text.replace("\n", " ")


async def test_who_asks_comes_before_machines_and_before_our_own_answers(bench: Bench) -> None:
    """Where not all fit, it is the letters of people that are attached."""
    bench.mails = 1
    newsletter = letter(1, "Buy!", Precedence="bulk", List_Unsubscribe="<mailto:off@shop.example>")
    bench.route(newsletter, letter(2))
    bench.clock.at = EVENING
    await bench.tick()

    assert bench.mike() == [("held", "listed"), ("held", "bundled")]


async def test_a_mail_that_no_program_should_open_goes_as_a_file(bench: Bench) -> None:
    """Bare line ends, NULs, receipt requests and invitations: in base64, and still byte for byte."""
    odd = [
        letter(1).replace(b"\r\n", b"\n"),
        letter(2, "a\0b"),
        letter(3, Disposition_Notification_To="kim@customer.example"),
        letter(4, "x" * 1_200),
    ]
    bench.route(*odd)
    bench.clock.at = EVENING
    await bench.tick()
    raw = raw_of(bench, bench.bundles()[0])

    assert attached(raw) == odd
    assert raw.count(b"Content-Type: application/octet-stream") == 4


async def test_a_large_mail_arrives_whole(bench: Bench) -> None:
    """Longer than the pieces in which it is stored, and than what is read of a mail."""
    large = letter(1, "".join(f"{number:078}\r\n" for number in range(20_000)))
    bench.route(letter(2), large, letter(3))
    bench.clock.at = EVENING
    await bench.tick()
    raw = raw_of(bench, bench.bundles()[0])

    assert len(large) > 3 * 512 * 1024
    assert sorted(attached(raw)) == sorted([letter(2), large, letter(3)])


async def test_a_second_letter_goes_at_once_where_that_is_the_rhythm(bench: Bench) -> None:
    """The first waits, and so does our own answer."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, zone=LONDON)
    bench.route(letter(1))
    bench.clock.later(hours=1)
    bench.route(answer(2, to=1), to=SENT, sender="anna@example.com")
    bench.clock.later(hours=1)
    bench.route(letter(3, "It is broken again.", In_Reply_To="<2@example.com>", Subject="Re: Order"))
    await bench.tick()

    assert bench.mike() == [("held", "rhythm"), ("pending", None)]
    assert bench.looked == ["mike"]


async def test_a_vip_goes_at_once_where_that_is_the_rhythm(bench: Bench) -> None:
    """And others do not."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, zone=LONDON)
    bench.rules = (EVERYTHING, rule("vip", when={"from_": ("*@big.example",)}, vip=True))
    bench.route(letter(1), letter(2, From="Boss <boss@big.example>", Subject="Other"))
    await bench.tick()

    assert bench.mike() == [("held", "rhythm"), ("pending", None)]


async def test_thanks_are_no_second_letter(bench: Bench) -> None:
    """Nobody is disturbed for them."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, zone=LONDON)
    bench.route(letter(1))
    bench.clock.later(hours=1)
    bench.route(answer(2, to=1), to=SENT, sender="anna@example.com")
    bench.clock.later(hours=1)
    bench.route(letter(3, "Thank you very much!", In_Reply_To="<2@example.com>", Subject="Re: Order"))
    await bench.tick()

    assert bench.mike() == [("held", "rhythm"), ("held", "rhythm")]


async def test_a_promise_that_breaks_lets_its_letters_go(bench: Bench) -> None:
    """When it falls due, not before."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, zone=LONDON)
    bench.route(letter(1))
    bench.clock.later(hours=1)
    promise = answer(2, to=1).replace(b"It is on its way.", b"We will get back to you within one hour.")
    bench.route(promise, to=SENT, sender="anna@example.com")
    await bench.tick()
    before = bench.mike()
    due = bench.database.read(lambda c: c.exec_driver_sql("SELECT promise_due FROM thread").scalar_one())
    bench.clock.later(hours=4)
    await bench.tick()

    assert due is not None
    assert before == [("held", "rhythm")]
    assert bench.mike() == [("pending", None)]


async def test_in_an_absence_nothing_goes_at_once(bench: Bench) -> None:
    """Not even a VIP's letter: it is in the bundle on the first day back."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, away=(days("2026-11-20", "2026-11-22"),), zone=LONDON)
    bench.rules = (EVERYTHING, rule("vip", vip=True))
    bench.route(letter(1))
    await bench.tick()
    bench.clock.later(hours=10)
    await bench.tick()

    assert bench.mike() == [("held", "rhythm")]
    assert bench.bundles() == []


async def test_what_an_absence_held_is_in_the_one_bundle_after_it_though_it_may_not_wait_on_other_days(
    bench: Bench,
) -> None:
    """Who comes back finds one mail, and not one beside it for each VIP; from then on they come at once again."""
    bench.rhythm = Rhythm(Beat.WROTE_AGAIN, away=(days("2026-11-20", "2026-11-22"),), zone=LONDON)
    bench.rules = (EVERYTHING, rule("vip", when={"from_": ("*@big.example",)}, vip=True))
    bench.route(letter(1), letter(2, From="Boss <boss@big.example>", Subject="Other"))
    bench.clock.at = datetime(2026, 11, 23, 0, 1, tzinfo=UTC)
    await bench.tick()
    held = bench.mike()
    bench.route(letter(3, From="Boss <boss@big.example>", Subject="Third"))
    await bench.tick()

    assert held == [("held", "bundled"), ("held", "bundled")]
    assert len(bench.bundles()) == 1
    assert bench.mike() == [*held, ("pending", None)]


async def test_what_a_rule_holds_is_in_no_bundle(bench: Bench) -> None:
    """It waits for a person, whatever the rhythm."""
    bench.rules = (EVERYTHING, rule("look first", hold=True))
    bench.route(letter(1))
    bench.clock.at = EVENING
    await bench.tick()

    assert bench.mike() == [("held", "look first")]
    assert bench.bundles() == []


async def test_a_copy_that_was_released_meanwhile_makes_the_bundle_anew(bench: Bench) -> None:
    """Nothing of the first attempt stays."""
    bench.route(letter(1), letter(2))
    waiting = bench.database.read(lambda c: bundles.candidates(c, "mike"))
    bench.database.write("t", lambda c: commands.release(c, [waiting[0].copy], bench.clock.now()))
    this = Edition("e1", "bundle:mike", Kind.BUNDLE, "2026-11-20", EVENING, EVENING, ("mike@example.com",))
    stale = Frozen(this, "mike", b"", InMemory(letter(1)), [one.copy for one in waiting], [])
    with pytest.raises(Overtaken):
        bench.database.write("t", lambda c: bundles.freeze(c, stale))
    bench.clock.at = EVENING
    await bench.tick()

    assert bench.mike() == [("pending", "rhythm"), ("held", "bundled")]
    assert len(bench.bundles()) == 1


async def test_what_is_on_its_way_in_a_bundle_cannot_be_released(bench: Bench) -> None:
    """It would come twice."""
    (message,) = bench.route(letter(1))
    bench.clock.at = EVENING
    await bench.tick()
    released = bench.database.write("t", lambda c: commands.release(c, [message], EVENING))

    assert released == []
    assert bench.mike() == [("held", "bundled")]


async def test_the_mails_of_a_bundle_that_failed_go_by_themselves_when_it_is_released(bench: Bench) -> None:
    """It is never sent then, and they are not in the next."""
    bench.route(letter(1), letter(2))
    bench.clock.at = EVENING
    await bench.tick()
    (bundle,) = bench.bundles()
    change(bench.database, bundle["id"], state="failed", due=None)
    released = bench.database.write("t", lambda c: commands.release(c, [bundle["message"]], EVENING))

    assert len(released) == 2
    assert bench.mike() == [("pending", None)] * 2
    assert [row["state"] for row in bench.bundles()] == ["skipped"]


async def test_numbers_of_a_bundle_release_what_it_named(bench: Bench) -> None:
    """And tell what is there already, and what nobody knows."""
    bench.mails = 1
    bench.route(letter(1), letter(2), letter(3))
    bench.clock.at = EVENING
    await bench.tick()
    (bundle,) = bench.bundles()
    first = bench.database.write("t", lambda c: bundles.send(c, bundle["message"], [1, 3, 9], EVENING))
    again = bench.database.write("t", lambda c: bundles.send(c, bundle["message"], [3], EVENING))

    assert (first.released, first.there, first.unknown) == ((3,), (1,), (9,))
    assert (again.released, again.there) == ((), (3,))
    assert bench.mike() == [("held", "bundled"), ("held", "listed"), ("pending", None)]


async def test_now_lets_go_what_waits_and_not_what_was_named(bench: Bench) -> None:
    """What a bundle has named was a founder's to ask for."""
    bench.mails = 1
    bench.route(letter(1), letter(2))
    bench.clock.at = EVENING
    await bench.tick()
    bench.route(letter(3))
    bench.rhythm = Rhythm(zone=LONDON)
    await bench.tick()

    assert bench.mike() == [("held", "bundled"), ("held", "listed"), ("pending", None)]


async def test_after_days_without_a_router_one_bundle_says_what_it_missed(bench: Bench) -> None:
    """Everything since is in it."""
    bench.route(letter(1))
    bench.clock.later(days=3)
    await bench.tick()
    (bundle,) = bench.bundles()
    text = message_from_bytes(raw_of(bench, bundle), policy=default).get_body(("plain",)).get_content()

    assert "could not send the 2 bundles before" in text


async def test_words_of_a_customer_are_words_in_html_too(bench: Bench) -> None:
    """A subject is no markup."""
    bench.route(letter(1, Subject="<img src=x onerror=y> & more"))
    bench.clock.at = EVENING
    await bench.tick()
    html = message_from_bytes(raw_of(bench, bench.bundles()[0]), policy=default).get_body(("html",)).get_content()

    assert "<img" not in html
    assert "&lt;img src=x onerror=y&gt; &amp; more" in html
