"""Mail of the past: stored and threaded, never copied; and mail that turns out to be ours."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.mail.mark import make
from router.routing.identify import Identity
from router.routing.routed import Routed
from router.store import commands, tables
from router.store.keeping import open_alarms
from router.store.spool import HISTORY, IMPORT, RELEASE_HISTORY, release_repeat, unrouted
from tests.store.desk import NOON, opened, put, raw_writes, seen
from tests.store.driver import KEY, Router, letter, places_of, rule, sighting_row

SENT = ("support-sent@router.example.com",)
SHOP = ("shop@example.com",)
COPIED = [("mike", "pending", None), ("helen", "pending", None)]
YEARS_AGO = NOON - timedelta(days=800)
ANSWER = {
    "From": "Anna <anna@example.com>",
    "To": "kim@customer.example",
    "Subject": "Re: Order",
    "Message-ID": "<a@example.com>",
    "In-Reply-To": "<1@customer.example>",
    "Cc": "support@example.com",
}


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """With the shipped rule."""
    with opened(tmp_path) as database:
        yield Router(database)


def past(router: Router, raw: bytes, **parts: Any) -> Routed:
    """A mail of an import; its line ends are those of files."""
    given = {"source": IMPORT, "peer": None, "helo": None, "received": YEARS_AGO, "history": True}
    return router.mail(raw.replace(b"\r\n", b"\n"), **given | parts)


def answer(text: str = "It is on its way.", **fields: str) -> bytes:
    """What staff wrote."""
    return letter(text=text, **{**ANSWER, **fields})


def states(router: Router) -> list[tuple[str, str]]:
    """The conversations, and where they stand."""
    return [(row["id"], row["state"]) for row in router.rows(tables.thread)]


def test_history_is_stored_and_threaded_and_not_copied(router: Router) -> None:
    """It says so."""
    routed = past(router, letter())
    (message,) = router.messages

    assert (routed.found.identity, routed.uncopied) == (Identity.NEW, "imported")
    assert (message["uncopied"], message["rules"], message["received"]) == ("imported", [], YEARS_AGO)
    assert (message["direction"], message["needs_answer"], message["mailboxes"]) == ("in", True, ["support"])
    assert router.copies == []
    assert states(router) == [(message["thread"], "waiting")]


def test_an_imported_answer_is_one(router: Router) -> None:
    """In whatever order the two come."""
    past(router, answer(), recipients=SENT, received=YEARS_AGO + timedelta(hours=2))
    past(router, letter())

    assert [row["direction"] for row in router.messages] == ["out", "in"]
    assert states(router)[0][1] == "answered"
    assert [(row["mailbox"], row["source"]) for row in router.rows(tables.outbound)] == [("support", IMPORT)]


def test_a_rule_says_who_is_a_vip_and_nothing_else(router: Router) -> None:
    """Copies that it would make belong to its days."""
    router.places = places_of(rule("big", copy_to=("*",), vip=True))
    past(router, letter())

    assert router.rows(tables.thread)[0]["vip"]
    assert router.copies == []


def test_the_many_hops_of_an_old_mail_are_no_alarm(router: Router) -> None:
    """Nothing goes round any more."""
    hops = "".join(f"Received: from h{n} by h{n}; Thu, 5 Nov 2020 09:00:00 +0000\r\n" for n in range(120)).encode()
    past(router, hops + letter())

    assert router.copies == []
    assert router.database.read(lambda c: open_alarms(c, NOON)) == []


@pytest.mark.parametrize("crlf", [True, False])
def test_a_live_mail_that_was_imported_before_is_copied_once(router: Router, crlf: bool) -> None:
    """It is one message, known by its content, whatever the line ends; nobody had it before."""
    raw = letter() if crlf else letter().replace(b"\r\n", b"\n")
    first = router.mail(raw, source=IMPORT, history=True, peer=None)
    live, again = router.mail(letter()), router.mail(letter())

    assert (live.found.identity, again.found.identity) == (Identity.SAME, Identity.REPEAT)
    assert first.message == live.message == again.message
    assert router.copies == COPIED
    assert [(row["uncopied"], row["direction"]) for row in router.messages] == [(None, "in")]


def test_a_live_mail_by_which_nothing_is_known_is_copied(router: Router) -> None:
    """Equal bytes without an id and a date are another mail, unless they come from the same peer at once."""
    raw = letter(Message_ID="", Date="")
    router.mail(raw, source=IMPORT, history=True, peer=None)

    assert router.mail(raw, peer=None).found.identity is Identity.NEW
    assert router.copies == COPIED


def test_a_live_mail_in_another_mailbox_adds_its_own_copies_only(router: Router) -> None:
    """The union is that of live sightings."""
    router.places = places_of(
        rule("support", copy_to=("mike",), when={"mailbox": ("support",)}),
        rule("shop", copy_to=("helen",), when={"mailbox": ("shop",)}),
    )
    past(router, letter())
    router.mail(letter(), recipients=SHOP)

    assert router.copies == [("helen", "pending", None)]
    assert router.messages[0]["mailboxes"] == ["support", "shop"]


@pytest.mark.parametrize("recipients", [("support@example.com",), SHOP])
def test_an_imported_mail_that_came_live_before_adds_no_copy(router: Router, recipients: tuple[str, ...]) -> None:
    """Not even by the rules of another mailbox."""
    router.places = places_of(
        rule("support", copy_to=("mike",), when={"mailbox": ("support",)}),
        rule("shop", copy_to=("helen",), when={"mailbox": ("shop",)}),
    )
    router.mail(letter())
    found = past(
        router, b"Received: from a by b; Fri, 20 Nov 2026 11:00:01 +0000\r\n" + letter(), recipients=recipients
    )

    assert found.found.identity is Identity.SAME
    assert router.copies == [("mike", "pending", None)]
    assert len(router.messages) == 1


@pytest.mark.parametrize("anonymous", [False, True])
def test_an_import_may_be_repeated_years_later(router: Router, anonymous: bool) -> None:
    """The same bytes in the same folder are the same mail, also where nothing else tells."""
    raw = letter(Message_ID="", Date="") if anonymous else letter()
    past(router, raw)

    assert past(router, raw, received=NOON).found.identity is Identity.REPEAT
    assert len(router.messages) == 1


def test_stores_of_the_past_have_rebuilt_mail(router: Router) -> None:
    """What stands in INBOX and in Sent has other MIME around the same words."""
    plain = answer()
    rebuilt = answer(Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="quoted-printable")
    past(router, plain)
    found = past(router, rebuilt, recipients=SENT)

    assert (found.found.identity, found.found.why) == (Identity.SAME, "rebuilt")
    assert [row["direction"] for row in router.messages] == ["out"]


def test_what_came_back_long_ago_is_over(router: Router) -> None:
    """A bounce of our copy in an old folder fails no copy, and raises no alarm."""
    mark = make(KEY, str(router.mail(letter()).message))
    report = letter(
        2,
        From="mailer-daemon@example.com",
        To=f"router+{mark}@example.com",
        Content_Type="multipart/report; report-type=delivery-status; boundary=b",
        Subject="Undelivered",
    )
    found = past(router, report, sender="")

    assert found.found.identity is Identity.OWN
    assert router.copies == COPIED
    assert [row["came_back"] for row in router.rows(tables.outbox)] == [None, None]
    assert router.database.read(lambda c: open_alarms(c, NOON)) == []


def test_the_mark_stands_from_t1_to_t2(router: Router) -> None:
    """A restart finds it, and a restored backup makes no copies of it."""
    one = seen(source=IMPORT, history=True)
    put(router.database, *raw_writes(b"".join(one.content.pieces())))
    row = sighting_row(one) | {"verdict": HISTORY}
    router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(row)))
    router.database.write("t", lambda c: commands.restored(c, NOON, ["mike"]))
    (found,), _ = router.database.read(lambda c: unrouted(c, 10, router.database.fetch_chunk))

    assert (found.history, found.restored, found.released) == (True, False, False)


def test_a_released_repeat_of_history_stays_history(router: Router) -> None:
    """Somebody wants to see it as a mail of its own; he asks for no copies of a mail of years ago."""
    put(router.database, *raw_writes(letter()))
    for _ in range(2):
        one = seen(letter(), source=IMPORT, history=True)
        router.database.write("t", lambda c, one=one: c.execute(tables.sighting.insert().values(sighting_row(one))))
        router.route(one)
    assert router.database.write("t", lambda c: release_repeat(c, one.id))
    assert router.rows(tables.sighting)[1]["verdict"] == RELEASE_HISTORY
    (found,), _ = router.database.read(lambda c: unrouted(c, 10, router.database.fetch_chunk))
    router.route(found)

    assert [row["uncopied"] for row in router.messages] == ["imported", "imported"]
    assert router.copies == []


@pytest.mark.parametrize("source", [IMPORT, "watched"])
def test_history_is_told_by_its_mark_wherever_it_came_from(router: Router, source: str) -> None:
    """The same bytes seen live soon after are no repeat: nobody has a copy."""
    put(router.database, *raw_writes(letter()))
    old = seen(letter(), source=source, peer=None, history=True)
    router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(sighting_row(old))))
    router.route(old)
    live = router.mail(letter())

    assert live.found.identity is Identity.SAME
    assert router.copies == COPIED


@pytest.mark.parametrize("source", [IMPORT, "watched"])
def test_a_released_repeat_of_any_history_has_no_copies(router: Router, source: str) -> None:
    """What a command may bring by the name of a source is history all the same."""
    put(router.database, *raw_writes(letter()))
    for _ in range(2):
        one = seen(letter(), source=source, peer=None, history=True)
        router.database.write("t", lambda c, one=one: c.execute(tables.sighting.insert().values(sighting_row(one))))
        router.route(one)
    router.database.write("t", lambda c: release_repeat(c, one.id))
    (found,), _ = router.database.read(lambda c: unrouted(c, 10, router.database.fetch_chunk))

    assert (found.history, found.released) == (True, True)


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_what_is_seen_in_sent_is_ours_though_it_came_in_before(router: Router, history: bool, together: bool) -> None:
    """Staff who put the mailbox into Cc: their answer must not wait for an answer."""
    source = IMPORT if history else "smtp"
    router.mail(letter(), source=source, history=history, received=NOON - timedelta(hours=2))
    reply = answer("I will get back to you tomorrow.")
    batch = [
        seen(reply, source=source, history=history, sender="anna@example.com"),
        seen(reply, source=source, history=history, sender="anna@example.com", recipients=SENT),
    ]
    if together:
        router.route(*batch)
    else:
        router.route(batch[0])
        assert [row["direction"] for row in router.messages] == ["in", "in"]
        router.route(batch[1])

    message = router.messages[1]
    assert (message["direction"], message["needs_answer"], message["customer"]) == (
        "out",
        False,
        "kim@customer.example",
    )
    assert message["phrase"], "a promise is read in what is ours"
    assert states(router)[0][1] == "answered"
    assert [(row["mailbox"], row["source"]) for row in router.rows(tables.outbound)] == [("support", source)]
    assert len(router.copies) == (0 if history else 4)


def test_what_is_ours_stays_so(router: Router) -> None:
    """A copy of it that comes in changes nothing."""
    past(router, letter(), received=NOON - timedelta(hours=2))
    past(router, answer(), recipients=SENT, received=NOON)
    before = router.messages
    past(router, b"Received: by b; Fri, 20 Nov 2026 11:00:01 +0000\r\n" + answer(), received=NOON)

    assert router.messages == before
    assert states(router)[0][1] == "answered"
