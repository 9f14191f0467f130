"""What a copy sets off: it is recorded at that copy, it is nobody's mail, and it is copied to nobody."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.mail.mark import make
from router.routing.identify import Identity
from router.store import tables
from router.store.conversations import threads
from tests.bench.bounces import RECIPIENT, SHAPES, Shape, forwarded, lines, postfix, report, vacation
from tests.routing.conftest import BY_MAIL, Sent, deliver
from tests.store.desk import NOON, add_copies, change, octets, seen
from tests.store.driver import INBOXES, KEY, Router, letter, sighting_row

SUPPORT = "support@example.com"


def alarms(router: Router) -> list[str]:
    """The keys of what was raised."""
    return [row["key"] for row in router.rows(tables.alarm)]


def nobody_heard(router: Router) -> bool:
    """Only the customer's own mail has copies, and only it is in a conversation."""
    copied = {row["message"] for row in router.rows(tables.outbox)}
    listed = router.database.read(lambda c: [one["messages"] for one in threads(c, None, NOON)])
    return len(copied) == 1 and [len(messages) for messages in listed] == [1]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_report_moves_the_copy_of_its_recipient(sent: Sent, shape: Shape) -> None:
    """A refusal of the mail is answered by the wrapper, at once; any other bounce is a failure; a delay is only news."""
    routed = sent.back(shape.make(RECIPIENT, sent.raw))
    kind = "delay" if shape.action == "delayed" else "bounce"
    states = {
        "wrapped": ("deferred", {"wrapped": True}),
        "failed": ("failed", None),
        None: ("delivered", None),
    }

    assert routed.found.identity is Identity.RETURNED
    assert sent.news("mike") == [(kind, shape.status or None, shape.then)]
    assert sent.stands("mike") == states[shape.then]
    assert sent.stands("helen") == ("delivered", None)
    assert alarms(sent.router) == (["copy-bounced:mike"] if kind == "bounce" else [])
    assert nobody_heard(sent.router)


def test_the_wrapper_is_due_at_once_and_its_courier_is_told(sent: Sent) -> None:
    """The receipt of the first attempt stays: it is how a server's log is searched."""
    routed = sent.back(SHAPES["gmail"].make(RECIPIENT, sent.raw))
    row = sent.row("mike")

    assert (row["due"], row["holder"], row["ended"]) == (NOON, None, None)
    assert row["receipt"]["queue_id"] == "4F2B"
    assert row["last_error"].startswith("bounced: 5.7.26 550-5.7.26 This mail has been blocked")
    assert routed.waiting == ["mike"]


@pytest.mark.parametrize("status", ["5.3.4", "5.2.3"])
def test_what_is_too_large_behind_the_relay_goes_by_its_beginning(sent: Sent, status: str) -> None:
    """The relay took it, the founder's own server does not; where that refuses the beginning too, it has failed."""
    said = f"552 {status} Message too large"
    sent.back(postfix(RECIPIENT, sent.raw, status, said))
    then = sent.stands("mike")
    change(sent.router.database, sent.row("mike")["id"], state="delivered", note=None)
    sent.back(postfix(RECIPIENT, sent.raw, status, f"{said}, too"))

    assert then == ("deferred", {"shortened": True})
    assert [what for _, _, what in sent.news("mike")] == ["shortened", "failed"]
    assert sent.stands("mike")[0] == "failed"


def test_a_wrapper_that_bounces_too_has_failed(sent: Sent) -> None:
    """Once, or two servers play with each other for ever."""
    sent.back(SHAPES["gmail"].make(RECIPIENT, sent.raw))
    change(sent.router.database, sent.row("mike")["id"], state="delivered", note=None)
    sent.back(SHAPES["exchange"].make(RECIPIENT, sent.raw))

    assert sent.stands("mike")[0] == "failed"
    assert [then for _, _, then in sent.news("mike")] == ["wrapped", "failed"]


def test_a_copy_that_was_wrapped_from_the_first_is_not_wrapped_again(sent: Sent) -> None:
    """`from_mode = "wrap"`."""
    change(sent.router.database, sent.row("mike")["id"], changed=["wrapped:always"])
    sent.back(SHAPES["gmail"].make(RECIPIENT, sent.raw))

    assert sent.stands("mike")[0] == "failed"


