"""To whom a mail of a watched account came, and whether it is our business."""

from pathlib import Path

import pytest

from router.conversation.links import ANYBODY, digest, key_of
from router.imap.connection import Account
from router.intake.imap.addressing import Envelope, envelope
from router.intake.imap.source import Kind, Source
from router.mail import mark
from router.mail.message import read
from router.store.acquaintance import Acquaintance
from tests.intake.imap.conftest import COMPANY, KEY

KIM, BOB = "kim@customer.example", "bob@stranger.example"
KNOWN = Acquaintance(
    {key_of("q@customer.example", who): ("support",) for who in (digest(KIM), ANYBODY)},
    {KIM: ("support",), "colleague@example.com": ("shop",)},
)
FROM_KIM = f"From: Kim <{KIM}>\n"
TO_SHOP = FROM_KIM + "To: shop@example.com"
ANSWERS = "In-Reply-To: <q@customer.example>\n"
OURS = f"X-Router-Copy: {mark.make(KEY, 'm')}\n"


def place(kind: Kind, header: str, *, mailbox: str | None = None, sent: bool = False) -> Envelope | None:
    """Where a mail with that header goes."""
    account = Account("h", 993, "tls", "catchall@example.com", Path("password"))
    source = Source("s", kind, account, mailbox, ("INBOX",), ())
    return envelope(source, COMPANY, read(f"{header}\n\nx\n".encode()), sent=sent, known=KNOWN)


INBOUND = [
    ("support", TO_SHOP, ["support@example.com"], "the setting knows"),
    (None, TO_SHOP, ["shop@example.com"], "by To"),
    (
        None,
        TO_SHOP + "\nCc: support@example.com",
        ["shop@example.com", "support@example.com"],
        "both",
    ),
    (
        None,
        "X-Original-To: support@example.com\n" + TO_SHOP,
        ["support@example.com"],
        "a hop wrote it",
    ),
    (
        None,
        "Delivered-To: catchall@example.com\n" + TO_SHOP,
        ["shop@example.com"],
        "the account itself",
    ),
    (
        None,
        "X-Gm-Original-To: shop@example.com\nDelivered-To: support@example.com\n" + FROM_KIM,
        ["shop@example.com"],
        "Google",
    ),
    (None, FROM_KIM + "To: somebody@else.example", ["catchall@example.com"], "by Bcc: it came here all the same"),
]


@pytest.mark.parametrize(("mailbox", "header", "expected", "why"), INBOUND)
def test_customers_mail_goes_to_the_mailbox_it_was_written_to(
    mailbox: str | None, header: str, expected: list[str], why: str
) -> None:
    """IMAP tells no envelope."""
    found = place(Kind.MAILBOX, header, mailbox=mailbox)

    assert found is not None
    assert list(found.recipients) == expected, why


SENDERS = [
    ("Return-Path: <bounce@x.example>\n" + FROM_KIM, "bounce@x.example", "the envelope, as the last hop wrote it"),
    ("Return-Path: <>\n" + FROM_KIM, "", "a null sender stays one"),
    (FROM_KIM, KIM, "no hop wrote it"),
    ("Subject: x\n", "", "nobody"),
]


@pytest.mark.parametrize(("header", "expected", "why"), SENDERS)
def test_the_envelope_sender_is_what_the_last_hop_wrote_down(header: str, expected: str, why: str) -> None:
    """A bounce has to look like one."""
    found = place(Kind.MAILBOX, header, mailbox="support")

    assert found is not None
    assert found.sender == expected, why


