"""The copies of a message: a row for every inbox that a rule spoke of, with its frozen block."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from router.mail.mark import verify
from router.routing.places import Inbox
from router.store import outbox as outbox_store
from router.store import tables
from router.store.outbox import State
from tests.store.desk import LEASE, NOON, octets, opened, seen
from tests.store.driver import EVERYTHING, INBOXES, KEY, Router, letter, places_of, rule, sighting_row


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """With the shipped rule."""
    with opened(tmp_path) as database:
        yield Router(database)


def test_a_copy_waits_in_the_database_where_its_courier_has_no_room(router: Router) -> None:
    """Due at once, in nobody's hand."""
    routed = router.mail(letter())
    row = router.rows(tables.outbox)[0]

    assert (row["state"], row["due"], row["holder"], row["lease"], row["attempts"]) == ("pending", NOON, None, None, 0)
    assert routed.waiting == ["mike", "helen"]
    assert routed.claimed == []


def test_a_copy_is_leased_and_handed_on_where_there_is_room(router: Router) -> None:
    """The row says whose it is, in the same commit."""
    router.room = lambda inbox, content: inbox == "mike"
    routed = router.mail(letter())
    mike, helen = sorted(router.rows(tables.outbox), key=lambda row: row["inbox"] != "mike")
    (claimed,) = routed.claimed

    assert (mike["state"], mike["holder"], mike["lease"], mike["attempts"]) == ("sending", "me", NOON + LEASE, 1)
    assert (claimed.id, claimed.attempts, octets(claimed.content), claimed.block) == (
        mike["id"],
        1,
        letter(),
        mike["block"],
    )
    assert (helen["state"], routed.waiting) == ("pending", ["helen"])


def test_an_outcome_of_a_copy_handed_on_is_recorded(router: Router) -> None:
    """Its fence (holder and attempt) is the one of the row."""
    router.room = lambda inbox, content: True
    (claimed, _) = router.mail(letter()).claimed
    write = outbox_store.settlement([outbox_store.Settled(claimed, State.DELIVERED)], "me", NOON)
    router.database.write("t", lambda c: c.execute(write[0].sql, write[1]))

    assert [state for _, state, _ in router.copies] == ["delivered", "sending"]


def test_a_held_copy_waits_for_a_person(router: Router) -> None:
    """And the row says by which rule."""
    router.room = lambda inbox, content: True
    router.places = places_of(EVERYTHING, rule("look first", hold=True))
    routed = router.mail(letter())

    assert router.copies == [("mike", "held", "look first"), ("helen", "held", "look first")]
    assert routed.claimed == []
    assert routed.kept == [("mike", State.HELD, "look first"), ("helen", State.HELD, "look first")]


def test_a_withheld_copy_has_a_row_that_says_why(router: Router) -> None:
    """Counted openly; it holds no block, since it will never be sent."""
    router.places = places_of(EVERYTHING, rule("personnel", withhold_from=("mike",)))
    router.mail(letter())
    row = next(row for row in router.rows(tables.outbox) if row["inbox"] == "mike")

    assert set(router.copies) == {("helen", "pending", None), ("mike", "withheld", "personnel")}
    assert (row["block"], row["ended"], row["due"]) == (b"", NOON, None)
    assert router.messages[0]["uncopied"] is None


def test_an_inbox_that_somebody_else_fills_is_counted_and_skipped(router: Router) -> None:
    """`deliver = "none"`."""
    router.places = places_of(inboxes=(*INBOXES[:1], Inbox("ann", "ann@example.com", False)))
    router.mail(letter())

    assert router.copies == [("mike", "pending", None), ("ann", "skipped", "deliver-none")]


def test_a_folder_is_kept_with_the_copy(router: Router) -> None:
    """A later change of the rules moves no copy that is on its way."""
    router.places = places_of(EVERYTHING, rule("shop", folder="Customers/Shop"))
    router.mail(letter())

    assert {row["folder"] for row in router.rows(tables.outbox)} == {"Customers/Shop"}