def test_the_alarm_names_inbox_status_and_words(sent: Sent) -> None:
    """Whoever runs it must not have to read the report."""
    sent.back(postfix(RECIPIENT, sent.raw))
    (alarm,) = sent.router.rows(tables.alarm)

    assert alarm["detail"] == {
        "inbox": "mike",
        "status": "5.2.2",
        "text": "552 5.2.2 Mailbox full (in reply to end of DATA command)",
        "message": sent.message,
        "then": "failed",
    }


def test_a_bounce_may_overtake_the_courier_s_own_word(sent: Sent) -> None:
    """The relay answers with 250, and the report is here before that is on record."""
    change(sent.router.database, sent.row("mike")["id"], state="sending", holder="me", attempts=1)
    sent.back(postfix(RECIPIENT, sent.raw))
    row = sent.row("mike")

    assert (row["state"], row["holder"]) == ("failed", None)


@pytest.mark.parametrize("state", ["pending", "deferred", "held", "failed", "skipped"])
def test_a_copy_that_is_not_out_is_only_told(sent: Sent, state: str) -> None:
    """It was tried before, and will be again or not, whatever an earlier attempt has set off."""
    change(sent.router.database, sent.row("mike")["id"], state=state)
    sent.back(postfix(RECIPIENT, sent.raw))

    assert sent.stands("mike")[0] == state
    assert sent.news("mike") == [("bounce", "5.2.2", None)]


def test_a_bounce_finds_the_only_inbox_that_gets_its_copies_by_mail(router: Router) -> None:
    """The founder's mail goes on to an address that we do not know."""
    router.places = replace(router.places, inboxes=(BY_MAIL[0], INBOXES[1]))
    sent = deliver(router, letter())
    sent.back(postfix("mike.private@elsewhere.example", sent.raw))

    assert sent.stands("mike")[0] == "failed"
    assert sent.stands("helen")[0] == "delivered"


def test_a_bounce_of_nobody_we_know_is_told_of_nobody(sent: Sent) -> None:
    """Two might be meant: neither is accused."""
    sent.back(postfix("someone@elsewhere.example", sent.raw))

    assert (sent.stands("mike")[0], sent.stands("helen")[0]) == ("delivered", "delivered")
    assert alarms(sent.router) == ["copy-bounced:unknown"]
    assert [row["detail"]["inbox"] for row in sent.router.rows(tables.event) if row["name"] == "came-back"] == [None]


def test_a_copy_with_a_receipt_of_its_store_does_not_fail(router: Router) -> None:
    """It is in the Maildir: what bounced went on from there."""
    router.places = replace(router.places, inboxes=INBOXES)
    sent = deliver(router, letter())
    sent.back(postfix(RECIPIENT, sent.raw))

    assert sent.stands("mike")[0] == "delivered"
    assert sent.news("mike") == [("bounce", "5.2.2", None)]


def test_one_report_may_speak_of_both_inboxes(sent: Sent) -> None:
    """They share a transaction of the relay."""
    both = report(
        "Reporting-MTA: dns; x",
        "",
        *("Final-Recipient: rfc822; mike@example.com", "Action: failed", "Status: 5.2.2", ""),
        *("Final-Recipient: rfc822; helen+news@example.com", "Action: delivered", "Status: 2.0.0"),
    )
    sent.back(both)

    assert sent.news("mike") == [("bounce", "5.2.2", "failed")]
    assert sent.news("helen") == [("delivery-report", "2.0.0", None)]


@pytest.mark.parametrize(
    ("raw", "kind", "uncopied"),
    [
        (vacation(RECIPIENT, "<1@customer.example>"), "auto-reply", "reply-to-copy"),
        (
            lines(f"From: {RECIPIENT}", 'Content-Type: multipart/report; boundary="b"', "", "--b")
            + lines("Content-Type: message/disposition-notification", "", "Disposition: x; displayed", "--b--"),
            "read-receipt",
            "report-of-copy",
        ),
        # an inbox rule of Outlook.com, which marks nothing
        (lines(f"From: {RECIPIENT}", "Subject: Away", "", "I am away."), "person", "reply-to-copy"),
        (report("", f"Final-Recipient: rfc822;{RECIPIENT}", "Action: delivered"), "delivery-report", "report-of-copy"),
    ],
)
def test_what_a_founders_mailbox_answers_is_no_customers_mail(sent: Sent, raw: bytes, kind: str, uncopied: str) -> None:
    """It is shown at the copy, joins no conversation, and raises no alarm."""
    sent.back(raw, sender=RECIPIENT)
    row = sent.router.messages[-1]

    assert [entry[0] for entry in sent.news("mike")] == [kind]
    assert (row["uncopied"], row["mailboxes"], row["needs_answer"]) == (uncopied, [], False)
    assert (alarms(sent.router), nobody_heard(sent.router)) == ([], True)
    assert sent.stands("mike")[0] == "delivered"


