"""What T2 makes of journal reports: the mail in them, once, for whom it concerns, and nothing of anybody else's."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from router.conversation.links import digest
from router.mail.mark import make
from router.routing.places import Inbox
from router.routing.routed import Routed
from router.store import keeping, tables
from router.store.content import InMemory
from router.store.ids import enclosed_id
from router.store.person import mail as stored_mail
from router.store.spool import IMPORT, Sighting
from router.store.views import find_messages, trace
from tests.bench.reports import EXCHANGE, JOURNAL, report
from tests.store.desk import NOON, opened, put, raw_writes, seen
from tests.store.driver import INBOXES, KEY, Router, letter, places_of, rule, sighting_row

KIM, ANNA, SUPPORT = "kim@customer.example", "anna@example.com", "support@example.com"
ANSWER = {"From": f"Anna <{ANNA}>", "To": f"Kim <{KIM}>", "In_Reply_To": "<1@customer.example>"}


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    """With the shipped rule."""
    with opened(tmp_path) as database:
        yield Router(database)


def journaled(
    mail: bytes, sender: str = KIM, recipients: Sequence[str] = (SUPPORT,), peer: str = "192.0.2.7", **form: Any
) -> Sighting:
    """The transmission of a report."""
    parts = {"sender": "", "recipients": (JOURNAL,), "peer": peer}
    return seen(report(mail, sender, recipients, **form), **parts)


def accepted(router: Router, *batch: Sighting) -> tuple[Sighting, ...]:
    """As T1 leaves them."""
    put(router.database, *raw_writes(*(b"".join(one.content.pieces()) for one in batch)))
    router.database.write(
        "t", lambda c: [c.execute(tables.sighting.insert().values(sighting_row(one))) for one in batch]
    )
    return batch


def brought(
    router: Router, mail: bytes, sender: str = KIM, recipients: Sequence[str] = (SUPPORT,), **form: Any
) -> Routed:
    """Accept and route one report."""
    (one,) = accepted(router, journaled(mail, sender, recipients, **form))
    return router.route(one)[0]


def verdicts(router: Router) -> list[tuple[str, str]]:
    """Source and verdict of all sightings."""
    return sorted((row["source"], row["verdict"]) for row in router.rows(tables.sighting))


def raw_mails(router: Router) -> list[bytes]:
    """Every mail whose bytes are kept."""
    found = [stored_mail(router.database, row["sha256"].hex()) for row in router.rows(tables.raw)]
    return [b"".join(one) for one in found if one is not None]


def test_the_mail_in_a_report_is_routed_and_the_report_is_not_kept(router: Router) -> None:
    """Exact bytes, the envelope of the report, a sighting of its own."""
    (one,) = accepted(router, journaled(letter(), recipients=(f"Bcc: {SUPPORT}",), encoding="base64"))
    router.route(one)
    inner, outer = sorted(router.rows(tables.sighting), key=lambda row: row["source"])

    assert router.copies == [("mike", "pending", None), ("helen", "pending", None)]
    assert raw_mails(router) == [letter()]
    assert (inner["id"], inner["source"], inner["verdict"]) == (enclosed_id(one.id), "journal", "new")
    assert (inner["sender"], inner["recipients"], inner["peer"]) == (KIM, [SUPPORT], "192.0.2.7")
    assert inner["sha256"] == InMemory(letter()).sha256
    assert (outer["verdict"], outer["message"], outer["routed"]) == ("report", None, NOON)
    assert len(router.rows(tables.chunk)) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_report_that_is_split_gives_one_message_with_all_recipients(router: Router, together: bool) -> None:
    """Exchange splits one with many recipients, and where a list is expanded."""
    batch = accepted(
        router,
        journaled(letter(), recipients=("mike@example.com, Expanded: founders@example.com",), encoding="base64"),
        journaled(letter(), recipients=(f"To: {SUPPORT}", "Cc: helen@example.com")),
    )
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    (message,) = router.messages
    (view,) = router.database.read(lambda c: list(trace(c, find_messages(c, message["id"], 5))))
    recipients = {one for sighting in view["sightings"] for one in sighting["recipients"]}

    assert recipients == {"mike@example.com", "founders@example.com", SUPPORT, "helen@example.com"}
    assert len(router.copies) == 2
    assert verdicts(router) == [("journal", "new"), ("journal", "same"), ("smtp", "report"), ("smtp", "report")]


@pytest.mark.parametrize("order", ["smtp imap journal", "journal imap smtp", "imap journal smtp"])
@pytest.mark.parametrize("together", [True, False])
def test_one_mail_by_three_ways_is_one_message_with_three_sightings(router: Router, order: str, together: bool) -> None:
    """By SMTP as it was sent, by IMAP as Exchange builds it anew, and by journal."""
    mail = letter(Content_Type="text/plain; charset=utf-8", MIME_Version="1.0")
    rebuilt = letter(
        text=base64.encodebytes(b"Where is my order?\r\n").decode(),
        Content_Type='text/plain; charset="utf-8"',
        Content_Transfer_Encoding="base64",
        MIME_Version="1.0",
        Thread_Topic="Order",
    )
    traced = b"Received: from mx (192.0.2.9) by exchange.example.com; Fri, 20 Nov 2026 11:00:01 +0000\r\n" + mail
    ways = {
        "smtp": seen(mail),
        "imap": seen(rebuilt, source="support-imap", recipients=(SUPPORT,), sender=""),
        "journal": journaled(traced, encoding="base64"),
    }
    batch = accepted(router, *(ways[name] for name in order.split()))
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    (message,) = router.messages
    mine = [row for row in router.rows(tables.sighting) if row["message"] == message["id"]]

    assert {row["source"] for row in mine} == {"smtp", "support-imap", "journal"}
    assert sorted(row["verdict"] for row in mine) == ["new", "same", "same"]
    assert router.copies == [("mike", "pending", None), ("helen", "pending", None)]


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_from_ones_own_address_is_seen(router: Router, together: bool) -> None:
    """Nothing names the mailbox: the conversation does."""
    batch = accepted(router, seen(letter()), journaled(letter(2, **ANSWER), ANNA, (f"To: {KIM}",)))
    for some in [batch] if together else [[one] for one in batch]:
        router.route(*some)
    question, answer = router.messages
    (thread,) = router.rows(tables.thread)

    assert (answer["direction"], answer["mailboxes"], answer["customer"]) == ("out", ["support"], KIM)
    assert (answer["uncopied"], answer["needs_answer"], answer["thread"]) == ("answer", False, question["thread"])
    assert (thread["state"], thread["answered_by"]) == ("answered", ANNA)
    assert [(row["mailbox"], row["source"]) for row in router.rows(tables.outbound)] == [("support", "journal")]
    assert len(router.copies) == 2


SENT = {"From": SUPPORT, "To": KIM}
BESIDE = {"From": ANNA, "To": KIM, "Cc": "shop@example.com"}


@pytest.mark.parametrize(
    ("fields", "sender", "recipients", "mailboxes", "copies"),
    [
        # as the mailbox, or on its behalf: a first letter of ours too
        (SENT, SUPPORT, (KIM,), ["support"], 0),
        (SENT | {"Sender": ANNA}, ANNA, (KIM,), ["support"], 0),
        # the customer stands in Bcc only
        (SENT | {"To": ANNA}, SUPPORT, (ANNA, f"Bcc: {KIM}"), ["support"], 0),
        # what staff write to a customer, and to a mailbox beside, is no recognised answer: it is copied as well
        (BESIDE, ANNA, (KIM, "shop@example.com"), ["shop"], 2),
        (BESIDE, ANNA, (KIM,), ["shop"], 2),
    ],
)
def test_what_is_sent_to_a_customer_is_of_the_mailbox_that_it_names(
    router: Router, fields: dict[str, str], sender: str, recipients: tuple[str, ...], mailboxes: list[str], copies: int
) -> None:
    """No conversation is known yet."""
    brought(router, letter(**fields), sender, recipients)
    (message,) = router.messages

    assert (message["direction"], message["mailboxes"], message["needs_answer"]) == ("out", mailboxes, False)
    assert (message["customer"], message["people"]) == (KIM, [KIM])
    assert [row["mailbox"] for row in router.rows(tables.outbound)] == mailboxes
    assert len(router.copies) == copies
    assert message["uncopied"] == (None if copies else "answer")


def test_a_reply_to_all_is_an_answer_and_not_copied(router: Router) -> None:
    """Staff answer the customer with the mailbox in Cc."""
    router.mail(letter())
    brought(router, letter(2, **ANSWER, Cc=SUPPORT), ANNA, (KIM, SUPPORT))

    assert [row["state"] for row in router.rows(tables.thread)] == ["answered"]
    assert len(router.copies) == 2


def test_the_journal_proves_an_answer_that_came_to_the_mailbox_before(router: Router) -> None:
    """Its copy in the mailbox proves nothing: anybody can write under our name."""
    router.mail(letter())
    answer = letter(2, **ANSWER, Cc=SUPPORT)
    router.mail(answer, sender=ANNA)
    before = [row["state"] for row in router.rows(tables.thread)]
    brought(router, answer, ANNA, (KIM, SUPPORT))

    assert before == ["waiting"]
    assert [row["state"] for row in router.rows(tables.thread)] == ["answered"]
    assert [row["direction"] for row in router.messages] == ["in", "out"]
    assert len(router.copies) == 4


def states(router: Router) -> list[str]:
    """Where the conversations stand that are none of others."""
    return [row["state"] for row in router.rows(tables.thread) if row["merged_into"] is None]


@pytest.mark.parametrize("together", [True, False])
def test_a_hidden_customer_of_a_split_report_is_answered(router: Router, together: bool) -> None:
    """The part of the report that names him comes second."""
    router.mail(letter())
    answer = letter(2, From=SUPPORT, To=ANNA, In_Reply_To="<1@customer.example>")
    parts = accepted(
        router,
        journaled(answer, SUPPORT, ("lee@other.example", ANNA)),
        journaled(answer, SUPPORT, (f"Bcc: {KIM}",)),
    )
    if together:
        router.route(*parts)
    else:
        router.route(parts[0])
        assert states(router) == ["waiting", "none"]
        router.route(parts[1])

    assert states(router) == ["answered"]
    assert router.messages[1]["people"] == ["lee@other.example", KIM]
    assert len({row["thread"] for row in router.messages}) == 1


def test_the_hidden_recipients_of_a_split_report_have_nothing_to_do_with_each_other(router: Router) -> None:
    """Two readers of a newsletter have asked; a second one to both makes no conversation of theirs."""
    lee = "lee@other.example"
    news = {"From": SUPPORT, "To": "undisclosed-recipients:;"}
    brought(router, letter(1, **news), SUPPORT, (f"Bcc: {KIM}", f"Bcc: {lee}"))
    for number, reader in ((2, KIM), (3, lee)):
        router.mail(letter(number, From=reader, In_Reply_To="<1@customer.example>"), sender=reader)
    for reader in (KIM, lee):
        brought(router, letter(4, In_Reply_To="<1@customer.example>", **news), SUPPORT, (f"Bcc: {reader}",))
    _, asked, too, _ = router.messages

    assert asked["thread"] != too["thread"]


def test_what_follows_in_the_same_batch_as_a_hidden_customer_is_his(router: Router) -> None:
    """He answers one of us: that he is the customer of a conversation was only just told."""
    answer = letter(2, From=SUPPORT, To=ANNA)
    router.route(
        *accepted(
            router,
            journaled(answer, SUPPORT, ("lee@other.example",)),
            journaled(answer, SUPPORT, (f"Bcc: {KIM}",)),
            journaled(letter(3, To=ANNA, In_Reply_To="<2@customer.example>"), KIM, (ANNA,)),
        )
    )

    assert [(row["direction"], row["mailboxes"]) for row in router.messages] == [
        ("out", ["support"]),
        ("in", ["support"]),
    ]


@pytest.mark.parametrize(("to", "copies"), [(KIM, 2), ("law@firm.example", 4)])
def test_staff_who_write_to_somebody_else_answer_no_conversation(router: Router, to: str, copies: int) -> None:
    """A letter that names a customer's is no recognised answer where he is not addressed: the mailbox in Cc gets it."""
    router.mail(letter())
    brought(router, letter(2, **ANSWER | {"To": to, "Cc": SUPPORT}), ANNA, (to, SUPPORT))

    assert router.messages[1]["direction"] == "out"
    assert len(router.copies) == copies


