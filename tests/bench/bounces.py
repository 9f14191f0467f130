"""Mail that mail servers and mail programs write when a copy reaches them, in the shapes in which it really comes."""

from collections.abc import Callable
from dataclasses import dataclass

RECIPIENT = "mike@example.com"
DAEMON = "MAILER-DAEMON@mx.example.com"


def lines(*written: str) -> bytes:
    """A mail, or a part of one."""
    return "".join(f"{line}\r\n" for line in written).encode()


def report(*status: str, text: str = "Your message was not delivered.", returned: bytes = b"", **fields: str) -> bytes:
    """A multipart/report (RFC 6522); `returned` is the header of the mail, or the whole of it."""
    given = {"From": f"Mail Delivery System <{DAEMON}>", "Subject": "Undelivered Mail Returned to Sender"}
    named = given | {name.replace("_", "-"): value for name, value in fields.items()}
    kind = "text/rfc822-headers" if returned.endswith(b":headers") else "message/rfc822"
    return (
        lines(
            *(f"{name}: {value}" for name, value in named.items() if value),
            "Date: Fri, 20 Nov 2026 12:00:00 +0000",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b=1"',
            "",
            "--b=1",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            text,
            "",
            "--b=1",
            "Content-Type: message/delivery-status",
            "",
            *status,
            "",
            "--b=1",
            f"Content-Type: {kind}",
            "",
        )
        + returned.removesuffix(b":headers")
        + b"\r\n--b=1--\r\n"
    )


def postfix(recipient: str, returned: bytes, status: str = "5.2.2", said: str = "552 5.2.2 Mailbox full") -> bytes:
    """Postfix: three groups of fields, the diagnostic folded."""
    return report(
        "Reporting-MTA: dns; mx.example.com",
        "X-Postfix-Queue-ID: 4F2B91C0",
        "Arrival-Date: Fri, 20 Nov 2026 12:00:00 +0000 (UTC)",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        f"Original-Recipient: rfc822;{recipient}",
        "Action: failed",
        f"Status: {status}",
        "Remote-MTA: dns; store.example.com",
        f"Diagnostic-Code: smtp; {said}",
        "    (in reply to end of DATA command)",
        text=f"<{recipient}>: host store.example.com[192.0.2.7] said: {said}",
        returned=returned,
        Auto_Submitted="auto-replied",
    )


def exchange(recipient: str, returned: bytes) -> bytes:
    """Exchange Online: a code of its own, a long diagnostic, the header alone."""
    return report(
        "Reporting-MTA: dns;AM0PR01MB0000.eurprd01.prod.example",
        "Received-From-MTA: dns;router.example.com",
        "Arrival-Date: Fri, 20 Nov 2026 12:00:00 +0000",
        "",
        f"Final-Recipient: rfc822;{recipient.upper()}",
        "Action: failed",
        "Status: 5.7.509",
        "Diagnostic-Code: smtp;550 5.7.509 Access denied, sending domain CUSTOMER.EXAMPLE does not pass DMARC",
        " verification and has a DMARC policy of reject.",
        returned=returned + b":headers",
        Subject="Undeliverable: Order",
        From="postmaster@example.com",
    )


def gmail(recipient: str, returned: bytes) -> bytes:
    """Gmail: the status repeats in the diagnostic, line by line."""
    return report(
        "Reporting-MTA: dns; googlemail.com",
        "Arrival-Date: Fri, 20 Nov 2026 04:00:00 -0800 (PST)",
        "X-Original-Message-ID: <1@customer.example>",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.7.26",
        "Remote-MTA: dns; gmail-smtp-in.l.google.com. (2001:db8::1b, the server for the domain example.com.)",
        "Diagnostic-Code: smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
        " 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.",
        "Last-Attempt-Date: Fri, 20 Nov 2026 04:00:01 -0800 (PST)",
        returned=returned,
        From="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        Subject="Delivery Status Notification (Failure)",
        X_Failed_Recipients=recipient,
    )


def sendmail(recipient: str, returned: bytes) -> bytes:
    """sendmail: a delay, later than it sounds."""
    return report(
        "Reporting-MTA: dns; mx.example.com",
        "",
        f"Final-Recipient: RFC822; {recipient}",
        "Action: delayed",
        "Status: 4.4.1",
        "Remote-MTA: DNS; store.example.com",
        "Will-Retry-Until: Wed, 25 Nov 2026 12:00:00 GMT",
        text="**********************************************\r\n"
        "**      THIS IS A WARNING MESSAGE ONLY      **\r\n"
        "**  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\r\n"
        "**********************************************",
        returned=returned,
        Subject="Warning: could not send message for past 4 hours",
    )


