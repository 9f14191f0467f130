"""The invented customers and their letters: reads `letters/`, dates them today and gives the bytes that go over the wire.

The files are whole messages (RFC 5322) with the line ends of this machine; `@now +0100` in them becomes the present instant in
that zone. Everybody in them lives in a domain of RFC 2606, so that no answer to them can ever reach a person.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from router.mail.message import read

SUPPORT = "support@example.com"  # the address that customers write to
SENT = "shop-sent@router.example.com"  # where the mail server sends copies of what the shop answers
LETTERS = Path(__file__).parent / "letters"  # what they write
_NOW = re.compile(rb"@now ([+-])(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail before it is sent."""

    message_id: str
    who: str
    subject: str
    sender: str  # of the envelope; "" for what no bounce may answer
    raw: bytes
    recipient: str = SUPPORT  # of the envelope


def letters() -> Iterator[Letter]:
    """The letters of the play, in their order."""
    for path in sorted(LETTERS.glob("*.eml")):
        yield _letter(_dated(path.read_bytes()))


def later() -> tuple[Letter, Letter, Letter]:
    """An answer of ours, the customer's next letter, and a founder's answer: what we send is copied to the router."""
    first, second, third = (_letter(_dated(path.read_bytes())) for path in sorted((LETTERS / "later").glob("*.eml")))
    return replace(first, recipient=SENT), second, replace(third, recipient=SENT)


def rush() -> list[Letter]:
    """Twenty short letters that come all at once."""
    told = tomllib.loads((LETTERS / "rush.toml").read_text("utf-8"))["letter"]
    return [_letter(_compose(number, one)) for number, one in enumerate(told, 1)]


def _letter(raw: bytes) -> Letter:
    message = read(raw)
    author = message.from_[0]
    # RFC 3834 section 3.3: an automatic reply has no return path.
    automatic = message.header.first("auto-submitted") is not None
    who, message_id = author.name or author.addr, message.message_id
    assert message_id is not None
    return Letter(message_id, who, message.subject, "" if automatic else author.addr, raw)


def _dated(text: bytes) -> bytes:
    def now(found: re.Match[bytes]) -> bytes:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3])) * (-1 if found[1] == b"-" else 1)
        return format_datetime(datetime.now(timezone(offset))).encode("ascii")

    return re.sub(rb"\r?\n", b"\r\n", _NOW.sub(now, text))


def _compose(number: int, told: dict[str, str]) -> bytes:
    name = told["name"].lower().replace("'", "").replace(" ", ".")
    message = EmailMessage(policy=SMTP)
    message["From"] = f'"{told["name"]}" <{name}@customer.example>'
    message["To"] = SUPPORT
    message["Subject"] = told["subject"]
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<rush-{number:02}@customer.example>"
    message.set_content(f"{told['text']}\n\n{told['name']}\n")
    return message.as_bytes()