def test_what_came_back_is_an_event_of_the_customers_conversation(sent: Sent) -> None:
    """Its log is where one looks why a founder never saw it."""
    routed = sent.back(postfix(RECIPIENT, sent.raw))
    event = next(row for row in sent.router.rows(tables.event) if row["name"] == "came-back")

    assert (event["thread"], event["message"]) == (sent.message, sent.message)
    assert event["detail"] == {"inbox": "mike", "kind": "bounce", "status": "5.2.2", "message": routed.message}


def test_a_report_that_comes_twice_counts_once(sent: Sent) -> None:
    """By the same way, or by another one."""
    bounce = postfix(RECIPIENT, sent.raw)
    sent.back(bounce)
    sent.back(bounce)
    sent.back(b"Received: by another way\r\n" + bounce, source="own-imap")

    assert len(sent.news("mike")) == 1
    assert len(sent.router.messages) == 2


def test_a_report_belongs_to_the_person_whose_mail_it_returns(sent: Sent) -> None:
    """`export` and `forget` find it."""
    sent.back(postfix(RECIPIENT, sent.copy))

    assert [row["customer"] for row in sent.router.messages] == ["kim@customer.example"] * 2


def test_a_report_about_a_forgotten_mail_leaves_nothing(sent: Sent) -> None:
    """It may hold every word of it."""
    forget = tables.message.update().values(forgotten=NOON, customer=None)
    sent.router.database.write("t", lambda c: c.execute(forget))
    one = seen(postfix(RECIPIENT, sent.copy), sender="", recipients=(sent.address,))
    add_copies(sent.router.database, {"state": "delivered"}, raw=octets(one.content))
    sent.router.database.write("t", lambda c: c.execute(tables.sighting.insert().values(sighting_row(one))))
    (routed,) = sent.router.route(one)

    assert (routed.found.identity, routed.message) == (Identity.RETURNED, None)
    assert len(sent.router.messages) == 1
    assert sent.router.rows(tables.raw) == []
    assert [row["recipients"] for row in sent.router.rows(tables.sighting)] == [[]]


def test_only_so_much_is_kept_at_a_copy(sent: Sent) -> None:
    """A responder that answers each minute fills no database row."""
    for number in range(25):
        sent.back(lines("Auto-Submitted: auto-replied", f"From: {RECIPIENT}", f"Date: {number}", "", str(number)))

    assert len(sent.news("mike")) == 20


@pytest.mark.parametrize("form", ["router+{}@example.com", "ROUTER+{}@EXAMPLE.COM", "{}@bounces.example.com"])
def test_the_token_is_read_in_every_form(sent: Sent, form: str) -> None:
    """Case gets lost on the way; plus addresses do not work everywhere."""
    address = form.format(make(KEY, sent.message))
    sent.back(postfix(RECIPIENT, b""), address.lower() if "ROUTER" not in address else address.swapcase())

    assert sent.stands("mike")[0] == "failed"


def test_a_mailbox_read_by_imap_has_the_token_in_its_header(sent: Sent) -> None:
    """There is no envelope."""
    sent.back(f"Delivered-To: {sent.address}\r\n".encode() + postfix(RECIPIENT, b""), "router@example.com")

    assert sent.stands("mike")[0] == "failed"


@pytest.mark.parametrize("token", ["", "nonsense", make(b"another key", "m"), f"{'0' * 16}.{'a' * 16}"])
def test_a_report_without_a_token_that_holds_is_kept_and_counted(sent: Sent, token: str) -> None:
    """Anybody may write to us; no copy fails for it."""
    sent.back(postfix(RECIPIENT, b""), f"router+{token}@example.com")

    assert sent.stands("mike")[0] == "delivered"
    assert sent.router.messages[-1]["uncopied"] == "to-router"
    assert alarms(sent.router) == ["stray-report:bounce"]
    assert nobody_heard(sent.router)