def test_the_journal_proves_an_answer_of_the_past(router: Router) -> None:
    """Imported as it came to the mailbox, and journaled: one message, which is ours, and copied by nobody's rule."""
    router.mail(letter())
    answer = letter(2, **ANSWER, Cc=SUPPORT)
    router.mail(answer, sender=ANNA, source=IMPORT, history=True, peer=None)
    brought(router, answer, ANNA, (KIM, SUPPORT))

    assert [row["direction"] for row in router.messages] == ["in", "out"]
    assert states(router) == ["answered"]
    assert len(router.copies) == 2


@pytest.mark.parametrize("field", ["X_MS_Exchange_Organization_AuthAs", "X_MS_Exchange_CrossTenant_AuthAs"])
def test_a_forged_sender_of_our_own_answers_nothing(router: Router, field: str) -> None:
    """Exchange journals it like any other, and says that it came in from outside."""
    router.mail(letter())
    forged = letter(2, **ANSWER, Cc=SUPPORT, **{field: "Anonymous"})
    brought(router, forged, ANNA, (SUPPORT,))

    assert [row["state"] for row in router.rows(tables.thread)] == ["waiting"]
    assert len(router.copies) == 4
    assert router.rows(tables.outbound) == []


def test_a_report_in_a_mail_to_us_answers_nothing(router: Router) -> None:
    """Anybody can write one."""
    router.mail(letter())
    forged = report(letter(2, **ANSWER), ANNA, (KIM,), boundary="forged")
    brought(router, forged, KIM, (SUPPORT,))

    assert len(router.copies) == 4
    assert router.rows(tables.outbound) == []