def test_the_block_names_the_message_its_mailbox_its_copies_and_its_rules(router: Router) -> None:
    """What a founder sees when he looks why this came."""
    routed = router.mail(letter())
    block = router.rows(tables.outbox)[0]["block"]
    fields = message_from_bytes(block + letter(), policy=default)

    assert verify(KEY, fields["x-router-copy"]) == routed.message
    assert fields["x-router-mailbox"] == "support@example.com"
    assert fields["x-router-copied-to"] == "mike@example.com, helen@example.com"
    assert fields["x-router-rule"] == "everything"
    assert fields["x-router-kind"] == "person"
    assert parsedate_to_datetime(fields["x-router-received"]) == NOON
    assert fields["subject"] == "Order"


def test_the_block_is_frozen(router: Router) -> None:
    """A repeat of an attempt is the same bytes, whatever the configuration says by then."""
    router.mail(letter())
    before = [row["block"] for row in router.rows(tables.outbox)]
    router.places = places_of(rule("another name", copy_to=("*",)))
    router.mail(letter(), source="imap", recipients=("shop@example.com",))

    assert before == [row["block"] for row in router.rows(tables.outbox)]


@pytest.mark.parametrize("raw", [b" folded: line\r\nSubject: x\r\n\r\n", b"\r\nno header\r\n", b"\tx\r\n\r\n"])
def test_a_mail_that_begins_with_a_fold_spoils_no_mark(router: Router, raw: bytes) -> None:
    """It then belongs to the last of our lines, the date."""
    routed = router.mail(raw)
    mark = (router.rows(tables.outbox)[0]["block"] + raw).split(b"\r\n")[0]

    assert verify(KEY, mark.decode().removeprefix("X-Router-Copy: ")) == routed.message


def test_the_names_of_rules_in_any_language_stand_in_ascii(router: Router) -> None:
    """A header with raw 8-bit is refused by strict servers."""
    router.places = places_of(rule("Gründer\r\nBcc: x@y", copy_to=("*",)))
    router.mail(letter())
    block = router.rows(tables.outbox)[0]["block"]

    assert block.isascii()
    assert b"\r\nBcc" not in block
    assert message_from_bytes(block, policy=default)["x-router-rule"] == "Gründer Bcc: x@y"


LONG = "x " * 1_500_000  # only its beginning is read: the word may stand further down


def test_a_rule_to_copy_that_cannot_be_told_copies(router: Router) -> None:
    """No copy is lost, and nothing is wrong: no alarm."""
    router.places = places_of(rule("refunds", copy_to=("mike",), when={"body": ("*refund*",)}))
    routed = router.mail(letter(text=LONG))

    assert router.copies == [("mike", "pending", None)]
    assert routed.alarms == []


def test_a_rule_to_withhold_that_cannot_be_told_delays_and_raises_an_alarm(router: Router) -> None:
    """Nothing is given away, and somebody has to look."""
    router.places = places_of(EVERYTHING, rule("salaries", withhold_from=("mike",), when={"body": ("*salary*",)}))
    routed = router.mail(letter(text=LONG))

    assert set(router.copies) == {("mike", "held", "salaries"), ("helen", "pending", None)}
    assert routed.alarms == [("rule-undecided", "salaries")]
    assert [row["detail"]["effect"] for row in router.rows(tables.alarm)] == ["delayed"]


def test_one_doubt_in_many_mails_is_one_alarm(router: Router) -> None:
    """It counts up."""
    router.places = places_of(EVERYTHING, rule("salaries", withhold_from=("mike",), when={"body": ("*salary*",)}))
    router.route(*(seen(letter(number, LONG)) for number in range(3)))

    assert [row["count"] for row in router.rows(tables.alarm)] == [3]


AUTOMATIC = (
    Inbox("mike", "mike@example.com", True, automatic_folder="Customers/Automatic"),
    Inbox("helen", "helen@example.com", True),
)
BULK = {"List_Unsubscribe": "<https://shop.example/>"}


