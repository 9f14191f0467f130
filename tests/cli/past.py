"""A past to import: letters of customers, and the answers to them."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from tests.cli.conftest import Run
from tests.store.driver import letter

ANNA = "anna@example.com"


def dated(at: datetime, number: object, text: str, **fields: str) -> bytes:
    """A mail as it lies in a file."""
    given = {"Date": format_datetime(at), "Message-ID": f"<{number}@customer.example>"} | fields
    return letter(1, text, **given).replace(b"\r\n", b"\n")


def question(number: int, at: datetime, **fields: str) -> bytes:
    """A customer's letter."""
    given = {"From": f"Kim <kim{number}@customer.example>", "Subject": f"Order {number}"} | fields
    return dated(at, number, "Where is my order?", **given)


def answer(number: int, at: datetime, name: str = "", **fields: str) -> bytes:
    """Anna's answer to it."""
    given = {"From": ANNA, "To": f"kim{number}@customer.example", "In_Reply_To": f"<{number}@customer.example>"}
    return dated(at, name or f"a{number}", "It left yesterday.", **given | fields)


def imported(run: Run, folder: Path, mailbox: str, inbox: Iterable[bytes], sent: Iterable[bytes] = ()) -> None:
    """Import letters and answers of a mailbox; without answers none has ever been seen."""
    words: list[object] = []
    for option, mails in (("--inbox", [*inbox]), ("--sent", [*sent])):
        file = folder / f"{mailbox}{option}"
        file.write_bytes(b"".join(b"From x@y Tue Nov 18 10:00:00 2025\n" + mail + b"\n" for mail in mails))
        words += [option, file] if mails else []
    assert run("import", "--mailbox", mailbox, *words).code == 0