def test_a_customer_who_answers_a_founders_own_address_stays_in_the_conversation(router: Router) -> None:
    """The other founders get it; the mailbox never did."""
    router.mail(letter())
    brought(router, letter(2, From=ANNA, To=KIM, In_Reply_To="<1@customer.example>"), ANNA, (KIM,))
    reply = {"To": "mike@example.com", "In_Reply_To": "<2@customer.example>"}
    brought(router, letter(3, **reply), KIM, ("mike@example.com",))
    question, _, again = router.messages

    assert (again["direction"], again["mailboxes"]) == ("in", ["support"])
    assert again["thread"] == question["thread"]
    assert [row["state"] for row in router.rows(tables.thread)] == ["waiting"]
    assert len(router.copies) == 4


@pytest.mark.parametrize(
    ("fields", "sender", "recipients"),
    [
        ({"From": ANNA, "To": "olga@example.com"}, ANNA, ("olga@example.com",)),  # between colleagues
        ({"From": ANNA, "To": "pal@friend.example"}, ANNA, ("pal@friend.example",)),  # somebody's own mail
        ({"To": ANNA}, KIM, (ANNA,)),
        # on a known conversation, and to a lawyer
        ({"From": ANNA, "To": "law@firm.example", "In_Reply_To": "<1@customer.example>"}, ANNA, ("law@firm.example",)),
        # by a stranger who names a known conversation
        (
            {"From": "x@stranger.example", "To": ANNA, "References": "<1@customer.example>"},
            "x@stranger.example",
            (ANNA,),
        ),
        # what is journaled twice
        ({"From": EXCHANGE, "To": JOURNAL}, EXCHANGE, (JOURNAL,)),
        # our own copies on their way through the server
        ({"X_Router_Copy": make(KEY, "m"), "To": SUPPORT}, "router@example.com", ("mike@example.com",)),
    ],
)
def test_of_a_mail_that_is_none_of_ours_nothing_is_kept(
    router: Router, fields: dict[str, str], sender: str, recipients: tuple[str, ...]
) -> None:
    """The journal of a company holds everybody's mail."""
    router.mail(letter())
    brought(router, letter(2, "Between us", **fields), sender, recipients)
    (row,) = router.rows(tables.sighting)

    assert (row["verdict"], row["sender"], row["recipients"], row["message"]) == ("foreign", "", [], None)
    assert router.rows(tables.raw) == []
    assert router.rows(tables.chunk) == []
    assert len(router.messages) == 1
    assert not any(row["key"].startswith(digest("2@customer.example")) for row in router.rows(tables.thread_key))