def domino(recipient: str, returned: bytes) -> bytes:
    """Domino: no type before the address, a status that says nothing, the reason only in the diagnostic."""
    return report(
        "Reporting-MTA: dns;domino.example.com",
        "",
        f"Final-Recipient: {recipient}",
        "Action: failed",
        "Status: 5.0.0",
        "Diagnostic-Code: X-Notes; 550 5.1.1 User mike (mike@example.com) not listed in public Name & Address Book",
        text=f"Your message\r\n\r\n  Subject: Order\r\n\r\nwas not delivered to:\r\n\r\n  {recipient}",
        returned=returned,
        Subject="DELIVERY FAILURE: User mike not listed in Domino Directory",
    )


def qmail(recipient: str, returned: bytes) -> bytes:
    """qmail: prose, and the whole mail under a line of its own."""
    return (
        lines(
            f"From: {DAEMON}",
            "Subject: failure notice",
            "",
            "Hi. This is the qmail-send program at mx.example.com.",
            "I'm afraid I wasn't able to deliver your message to the following addresses.",
            "This is a permanent error; I've given up. Sorry it didn't work out.",
            "",
            f"<{recipient}>:",
            "192.0.2.7 failed after I sent the message.",
            "Remote host said: 554 5.6.3 Message contains a bare line feed",
            "",
            "--- Below this line is a copy of the message.",
            "",
        )
        + returned
    )


def exim(recipient: str, returned: bytes) -> bytes:
    """Exim of old: one field names the recipient, the rest is prose without an enhanced code."""
    return (
        lines(
            f"X-Failed-Recipients: {recipient}",
            "Auto-Submitted: auto-replied",
            f"From: Mail Delivery System <{DAEMON}>",
            "Subject: Mail delivery failed: returning message to sender",
            "",
            "This message was created automatically by mail delivery software.",
            "",
            "A message that you sent could not be delivered to one or more of its",
            "recipients. This is a permanent error. The following address(es) failed:",
            "",
            f"  {recipient}",
            "    SMTP error from remote mail server after RCPT TO:<mike@example.com>:",
            "    host store.example.com [192.0.2.7]: 550 no such person here",
            "",
            "------ This is a copy of the message, including all the headers. ------",
            "",
        )
        + returned
    )


def nameless(recipient: str, returned: bytes) -> bytes:
    """A gateway that writes in its own words and from its own address: only the null sender and the words tell."""
    return (
        lines(
            "From: Gateway <gateway@mx.example.com>",
            "Subject: Undeliverable mail",
            "",
            f"The message for {recipient} was not delivered: mailbox full.",
            "",
        )
        + returned
    )


def vacation(recipient: str, references: str = "") -> bytes:
    """An out-of-office as RFC 3834 wants it."""
    return lines(
        f"From: Mike <{recipient}>",
        "Subject: Out of office: Order",
        "Auto-Submitted: auto-replied (vacation)",
        *([f"In-Reply-To: {references}", f"References: {references}"] if references else []),
        "",
        "I am away until Monday.",
    )


def forwarded(copy: bytes, text: str, sender: str = RECIPIENT) -> bytes:
    """A copy as an attachment of a new mail."""
    head = [f"From: {sender}", "Subject: FW: Order", 'Content-Type: multipart/mixed; boundary="b"', ""]
    return lines(*head, "--b", "", text, "--b", "Content-Type: message/rfc822", "") + copy + b"\r\n--b--\r\n"


@dataclass(frozen=True)
class Shape:
    """One way in which the world writes, and what it says."""

    make: Callable[[str, bytes], bytes]
    action: str
    status: str
    then: str | None  # what follows for the copy


SHAPES = {
    "postfix": Shape(postfix, "failed", "5.2.2", "failed"),
    "exchange": Shape(exchange, "failed", "5.7.509", "wrapped"),
    "gmail": Shape(gmail, "failed", "5.7.26", "wrapped"),
    "sendmail": Shape(sendmail, "delayed", "4.4.1", None),
    "domino": Shape(domino, "failed", "5.1.1", "failed"),
    "qmail": Shape(qmail, "failed", "5.6.3", "wrapped"),
    "exim": Shape(exim, "failed", "5.0.0", "failed"),
    "nameless": Shape(nameless, "failed", "", "failed"),
}
