"""Replies: their lines, their codes, the names that servers give to a mail; and whom a no is about."""

import pytest

from router.delivery.courier import Permanent, Transient
from router.delivery.smtp.refusals import Step, judge
from router.delivery.smtp.replies import Reply, parse, queue_id


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([b"250 2.1.5 Ok"], Reply(250, "2.1.5", "Ok")),
        ([b"250"], Reply(250, "", "")),
        ([b"250 OK"], Reply(250, "", "OK")),
        ([b"550-5.7.26 DMARC", b"550 5.7.26 of customer.example"], Reply(550, "5.7.26", "DMARC of customer.example")),
        ([b"550 2.1.5 Ok"], Reply(550, "", "2.1.5 Ok")),  # a code of another class is no code (RFC 2034 section 4)
        ([b"554 5.7.1"], Reply(554, "5.7.1", "")),
        ([b"450 4.2.0 caf\xe9"], Reply(450, "4.2.0", "caf\\xe9")),
        (["550 5.1.1 Empfänger unbekannt".encode()], Reply(550, "5.1.1", "Empfänger unbekannt")),
    ],
)
def test_a_reply_is_read(lines: list[bytes], reply: Reply) -> None:
    """Its enhanced code stands in each line, and is told once."""
    assert parse(tuple(lines)) == reply


def test_an_endless_text_is_cut() -> None:
    """It will stand in a database."""
    assert len(str(parse((b"550 " + b"x" * 4000,)))) < 500


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2.0.0 Ok: queued as 4F3kQ81zY2", "4F3kQ81zY2"),
        ("2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9AB12", "9AB12"),
        (
            "2.6.0 <1@customer.example> [InternalId=12345678, Hostname=AM0PR0.eurprd01.prod.outlook.com] Queued mail",
            "12345678",
        ),
        ("OK id=1rAbCd-0000xY-2Z", "1rAbCd-0000xY-2Z"),
        ("2.0.0 4AKC0nLx012345 Message accepted for delivery", "4AKC0nLx012345"),
        ("2.0.0 OK  1732190000 5b1f17b1804b1-432bdxsi1234.12 - gsmtp", "5b1f17b1804b1-432bdxsi1234.12"),
        ("Ok 0102018c5e-1f2e3d4c", "0102018c5e-1f2e3d4c"),
        ("OK", None),
        ("2.0.0 accepted", None),
    ],
)
def test_the_name_of_a_mail_at_the_server_is_told(text: str, name: str | None) -> None:
    """As far as the servers of the world can be understood."""
    assert queue_id(parse((f"250 {text}".encode(),))) == name


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        # Nobody but the mail itself can help.
        (Step.END, "550 5.7.26 Unauthenticated email from customer.example is not accepted: DMARC", "mail"),
        (Step.RCPT, "550 5.7.26 DMARC", "mail"),
        (Step.END, "550 5.7.1 Message rejected due to content", "mail"),
        (Step.DATA, "554 5.7.1 Message rejected", "mail"),
        (Step.END, "552 5.7.0 This message was blocked: security issue", "mail"),
        (Step.END, "554 5.6.0 Corrupt message content", "mail"),
        (Step.END, "550 5.5.2 bare <LF> received", "mail"),
        (Step.END, "554 5.4.14 Hop count exceeded", "mail"),
        (Step.END, "554 5.2.252 SendAsDenied; router@example.com not allowed to send as kim@customer.example", "mail"),
        (Step.END, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "mail"),
        (Step.END, "554 rejected as spam", "mail"),
        # The size: only less of it helps.
        (Step.RCPT, "552 5.2.3 Message too large for this recipient", "size"),
        (Step.MAIL, "552 too much", "size"),
        # The inbox: no other form helps.
        (Step.RCPT, "550 5.1.1 User unknown", "inbox"),
        (Step.RCPT, "554 5.7.1 Relay access denied", "inbox"),
        (Step.RCPT, "552 5.2.2 Mailbox full", "inbox"),
        (Step.RCPT, "550 no such user", "inbox"),
        (Step.END, "552 5.2.2 Mailbox full", "inbox"),
        (Step.END, "550 5.1.1 User unknown", "inbox"),
        (Step.END, "552 5.3.4 Message too large", "size"),
        (Step.MAIL, "552 5.3.4 Message size exceeds fixed limit", "size"),
        (Step.END, "552 too large", "inbox"),
        # Who knows.
        (Step.END, "554 5.2.0 STOREDRV.Deliver; delivery result banner", "unsaid"),
        (Step.END, "554 5.3.0 system not accepting", "unsaid"),
        (Step.END, "551 no", "unsaid"),
        # The place: a login, our own sender, our own address in the network.
        (Step.MAIL, "530 5.7.0 Must issue a STARTTLS command first", "later"),
        (Step.MAIL, "550 5.7.1 Sender refused", "later"),
        (Step.MAIL, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "later"),
        (Step.MAIL, "553 5.1.8 sender domain does not exist", "later"),
        (Step.RCPT, "530 5.7.57 Client not authenticated to send mail", "later"),
        (Step.RCPT, "550 5.7.25 no reverse DNS", "later"),
        (Step.END, "550 5.7.23 SPF validation failed", "later"),
        (Step.RCPT, "503 5.5.1 need MAIL", "later"),
        # 4xx, and what is no reply to this at all.
        (Step.END, "451 4.7.1 greylisted", "later"),
        (Step.RCPT, "452 4.2.2 mailbox full", "later"),
        (Step.RCPT, "354 go", "later"),
    ],
)
def test_it_is_known_whom_a_no_is_about(step: Step, reply: str, expected: str) -> None:
    """By the enhanced code and by what it answers."""
    found = judge(parse((reply.encode(),)), step)

    kinds = {
        "mail": Permanent(found.error, of_mail=True),
        "inbox": Permanent(found.error, of_inbox=True),
        "size": Permanent(found.error, of_size=True),
        "unsaid": Permanent(found.error),
        "later": Transient(found.error),
    }
    assert found == kinds[expected]
    assert found.error == f"{step}: {reply}"