@pytest.mark.parametrize("author", [EXCHANGE, "MAILER-DAEMON@mx.customer.example"])
def test_a_bounce_of_our_answer_to_whoever_wrote_it_is_kept(router: Router, author: str) -> None:
    """The customer has heard nothing, and the mailbox will not hear of that."""
    router.mail(letter())
    brought(router, letter(2, **ANSWER), ANNA, (KIM,))
    bounce = letter(
        3,
        f"--x\r\n\r\nNot delivered.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; {KIM}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2@customer.example>\r\n--x--",
        From=author,
        To=ANNA,
        Subject="Undeliverable: Order",
        Content_Type="multipart/report; report-type=delivery-status; boundary=x",
    )
    brought(router, bounce, "<>", (ANNA,))
    kept = router.messages[-1]

    assert (len(router.messages), kept["kind"], kept["mailboxes"]) == (3, "bounce", ["support"])


@pytest.mark.parametrize(
    "content_type",
    ["application/ms-tnef; name=winmail.dat", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"],
)
def test_a_mail_that_nobody_can_read_is_routed_by_its_header(router: Router, content_type: str) -> None:
    """Microsoft's own format, and encryption: what is around it can be read."""
    sealed = letter(text="AAECAw==", Content_Type=content_type, Content_Transfer_Encoding="base64")
    brought(router, sealed)

    assert len(router.copies) == 2
    assert raw_mails(router) == [sealed]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (report(letter(), closed=False), "not-closed"),
        (report(letter(), kind="application/ms-tnef"), "tnef"),
        (letter(To=JOURNAL), "no-parts"),
    ],
)
def test_a_report_that_cannot_be_taken_apart_is_kept_with_an_alarm(router: Router, octets: bytes, why: str) -> None:
    """It may hold a customer's mail: a person looks, and a later version may read it."""
    (one,) = accepted(router, seen(octets, sender="", recipients=(JOURNAL,)))
    router.route(one)
    (message,) = router.messages
    (alarm,) = router.database.read(lambda c: keeping.open_alarms(c, NOON))

    assert (message["uncopied"], router.copies) == ("journal-report", [])
    assert verdicts(router) == [("smtp", "fault")]
    assert raw_mails(router) == [octets]
    assert router.rows(tables.thread) == []
    assert (alarm["code"], alarm["detail"]["why"], alarm["detail"]["sighting"]) == ("journal-unreadable", why, one.id)


