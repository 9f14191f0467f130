"""What T2 makes of a sighting, with real bytes, real rules and a real database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from router.mail.mark import make
from router.routing.identify import Identity
from router.store import tables
from tests.store.desk import NOON, opened, seen
from tests.store.driver import EVERYTHING, Router, letter, places_of, rule, sighting_row

SHOP = ("shop@example.com",)
DAY = timedelta(days=1)


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """With the shipped rule."""
    with opened(tmp_path) as database:
        yield Router(database)


def test_a_new_mail_is_stored_threaded_and_copied_to_everybody(router: Router) -> None:
    """The product, in one line."""
    routed = router.mail(letter())
    (message,) = router.messages

    assert router.copies == [("mike", "pending", None), ("helen", "pending", None)]
    assert message["id"] == routed.message == routed.thread == message["thread"]
    assert (message["customer"], message["customer_name"], message["subject"]) == (
        "kim@customer.example",
        "Kim",
        "Order",
    )
    assert (message["direction"], message["kind"], message["needs_answer"]) == ("in", "person", True)
    assert (message["mailboxes"], message["rules"], message["uncopied"]) == (["support"], ["everything"], None)
    assert [(row["name"], row["thread"]) for row in router.rows(tables.event)] == [("received", message["id"])]


def test_the_sighting_is_settled_with_its_verdict(router: Router) -> None:
    """In the same commit, or it would be routed again."""
    one = seen(letter())
    router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(sighting_row(one))))
    routed = router.route(one)[0]
    (row,) = router.rows(tables.sighting)

    assert (row["id"], row["verdict"], row["message"], row["routed"]) == (one.id, "new", routed.message, NOON)


def test_a_repeat_is_logged_and_makes_no_copy(router: Router) -> None:
    """The sender did not hear our 250."""
    first = router.mail(letter())
    again = router.mail(letter())

    assert (again.found.identity, again.message) == (Identity.REPEAT, first.message)
    assert len(router.copies) == 2
    assert len(router.messages) == 1


def test_two_equal_mails_in_one_batch_are_one(router: Router) -> None:
    """The second of a batch is not in the database yet, and still a repeat."""
    first, second = router.route(seen(letter()), seen(letter()))

    assert (first.found.identity, second.found.identity) == (Identity.NEW, Identity.REPEAT)
    assert second.found.hit is not None
    assert second.found.hit.sighting == first.analysis.seen.id
    assert len(router.copies) == 2


@pytest.mark.parametrize("together", [True, False])
def test_a_second_mailbox_adds_its_inboxes_and_no_second_copy(router: Router, together: bool) -> None:
    """One row per message and inbox makes the union of the rules."""
    router.places = places_of(
        rule("support", copy_to=("mike",), when={"mailbox": ("support",)}),
        rule("shop", copy_to=("*",), when={"mailbox": ("shop",)}),
    )
    batch = [seen(letter()), seen(letter(), recipients=SHOP)]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    (message,) = router.messages
    mike, helen = sorted(router.rows(tables.outbox), key=lambda row: row["inbox"] != "mike")

    assert router.copies == [("mike", "pending", None), ("helen", "pending", None)]
    assert (mike["rules"], helen["rules"]) == (["support"], ["shop"])
    assert message["mailboxes"] == ["support", "shop"]
    assert b"X-Router-Mailbox: support@example.com\r\n" in mike["block"]
    assert b"X-Router-Mailbox: shop@example.com\r\n" in helen["block"]
    assert b"X-Router-Copied-To: helen@example.com\r\n" in helen["block"]
    assert b"Helen" not in mike["block"]
    assert mike["block"].split(b"\r\n")[0] == helen["block"].split(b"\r\n")[0]  # the mark is per message


def test_a_mail_to_two_mailboxes_at_once_is_one_message(router: Router) -> None:
    """With one copy each."""
    router.mail(letter(), recipients=("support@example.com", *SHOP))

    assert [message["mailboxes"] for message in router.messages] == [["support", "shop"]]
    assert len(router.copies) == 2


def test_the_same_mail_by_another_way_is_seen_again(router: Router) -> None:
    """It is an event of the conversation; the copies are made already."""
    first = router.mail(letter())
    again = router.mail(letter(), source="support-imap", recipients=())

    assert (again.found.identity, again.message, again.thread) == (Identity.SAME, first.message, first.thread)
    assert [row["name"] for row in router.rows(tables.event)] == ["received", "sighted"]
    assert len(router.copies) == 2


def test_a_known_message_id_with_another_text_is_copied_and_marked(router: Router) -> None:
    """Two mails of a broken mailer, or somebody who hides his mail behind a known one."""
    router.mail(letter(1))
    routed = router.mail(letter(1, "Something else"))

    assert len(router.copies) == 4
    assert [message["marks"] for message in router.messages] == [[], ["known-message-id"]]
    assert routed.thread == router.messages[0]["thread"]


def test_a_known_message_id_is_marked_within_a_batch_too(router: Router) -> None:
    """The database knows neither of them."""
    router.route(seen(letter(1)), seen(letter(1, "Something else")))

    assert [message["marks"] for message in router.messages] == [[], ["known-message-id"]]


def test_a_copy_of_ours_that_comes_back_is_stored_and_not_copied(router: Router) -> None:
    """Otherwise it goes round for ever."""
    first = router.mail(letter())
    block = router.rows(tables.outbox)[0]["block"]
    back = router.mail(block + letter())

    assert (back.found.identity, back.message) == (Identity.OWN, first.message)
    assert len(router.copies) == 2


@pytest.mark.parametrize("mark", [make(b"another key", "m"), "m.aaaaaaaaaaaaaaaa", "nonsense"])
def test_a_forged_mark_is_copied(router: Router, mark: str) -> None:
    """Nobody keeps his complaint from the founders by a header."""
    router.mail(letter(X_Router_Copy=mark))

    assert len(router.copies) == 2


def test_what_no_rule_copies_says_so(router: Router) -> None:
    """Nothing ends uncopied without a word why."""
    router.places = places_of(rule("shop only", copy_to=("*",), when={"mailbox": ("shop",)}))
    router.mail(letter())

    assert router.copies == []
    assert [message["uncopied"] for message in router.messages] == ["no-rule"]


def test_a_mail_that_a_second_mailbox_copies_is_no_longer_uncopied(router: Router) -> None:
    """`trace` would say "no rule copies it" beside its copies."""
    router.places = places_of(rule("shop only", copy_to=("*",), when={"mailbox": ("shop",)}))
    router.mail(letter())
    router.mail(letter(), recipients=SHOP)

    assert len(router.copies) == 2
    assert [message["uncopied"] for message in router.messages] == [None]


@pytest.mark.parametrize(
    ("recipient", "direction", "why"),
    [
        ("support-sent@router.example.com", "out", "answer"),
        ("journal@router.example.com", "in", "journal-report"),
        ("router@example.com", "in", "to-router"),
    ],
)
def test_what_is_no_mail_of_a_customer_is_kept_and_not_copied(
    router: Router, recipient: str, direction: str, why: str
) -> None:
    """Our answers, journal reports, and what is written to the router itself."""
    router.mail(letter(From="anna@example.com", To="Kim <kim@customer.example>"), recipients=(recipient,))
    (message,) = router.messages

    assert router.copies == []
    assert (message["direction"], message["uncopied"], message["needs_answer"]) == (direction, why, False)


def test_the_customer_of_our_answer_is_its_recipient(router: Router) -> None:
    """`trace kim@customer.example` shows both sides."""
    mail = letter(From="anna@example.com", To="Kim <Kim@Customer.example>", Cc="lee@x.example")
    router.mail(mail, recipients=("support-sent@router.example.com",))

    assert router.messages[0]["customer"] == "kim@customer.example"


def test_customers_mail_wins_over_every_other_role(router: Router) -> None:
    """Staff who answer with the mailbox in Cc: it must not be missed."""
    router.mail(letter(), recipients=("support-sent@router.example.com", "support@example.com"))

    assert len(router.copies) == 2
    assert router.messages[0]["direction"] == "in"


def test_an_answer_joins_the_conversation_in_one_batch_too(router: Router) -> None:
    """Question and answer may arrive within one second."""
    answer = letter(2, In_Reply_To="<1@customer.example>", From="anna@example.com")
    router.route(seen(letter(1)), seen(answer, recipients=("support-sent@router.example.com",)))
    question, reply = router.messages

    assert question["thread"] == reply["thread"]
    assert reply["thread_why"] == ["in-reply-to=<1@customer.example>"]
    assert len(router.rows(tables.thread)) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_mail_that_joins_two_conversations_moves_everything(router: Router, together: bool) -> None:
    """Messages, copies, log and keys all stand in the older one; the other names its successor."""
    batch = [seen(letter(1)), seen(letter(2)), seen(letter(3, References="<1@customer.example> <2@customer.example>"))]
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    first, second = router.rows(tables.thread)

    assert (first["merged_into"], second["merged_into"]) == (None, first["id"])
    for table in (tables.message, tables.outbox, tables.event, tables.thread_key):
        assert {row["thread"] for row in router.rows(table)} == {first["id"]}


def test_conversations_that_merge_in_a_chain_end_in_one(router: Router) -> None:
    """Newest first, as an import may read them, in one batch."""
    letters = [letter(n, References=f"<{n - 1}@customer.example>") for n in (9, 7, 5, 3, 8, 4, 6, 2)]
    router.route(*(seen(one) for one in letters))

    assert len({row["thread"] for row in router.messages}) == 1
    assert len({row["thread"] for row in router.rows(tables.outbox)}) == 1


def test_a_sighting_that_is_given_out_twice_is_routed_once(router: Router) -> None:
    """The spool may do that around a restart."""
    one = seen(letter())
    router.route(one)
    router.route(one)

    assert len(router.copies) == 2
    assert len(router.rows(tables.event)) == 1


def test_a_released_repeat_is_copied_again(router: Router) -> None:
    """A person said so."""
    router.mail(letter())
    router.mail(letter(), released=True)

    assert len(router.copies) == 4
    assert len(router.messages) == 2


def test_after_a_week_an_equal_transmission_is_the_same_mail(router: Router) -> None:
    """No copy again, but a line in its log."""
    router.mail(letter())
    later = router.mail(letter(), received=NOON + 8 * DAY)

    assert later.found.identity is Identity.SAME
    assert len(router.copies) == 2


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 500, b"no header at all", b"From: \xff\r\n\r\n", b"\r\n" * 9])
def test_whatever_the_bytes_there_is_a_message_and_its_copies(router: Router, raw: bytes) -> None:
    """A mail that cannot be read is a reason to look at it."""
    router.mail(raw)

    assert len(router.messages) == 1
    assert len(router.copies) == 2


def test_a_mail_without_recipients_of_ours_is_copied_by_rules_that_ask_nothing(router: Router) -> None:
    """A mailbox that was renamed between T1 and T2 loses nothing."""
    router.mail(letter(), recipients=("old@example.com",))

    assert len(router.copies) == 2
    assert router.messages[0]["mailboxes"] == []


def test_machine_mail_needs_no_answer_and_is_copied_all_the_same(router: Router) -> None:
    """Classification never decides about a copy."""
    router.mail(letter(Auto_Submitted="auto-replied"))
    (message,) = router.messages

    assert (message["kind"], message["needs_answer"]) == ("auto-reply", False)
    assert len(router.copies) == 2


def test_rules_without_an_inbox_name_why_nothing_went_out(router: Router) -> None:
    """A configuration may have no inbox that a rule reaches."""
    router.places = places_of(EVERYTHING, inboxes=())
    router.mail(letter())

    assert router.messages[0]["uncopied"] == "no-rule"
