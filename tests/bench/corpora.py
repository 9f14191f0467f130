"""Real mail out of the folder that MAIL_CORPORA names, in the form in which SMTP carries it.

`truth/deliverable.tsv` lists every message with the sha256 of its CRLF form; what is yielded here has been checked against it.
"""

import csv
import hashlib
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from router.mail.identity import content_id
from router.mail.message import read
from tests.bench.smtp import whole

UNUSUAL = frozenset({"barecr", "nul", "long"})  # may be refused, or changed if the receipt says so

# A line that begins a message: a header follows at once, and the line end before it belongs to the mailbox file.
_FROM = re.compile(rb"(?:\A|\r?\n)From [^\n]*\n(?=[^\s:]+:)")


@dataclass(frozen=True)
class Mail:
    """One message of the list."""

    path: str
    index: int  # within its file
    flags: frozenset[str]
    crlf: bytes  # what a transmission carries

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.crlf).hexdigest()

    @cached_property
    def content(self) -> bytes:
        """The identity of its content; where it has none, of its bytes."""
        return content_id(self.crlf, read(self.crlf).header) or self.sha256.encode("ascii")

    @property
    def unusual(self) -> bool:
        """Whether it may be treated otherwise than copied byte by byte."""
        return bool(self.flags & UNUSUAL)

    def __str__(self) -> str:
        return f"{self.path}:{self.index}"


def corpora_folder() -> Path | None:
    """The folder, where there is one."""
    name = os.environ.get("MAIL_CORPORA")
    return Path(name) if name and Path(name, "truth", "deliverable.tsv").is_file() else None


def deliverable(folder: Path) -> Iterator[Mail]:
    """Every message of the list, in its order."""
    with (folder / "truth" / "deliverable.tsv").open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    several = {row["path"] for row in rows if row["index"] != "0"}
    for row in rows:
        parts = _parts(folder / row["path"], row["path"] in several)
        crlf = whole(re.sub(rb"\r?\n", b"\r\n", parts[int(row["index"])]))
        assert hashlib.sha256(crlf).hexdigest() == row["sha256_crlf"], f"{row['path']} is not what the list says"
        yield Mail(row["path"], int(row["index"]), frozenset(filter(None, row["flags"].split(","))), crlf)


@lru_cache(maxsize=4)
def _parts(file: Path, several: bool) -> list[bytes]:
    content = file.read_bytes()
    if several:
        return _FROM.split(content)[1:]
    # A single message may have kept the line of the mailbox that it was taken from.
    return [content.partition(b"\n")[2] if content.startswith(b"From ") and b"\n" in content else content]


def sample(mails: Sequence[Mail], size: int = 400, seed: int = 20) -> list[Mail]:
    """A part of them that holds unusual ones and repeats as the whole does, in their order."""
    chance = random.Random(seed)
    unusual = [mail for mail in mails if mail.unusual]
    firsts: dict[bytes, Mail] = {}
    pairs = [(firsts[mail.content], mail) for mail in mails if firsts.setdefault(mail.content, mail) is not mail]
    chosen = {id(mail) for mail in chance.sample(unusual, min(len(unusual), size // 10))}
    chosen |= {id(mail) for pair in chance.sample(pairs, min(len(pairs), size // 10)) for mail in pair}
    rest = [mail for mail in mails if id(mail) not in chosen]
    chosen |= {id(mail) for mail in chance.sample(rest, max(0, min(len(rest), size - len(chosen))))}
    return [mail for mail in mails if id(mail) in chosen]