def test_a_report_about_a_mail_that_is_no_longer_known_is_kept(sent: Sent) -> None:
    """Metadata goes by its age."""
    sent.back(postfix(RECIPIENT, b""), f"router+{make(KEY, 'gone')}@example.com")

    assert sent.router.messages[-1]["uncopied"] == "bounce-of-copy"
    assert alarms(sent.router) == ["copy-bounced:unknown"]


@pytest.mark.parametrize("name", ["postfix", "exchange", "gmail", "domino", "qmail"])
def test_a_bounce_that_goes_to_the_customers_mailbox_is_known_by_what_it_returns(sent: Sent, name: str) -> None:
    """Broken servers send it to From, To or Reply-To."""
    shape = SHAPES[name]
    routed = sent.back(shape.make(RECIPIENT, sent.copy), SUPPORT)

    assert routed.found.identity is Identity.RETURNED
    assert sent.news("mike") == [("bounce", shape.status, shape.then)]
    assert nobody_heard(sent.router)


@pytest.mark.parametrize("name", SHAPES)
def test_a_bounce_of_another_mail_is_copied(sent: Sent, name: str) -> None:
    """One of our answer may be all that the customer gets: classification never decides about a copy."""
    sent.back(SHAPES[name].make("kim@customer.example", letter()), SUPPORT)

    assert len(sent.router.copies) == 4


def test_an_automatic_reply_to_a_mail_of_ours_is_known_by_what_it_replies_to(sent: Sent) -> None:
    """The wrapper bears a Message-ID of ours, and some responders write to To."""
    wrapper = f"<{make(KEY, sent.message)}.wrapped@router.example.com>"
    sent.back(vacation(RECIPIENT, wrapper), SUPPORT, sender=RECIPIENT)

    assert sent.news("mike") == [("auto-reply", None, None)]
    assert nobody_heard(sent.router)


def test_a_copy_that_a_machine_forwards_as_an_attachment_is_a_copy(sent: Sent) -> None:
    """A rule in a founder's mailbox, which wraps it without a word."""
    routed = sent.back(forwarded(sent.copy, ""), SUPPORT, sender=RECIPIENT)

    assert (routed.found.identity, routed.message) == (Identity.OWN, sent.message)
    assert nobody_heard(sent.router)


def test_a_copy_that_a_founder_forwards_with_his_own_words_is_mail(sent: Sent) -> None:
    """He wants somebody to do something."""
    sent.back(forwarded(sent.copy, "Anna, please call her."), SUPPORT, sender=RECIPIENT)

    assert len(sent.router.copies) == 4


def test_a_person_who_writes_to_a_bounce_address_and_to_a_mailbox_is_copied(sent: Sent) -> None:
    """A mail program filled the address in."""
    sent.back(letter(2, To=f"{sent.address}, {SUPPORT}"), sent.address, SUPPORT, sender=RECIPIENT)

    assert len(sent.router.copies) == 4


def _copies_and_messages(router: Router) -> tuple[int, int]:
    return len(router.copies), len(router.messages)


PIECES = [b"From: mailer-daemon", b"\r\n", b"Auto-Submitted: auto-replied", b"Action: failed", b"Status: 5.7.1"]
PIECES += [b"Content-Type: multipart/report; boundary=b", b"--b", b"Content-Type: message/delivery-status", b"\xff\0"]
PIECES += [b"Final-Recipient: rfc822; mike@example.com", b"Content-Type: message/rfc822", b"X-Router-Copy: "]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary() | st.lists(st.sampled_from(PIECES)).map(b"\r\n".join),
    st.sampled_from(["token", "none", "forged"]),
)
def test_whatever_comes_to_our_own_address_is_copied_to_nobody(sent: Sent, raw: bytes, which: str) -> None:
    """And every one of them is on record."""
    before = _copies_and_messages(sent.router)
    address = {"token": sent.address, "none": "router@example.com", "forged": "router+a.b@example.com"}[which]
    routed = sent.back(raw, address)
    after = _copies_and_messages(sent.router)

    assert after[0] == before[0]
    assert routed.found.identity in (Identity.REPEAT, Identity.OWN) or after[1] == before[1] + 1 or routed.found.hit