@pytest.mark.parametrize(
    ("fields", "folder"),
    [
        ({}, None),
        ({"Auto_Submitted": "auto-replied"}, "Customers/Automatic"),
        ({"List_Id": "<news.shop.example>"}, "Customers/Automatic"),
        (BULK, "Customers/Automatic"),
        # an order form says that it is automatic, and names the customer as the one to reply to
        ({"Auto_Submitted": "auto-generated", "Reply_To": "lee@customer.example"}, None),
    ],
)
def test_mail_that_no_person_wrote_goes_to_a_folder_of_its_own(
    router: Router, fields: dict[str, str], folder: str | None
) -> None:
    """Already read; where an inbox has such a folder."""
    router.places = places_of(inboxes=AUTOMATIC)
    router.room = lambda inbox, size: True
    claimed = {copy.inbox: copy for copy in router.mail(letter(**fields)).claimed}

    assert (claimed["mike"].folder, claimed["mike"].seen) == (folder, folder is not None)
    assert (claimed["helen"].folder, claimed["helen"].seen) == (None, False)
    assert {(row["inbox"], row["folder"]) for row in router.rows(tables.outbox)} == {("mike", folder), ("helen", None)}


def test_the_folder_of_a_rule_comes_before_the_one_for_automatic_mail(router: Router) -> None:
    """Somebody wants to see it."""
    router.places = places_of(EVERYTHING, rule("shop", folder="Customers/Shop"), inboxes=AUTOMATIC)
    router.mail(letter(**BULK))
    mike = next(row for row in router.rows(tables.outbox) if row["inbox"] == "mike")

    assert (mike["folder"], mike["seen"]) == ("Customers/Shop", False)


SKIPS = (Inbox("mike", "mike@example.com", True, skip_addressed=True), Inbox("helen", "helen@example.com", True))
BOTH = ("support@example.com", "mike@example.com", "helen@example.com")


def test_an_inbox_that_the_envelope_names_has_the_mail_already(router: Router) -> None:
    """`copy = "skip-if-addressed"`, and only there; the row says so."""
    router.places = places_of(inboxes=SKIPS)
    router.mail(letter(), recipients=BOTH)

    assert router.copies == [("mike", "skipped", "addressed"), ("helen", "pending", None)]
    assert [row["ended"] for row in router.rows(tables.outbox) if row["inbox"] == "mike"] == [NOON]


def test_who_stands_in_to_and_cc_alone_may_have_nothing(router: Router) -> None:
    """Anybody may write anything there; only the envelope says where a mail went."""
    router.places = places_of(inboxes=SKIPS)
    router.mail(letter(To="support@example.com, mike@example.com", Cc="mike@example.com"))

    assert router.copies == [("mike", "pending", None), ("helen", "pending", None)]


def test_an_earlier_envelope_counts_too(router: Router) -> None:
    """A journal report named him; then the mail itself comes."""
    router.places = places_of(inboxes=SKIPS)
    journal = seen(letter(), recipients=("journal@router.example.com", "mike@example.com"))
    router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(sighting_row(journal))))
    router.route(journal)
    router.mail(letter(), source="imap")

    assert router.copies == [("mike", "skipped", "addressed"), ("helen", "pending", None)]


@pytest.mark.parametrize(("hops", "state"), [(30, "pending"), (31, "held")])
def test_a_mail_with_too_many_hops_is_held(router: Router, hops: int, state: str) -> None:
    """Two servers send it to each other; the next one would refuse it."""
    raw = b"Received: from a by b\r\n" * hops + letter()
    routed = router.mail(raw)
    reason = "too-many-hops" if state == "held" else None

    assert router.copies == [("mike", state, reason), ("helen", state, reason)]
    assert routed.alarms == ([("too-many-hops", "support")] if reason else [])
    if reason:
        assert [row["key"] for row in router.rows(tables.alarm)] == ["too-many-hops:support"]