def test_the_same_report_twice_is_a_repeat(router: Router) -> None:
    """Exchange missed our 250."""
    brought(router, letter())
    brought(router, letter())

    assert len(router.copies) == 2
    assert verdicts(router) == [("journal", "new"), ("journal", "repeat"), ("smtp", "report"), ("smtp", "report")]
    assert raw_mails(router) == [letter()]


def test_a_report_that_is_unwrapped_again_makes_no_second_sighting(router: Router) -> None:
    """Two routers may both have it in hand."""
    (one,) = accepted(router, journaled(letter()))
    router.route(one)
    router.route(one)

    assert len(router.rows(tables.sighting)) == 2
    assert len(router.copies) == 2
    assert [row["verdict"] for row in router.rows(tables.sighting)].count("new") == 1


def test_who_has_it_by_the_envelope_gets_no_copy_where_he_wants_none(router: Router) -> None:
    """Only the journal knows whom it went to."""
    helen = replace(INBOXES[1], skip_addressed=True)
    router.places = places_of(inboxes=(INBOXES[0], helen))
    brought(router, letter(), recipients=(SUPPORT, "Bcc: helen@example.com"))

    assert router.copies == [("mike", "pending", None), ("helen", "skipped", "addressed")]


def test_a_list_that_is_expanded_is_the_mailbox_all_the_same(router: Router) -> None:
    """Many a support address is a list of people."""
    brought(router, letter(To="Undisclosed recipients:;"), recipients=(f"{ANNA}, Expanded: {SUPPORT}",))

    assert router.messages[0]["mailboxes"] == ["support"]


def test_staff_mail_to_a_mailbox_is_copied(router: Router) -> None:
    """A customer's mail that somebody passes on."""
    brought(router, letter(From=ANNA), ANNA)

    assert len(router.copies) == 2


def test_rules_see_the_envelope_of_the_report(router: Router) -> None:
    """A hidden recipient too."""
    hidden = rule("hidden", copy_to=("mike",), when={"to": ("shop@example.com",)})
    router.places = places_of(hidden, inboxes=(Inbox("mike", "mike@example.com", True),))
    brought(router, letter(), recipients=(f"To: {SUPPORT}", "Bcc: shop@example.com"))

    assert router.copies == [("mike", "pending", None)]
