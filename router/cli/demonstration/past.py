"""The invented past of the shop: fourteen months of its Inbox and of its Sent folder, as mbox files.

Owns who wrote when, and who was forgotten. Everything is placed from the present backwards, so that the past is always
as old as it should be; a person is answered within some hours or days, but for those of whom the play is to tell.
"""

import mailbox
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from router.cli.demonstration.invented import LETTERS, SUPPORT

MONTHS = 14
_DAYS = 426  # of them
_SPACING = timedelta(days=3, hours=7)  # between two customers: it wanders through days and hours
_AFTER = [timedelta(minutes=minutes) for minutes in (40, 95, 190, 260, 400, 1_500, 2_900, 75)]  # until the answer
_COLLEAGUES = ("Tom", "Lena")


@dataclass(frozen=True, slots=True)
class _Story:
    """One customer's letter, and what we wrote back."""

    name: str
    subject: str
    text: str
    at: datetime
    answer: str | None = None
    by: str = "Tom"
    after: timedelta = timedelta(hours=2)


def write_past(folder: Path, now: datetime) -> tuple[Path, Path]:
    """Write what came in and what went out; the two files."""
    paths = folder / "Inbox.mbox", folder / "Sent.mbox"
    inbox, sent = (mailbox.mbox(path) for path in paths)
    for number, story in enumerate(_stories(now)):
        inbox.add(_letter(story, number))
        if story.answer is not None:
            sent.add(_answer(story, story.answer, number))
    inbox.close()
    sent.close()
    return paths


def _stories(now: datetime) -> Iterator[_Story]:
    told: dict[str, Any] = tomllib.loads((LETTERS / "past.toml").read_text("utf-8"))
    for special in (told["forgotten"], *told["promise"]):
        at = now - timedelta(days=special["days_ago"], hours=3)
        shown = (special["name"], special["subject"], special["text"])
        yield _Story(*shown, at, special.get("answer"), special.get("by", "Tom"))
    # As many first names as last ones have no common divisor: nobody comes twice.
    names = zip(cycle(told["first"]), cycle(told["last"]), strict=False)
    ways = zip(cycle(told["story"]), cycle(_AFTER), cycle(_COLLEAGUES), strict=False)
    count = timedelta(days=_DAYS) // _SPACING
    for number, ((first, last), (one, after, by)) in enumerate(islice(zip(names, ways, strict=False), count)):
        at = now - timedelta(days=_DAYS) + number * _SPACING
        yield _Story(f"{first} {last}", one["subject"], one["text"], at, one["answer"], by, after)


def _letter(story: _Story, number: int) -> bytes:
    name = story.name.lower().replace(" ", ".")
    customer, shop = f'"{story.name}" <{name}@customer.example>', f'"Petal & Pendulum" <{SUPPORT}>'
    text = f"{story.text}\n\n{story.name}\n"
    return _mail(customer, shop, story.subject, story.at, f"<past-{number}@customer.example>", text)


def _answer(story: _Story, answer: str, number: int) -> bytes:
    name, first = story.name.lower().replace(" ", "."), story.name.split()[0]
    shop, customer = f'"{story.by}, Petal & Pendulum" <{SUPPORT}>', f'"{story.name}" <{name}@customer.example>'
    text = f"Dear {first},\n\n{answer}\n\nKind regards\n{story.by}\n"
    at, question = story.at + story.after, f"<past-{number}@customer.example>"
    return _mail(shop, customer, f"Re: {story.subject}", at, f"<past-{number}-answer@example.com>", text, question)


def _mail(who: str, to: str, subject: str, at: datetime, message_id: str, text: str, reply: str | None = None) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = who, to, subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), message_id
    if reply is not None:
        mail["In-Reply-To"] = mail["References"] = reply
    mail.set_content(text)
    return mail.as_bytes().replace(b"\r\n", b"\n")
