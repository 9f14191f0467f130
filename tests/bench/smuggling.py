"""Look-alikes of the end of a mail, as known attacks use them."""

import json
import re
from pathlib import Path

_END = b"\r\n.\r\n"


def look_alikes(folder: Path) -> list[bytes]:
    """Every byte sequence of the list; none of them ends a mail."""
    listed = json.loads((folder / "proto-smtp-smuggling" / "eod_sequences.json").read_text())
    single = [text for text in listed["smtpsmug"].values() if "." in text and len(text) < 10]
    texts = dict.fromkeys([*single, *listed["thelogin_inbound"], *listed["thelogin_outbound"]])
    return [text.encode("latin-1") for text in texts if _END not in text.encode("latin-1")]


def smuggler(number: int, look_alike: bytes) -> bytes:
    """A mail with a second transaction behind a look-alike of its end."""
    second = (
        b"MAIL FROM:<boss@example.com>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: smuggled\r\n\r\nPay.\r\n"
    )
    head = b"Subject: smuggling %d\r\nMessage-ID: <smuggling-%d@customer.example>\r\n\r\nfirst" % (number, number)
    return head + look_alike + second


def unstuffed(wire: bytes) -> bytes:
    """What a mail is once the server took away the dots that begin lines (RFC 5321 section 4.5.2)."""
    return re.sub(rb"(?:\A|(?<=\r\n))\.", b"", wire)
