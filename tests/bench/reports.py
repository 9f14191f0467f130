"""Journal reports as Exchange writes them, around a mail of the test's own."""

import base64
import quopri
from collections.abc import Sequence

JOURNAL = "journal@router.example.com"
EXCHANGE = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com"


def envelope(sender: str, *recipients: str, subject: str = "Your order", before: str = "", message_id: str = "") -> str:
    """The text of the first part; a recipient without a word before it is "Recipient:"."""
    lines = [f"Sender: {sender}", *([before] if before else []), f"Subject: {subject}"]
    lines += [f"Message-Id: {message_id or '<1@customer.example>'}"]
    lines += [one if ": " in one.partition(",")[0] else f"Recipient: {one}" for one in recipients]
    return "".join(f"{line}\r\n" for line in lines)


def report(
    mail: bytes,
    sender: str = "kim@customer.example",
    recipients: Sequence[str] = ("support@example.com",),
    *,
    text: str | None = None,
    text_encoding: str = "quoted-printable",
    encoding: str = "",
    charset: str = "utf-8",
    kind: str = "message/rfc822",
    boundary: str = "_d5ab9c39-7e2f-4bbb-9b7f-0a9d6f1f2f11_",
    more: str = "",
    closed: bool = True,
) -> bytes:
    """One report. Exchange Online: `encoding=""`; a gateway in between: "base64" or "quoted-printable"."""
    words = (envelope(sender, *recipients) if text is None else text).encode(charset, "replace")
    encoders = {
        "base64": base64.encodebytes,
        "quoted-printable": lambda octets: quopri.encodestring(octets.replace(b"\r\n", b"\n")),
    }
    first = encoders.get(text_encoding, lambda octets: octets)(words).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    second = mail
    if encoding == "base64":
        second = base64.encodebytes(mail).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    elif encoding == "quoted-printable":
        second = b"\r\n".join(quopri.encodestring(line) for line in mail.split(b"\r\n"))
        second = second.replace(b"=\n", b"=\r\n")
    head = [
        "From: Kim <kim@customer.example>",
        "To: <support@example.com>",
        f"Sender: <{EXCHANGE}>",
        "Message-ID: <0f8fad5b-d9cb-469f-a165-70867728950e@journal.report.generator>",
        "Date: Fri, 20 Nov 2026 11:00:02 +0000",
        "Subject: Your order",
        "MIME-Version: 1.0",
        "X-MS-Journal-Report:",
        f'Content-Type: multipart/mixed;\r\n\tboundary="{boundary}"',
        *([more] if more else []),
    ]
    part = [f"--{boundary}", f'Content-Type: text/plain; charset="{charset}"']
    part += [f"Content-Transfer-Encoding: {text_encoding}"] if text_encoding else []
    other = [f"--{boundary}", f"Content-Type: {kind}"]
    other += [f"Content-Transfer-Encoding: {encoding}"] if encoding else []
    octets = "\r\n".join([*head, "", "", *part, "", ""]).encode() + first + b"\r\n"
    octets += "\r\n".join([*other, "", ""]).encode() + second
    return octets + (f"\r\n--{boundary}--\r\n".encode() if closed else b"\r\n")
