"""What sort of mail it is, by the plainest signs."""

from __future__ import annotations

import pytest

from router.mail.body import read_body
from router.mail.kind import MACHINE, Kind, Verdict, classify
from router.mail.message import read


def judge(raw: bytes, envelope_sender: str | None = "anna@example.com") -> Verdict:
    return classify(read(raw), read_body(raw), envelope_sender)


def report(part: bytes, content_type: bytes = b"message/delivery-status", container: bytes = b"report") -> bytes:
    return (
        b'From: x@y\nContent-Type: multipart/%b; boundary="b"\n\n--b\n\nText.\n--b\nContent-Type: %b\n\n%b\n--b--\n'
        % (container, content_type, part)
    )


STATUS = b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x\nAction: %b\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    ("raw", "kind", "reason"),
    [
        # automatic replies
        (b"Auto-Submitted: auto-replied\n\n", Kind.AUTO_REPLY, "auto-submitted=auto-replied"),
        (b"Auto-Submitted: Auto-Replied; zimbra; type=vacation\n\n", Kind.AUTO_REPLY, "auto-submitted=auto-replied"),
        (
            b"Auto-Submitted: auto-replied (vacation)\nPrecedence: bulk\n\n",
            Kind.AUTO_REPLY,
            "auto-submitted=auto-replied",
        ),
        (b"X-Autoreply: yes\n\n", Kind.AUTO_REPLY, "x-autoreply=yes"),
        (b"Precedence: auto_reply\n\n", Kind.AUTO_REPLY, "precedence=auto_reply"),
        (
            b"X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: a@x\n\n",
            Kind.AUTO_REPLY,
            "x-ms-exchange-inbox-rules-loop",
        ),
        # reports
        (report(STATUS % b"failed"), Kind.BOUNCE, "action=failed"),
        (report(STATUS % b"Failed (really)"), Kind.BOUNCE, "action=failed"),
        (report(STATUS % b"delayed"), Kind.DELAY, "action=delayed"),
        (report(STATUS % b"delivered"), Kind.DELIVERY_REPORT, "action=delivered"),
        (report(STATUS % b"relayed"), Kind.DELIVERY_REPORT, "action=relayed"),
        # the worst news is the news
        (report(STATUS % b"delivered" + b"\n" + STATUS % b"failed"), Kind.BOUNCE, "action=failed"),
        (report(b"Reporting-MTA: dns; x\n"), Kind.BOUNCE, "report-type=delivery-status"),
        (b"X-Failed-Recipients: a@x\nAuto-Submitted: auto-replied\n\n", Kind.BOUNCE, "x-failed-recipients=a@x"),
        (
            report(b"Disposition: x", b"message/disposition-notification"),
            Kind.READ_RECEIPT,
            "content-type=message/disposition-notification",
        ),
        (
            report(b"Feedback-Type: abuse", b"message/feedback-report"),
            Kind.FEEDBACK_REPORT,
            "content-type=message/feedback-report",
        ),
        # somebody who forwards a bounce is a person
        (report(STATUS % b"failed", container=b"mixed"), Kind.PERSON, None),
        # answers to invitations, and an invitation
        (report(b"METHOD:REPLY", b"text/calendar", b"alternative"), Kind.CALENDAR, "calendar-method=reply"),
        (report(b"METHOD:COUNTER", b"text/calendar", b"alternative"), Kind.CALENDAR, "calendar-method=counter"),
        (report(b"METHOD:REQUEST", b"text/calendar", b"alternative"), Kind.PERSON, None),
        # an emoji
        (
            report(b"{}", b"text/vnd.google.email-reaction+json", b"alternative"),
            Kind.REACTION,
            "content-type=text/vnd.google.email-reaction+json",
        ),
        # lists and campaigns
        (b"List-Id: <l.example.com>\nPrecedence: list\n\n", Kind.LIST, "list-id=<l.example.com>"),
        (b"List-Unsubscribe: <mailto:x>\n\n", Kind.BULK, "list-unsubscribe"),
        (b"Feedback-ID: 1:2:3\n\n", Kind.BULK, "feedback-id"),
        (b"Precedence: bulk\n\n", Kind.BULK, "precedence=bulk"),
        (b"From: alarm@x\nAuto-Submitted: auto-generated\n\n", Kind.BULK, "auto-submitted=auto-generated"),
        # a form on a web site names the customer in Reply-To
        (b"From: web@own\nReply-To: c@x\nAuto-Submitted: auto-generated\n\n", Kind.PERSON, None),
        # signs that are none
        (b"Auto-Submitted: no\n\n", Kind.PERSON, None),
        (b"X-Auto-Response-Suppress: All\n\n", Kind.PERSON, None),
        (b"X-Autoreply: no\n\n", Kind.PERSON, None),
        (b"Subject: Out of the office\n\n", Kind.PERSON, None),
        (b"Subject: a\rAuto-Submitted: auto-replied\n\n", Kind.PERSON, None),
        (b"", Kind.PERSON, None),
    ],
)
def test_the_plain_signs_decide(raw, kind, reason):
    """Whoever is taken for a machine waits unnoticed: each sign must be one."""
    verdict = judge(raw)

    assert verdict.kind is kind
    assert verdict.reasons[:1] == (() if reason is None else (reason,))


def test_a_null_sender_alone_means_nothing():
    """Some programs of people send without a return path."""
    assert judge(b"From: a@x\n\nhelp", "").kind is Kind.PERSON
    assert judge(b"Auto-Submitted: auto-replied\n\n", "").reasons == ("auto-submitted=auto-replied", "null-sender")


@pytest.mark.parametrize(
    ("raw", "needs"),
    [
        (b"From: a@x\n\nhelp", True),
        (report(b"METHOD:REQUEST", b"text/calendar", b"alternative"), True),
        (b"Auto-Submitted: auto-replied\n\n", False),
        (report(STATUS % b"failed"), False),
        (report(b"METHOD:REPLY", b"text/calendar", b"alternative"), False),
        (b"List-Id: <l.x>\n\n", False),
        (b"Precedence: bulk\n\n", False),
    ],
)
def test_machines_need_no_answer(raw, needs):
    """A fact of its own, with its own reasons."""
    verdict = judge(raw)

    assert verdict.needs_answer is needs
    assert verdict.needs_reasons == (f"kind={verdict.kind}",)


def test_the_kinds_are_those_of_the_contract():
    """Their names are written into other people's scripts."""
    machine = ["auto-reply", "acknowledgement", "challenge", "bounce", "delay", "delivery-report", "read-receipt"]
    machine += ["feedback-report"]
    others = ["calendar", "reaction", "list", "bulk", "spam", "own"]

    assert [str(kind) for kind in Kind] == ["person", *machine, *others]
    assert sorted(MACHINE) == sorted(machine)
