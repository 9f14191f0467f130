"""Makes the support form of a set of real conversations: what a company's mailbox and Sent folder would hold of them.

python -m benchmarks.supportform CORPORA FOLDER [--without-headers]

In each true conversation the author of the first mail is the customer; everybody else is staff, whose mail is seen as
outbound and goes to that customer. From, To, Cc, Reply-To and Sender are replaced, list fields are stripped; dates,
subjects, ids and bodies stay. FOLDER gets two mailboxes, `inbox.mbox` and `sent.mbox`, and `truth.tsv`: each mail by
its Message-ID, with its conversation, its direction, and whether its customer waits at the end.
"""

import argparse
import csv
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

TRUTH = "truth/threads-spamassassin-easy-ham-1.tsv"
MAILBOX = "support@example.com"
_STRIPPED = ("from", "to", "cc", "reply-to", "sender", "precedence", "mailing-list", "errors-to")
_THREADING = ("references", "in-reply-to", "thread-index")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")


@dataclass(frozen=True)
class SupportMail:
    """One mail in support form."""

    raw: bytes
    message_id: str
    thread: str  # the true one
    customer: str
    outbound: bool
    at: datetime


def support_form(corpora: Path, headers: bool = True) -> list[SupportMail]:
    """All mails in the order of their dates; without `headers`, nothing in them tells what they answer."""
    with (corpora / TRUTH).open(newline="") as lines:
        rows = sorted(csv.DictReader(lines, delimiter="\t"), key=lambda row: int(row["ts"]))
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row["thread"], row["from"].lower())
    return [_made(corpora, row, first[row["thread"]], headers) for row in rows]


def waiting_truth(mails: Iterable[SupportMail]) -> set[str]:
    """The true conversations whose last mail by date is the customer's."""
    last = {mail.thread: mail for mail in sorted(mails, key=lambda mail: mail.at)}
    return {thread for thread, mail in last.items() if not mail.outbound}


def _made(corpora: Path, row: dict[str, str], first: str, headers: bool) -> SupportMail:
    author = row["from"].lower()
    customer = _invented(first, "customers.example")
    outbound = author != first
    fields = (
        {"From": _invented(author, "example.com"), "To": customer} if outbound else {"From": customer, "To": MAILBOX}
    )
    added = "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()
    raw = added + _without((corpora / row["path"]).read_bytes(), _STRIPPED + (() if headers else _THREADING))
    return SupportMail(
        raw, row["msgid"], row["thread"], customer, outbound, datetime.fromtimestamp(int(row["ts"]), UTC)
    )


def _invented(addr: str, domain: str) -> str:
    """Nobody's address: the same for the same person."""
    return f"p{hashlib.sha256(addr.encode()).hexdigest()[:10]}@{domain}"


def _without(raw: bytes, names: Sequence[str]) -> bytes:
    """A mail without its mbox line and these fields, list fields among them."""
    raw = raw.replace(b"\r\n", b"\n")
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    header, blank, body = raw.partition(b"\n\n")
    kept: list[bytes] = []
    keep = True
    for line in header.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            found = _FIELD.match(line)
            name = found[1].decode().lower() if found else ""
            keep = name not in names and not name.startswith("list-")
        if keep:
            kept.append(line)
    return b"\n".join(kept) + blank + body


def _mbox(mails: Iterable[SupportMail]) -> Iterator[bytes]:
    for mail in mails:
        yield f"From - {mail.at:%a %b %d %H:%M:%S %Y}\n".encode()
        yield re.sub(rb"(?m)^(>*From )", rb">\1", mail.raw).rstrip(b"\n") + b"\n\n"


def write(mails: Sequence[SupportMail], folder: Path) -> None:
    """Both mailboxes and the table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, outbound in (("inbox", False), ("sent", True)):
        (folder / f"{name}.mbox").write_bytes(b"".join(_mbox(one for one in mails if one.outbound == outbound)))
    waits = waiting_truth(mails)
    with (folder / "truth.tsv").open("w", newline="") as out:
        table = csv.writer(out, delimiter="\t")
        table.writerow(("msgid", "thread", "direction", "customer", "at", "waits"))
        for mail in mails:
            direction = "out" if mail.outbound else "in"
            row = (
                mail.message_id,
                mail.thread,
                direction,
                mail.customer,
                mail.at.isoformat(),
                int(mail.thread in waits),
            )
            table.writerow(row)


def main() -> int:
    """Make it, and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without-headers", action="store_true", help="strip References, In-Reply-To and Thread-Index")
    given = parser.parse_args()
    mails = support_form(given.corpora, not given.without_headers)
    write(mails, given.folder)
    sizes = [len(list(group)) for _, group in groupby(sorted(one.thread for one in mails))]
    out = sum(one.outbound for one in mails)
    print(f"{len(mails)} mails, {out} of them ours, in {len(sizes)} conversations; {len(waiting_truth(mails))} wait")
    return 0


if __name__ == "__main__":
    sys.exit(main())