SENT_AS = "support-sent@r.example"
SOMEBODYS = [
    (Kind.STAFF, True, f"To: {KIM}\n{ANSWERS}", SENT_AS, "an answer"),
    (Kind.STAFF, True, f"To: {KIM}", SENT_AS, "to a customer, out of the blue"),
    (Kind.STAFF, True, f"To: {BOB}\n{ANSWERS}", SENT_AS, "in a known conversation: it may go to an expert"),
    (Kind.STAFF, True, f"To: {BOB}", None, "private"),
    (Kind.STAFF, True, f"To: colleague@example.com\n{ANSWERS}", None, "a word to a colleague about it"),
    (Kind.STAFF, True, "To: colleague@example.com", None, "to a colleague, who wrote to a mailbox once"),
    (Kind.EXECUTIVE, True, f"To: {KIM}\n{ANSWERS}", SENT_AS, "an answer"),
    (Kind.EXECUTIVE, True, f"Bcc: {KIM}\n{ANSWERS}", SENT_AS, "an answer in Bcc"),
    (Kind.EXECUTIVE, True, f"To: {KIM}", None, "to a customer, about something else"),
    (Kind.EXECUTIVE, True, f"To: anna@example.com\n{ANSWERS}", None, "a word to a colleague about it"),
    (
        Kind.EXECUTIVE,
        False,
        f"{FROM_KIM}To: mike@example.com\n{ANSWERS}",
        "support@example.com",
        "the customer answers",
    ),
    (Kind.EXECUTIVE, False, f"{FROM_KIM}To: mike@example.com", None, "a private mail of a customer"),
    (Kind.EXECUTIVE, False, f"From: {BOB}\n{ANSWERS}", None, "a stranger with a known reference"),
    (Kind.EXECUTIVE, False, f"From: anna@example.com\n{ANSWERS}", None, "a colleague about it"),
    (Kind.EXECUTIVE, False, f"From: anna@example.com\nTo: {KIM}\n{ANSWERS}", None, "a colleague's answer"),
    (Kind.EXECUTIVE, False, f"From: kim+p@customer.example\n{ANSWERS}", "support@example.com", "the same customer"),
    (Kind.EXECUTIVE, True, f"To: anna@example.com, {BOB}\n{ANSWERS}", None, "to an outsider who has no part in it"),
    (Kind.EXECUTIVE, False, f"{OURS}{FROM_KIM}{ANSWERS}", None, "our own copy"),
    (
        Kind.EXECUTIVE,
        False,
        f"X-Router-Copy: forged.aaaaaaaaaaaaaaaa\n{FROM_KIM}{ANSWERS}",
        "support@example.com",
        "forged",
    ),
]


@pytest.mark.parametrize(("kind", "sent", "header", "expected", "why"), SOMEBODYS)
def test_of_somebodys_own_account_only_what_is_our_business_is_taken(
    kind: Kind, sent: bool, header: str, expected: str | None, why: str
) -> None:
    """Everything else there is private."""
    found = place(kind, header, sent=sent)

    assert (found.recipients[0] if found else None) == expected, why


OWN = [
    (
        "Delivered-To: router+token@example.com\nTo: router@example.com",
        ("router+token@example.com",),
        "the plus form tells",
    ),
    ("To: Router <router+token@example.com>", ("router+token@example.com",), "by To"),
    ("To: somebody@else.example", ("router@example.com",), "it came here all the same"),
]


@pytest.mark.parametrize(("header", "expected", "why"), OWN)
def test_the_routers_own_mail_is_about_what_its_plus_form_says(
    header: str, expected: tuple[str, ...], why: str
) -> None:
    """Bounces of copies come there."""
    found = place(Kind.OWN, header)

    assert found is not None
    assert found.recipients == expected, why


def test_sent_mail_of_a_shared_account_belongs_to_whom_it_was_written_as() -> None:
    """Several mailboxes in one account."""
    as_shop = place(Kind.MAILBOX, f"From: shop@example.com\nTo: {BOB}", sent=True)
    as_agent = place(Kind.MAILBOX, f"From: anna@example.com\nTo: {KIM}\n{ANSWERS}", sent=True)

    assert as_shop == Envelope("shop@example.com", ("shop-sent@r.example",))
    assert as_agent == Envelope("anna@example.com", (SENT_AS,))
