"""Reads the text of a nightly digest as a person does: its subject, verdict, goals, sections and their lines."""

import email
import email.policy
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

_HEADING = re.compile(r"(?P<title>[A-Z][A-Z ]+) \((?P<total>[\d,]+)\)(?: - .*)?")
_BEGIN = re.compile(r" {0,2}(?P<number>\d+)  (?P<name>.+?)(?P<vip>  VIP)?(?:  \[(?P<mailbox>\w+)\])?")
_TIMES = re.compile(
    r"(?P<waited>[^()]+) \((?:(?P<working>[^;()]+) working|no working hours yet)(?:; (?P<limit>[^()]+))?\)"
)
_CLEARED = "CLEARED SINCE LAST TIME"


@dataclass(slots=True)
class Shown:
    """A line of a section."""

    number: int
    name: str
    vip: bool
    mailbox: str | None
    waited: str = ""
    working: str = ""  # empty: no working hours yet
    limit: str | None = None
    rest: str = ""  # subject, first words, what we did, the promise
    address: str = ""


@dataclass(slots=True)
class Twin:
    """A digest as it is read."""

    digest: str
    to: str
    subject: str
    made: datetime
    size: int  # of the mail, in octets
    verdict: str = ""
    goals: list[str] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)  # by section, as its heading says
    sections: dict[str, list[Shown]] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    proof: str = ""


def head(content: bytes) -> tuple[str, datetime]:
    """The digest that a mail is of, and when it was made, read in a hurry; no name: of none."""
    fields = content[: content.find(b"\r\n\r\n")].decode("ascii", "replace")
    name, date = re.search(r"^List-Id: <([\w-]+)\.digest\.", fields, re.M), re.search(r"^Date: (.*)", fields, re.M)
    assert date is not None
    return name[1] if name else "", parsedate_to_datetime(date[1].strip()).astimezone(UTC)


def read(content: bytes) -> Twin | None:
    """The digest in a mail; None: it is none."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    if mail["List-Id"] is None or "digest" not in mail["List-Id"]:
        return None
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    name = str(mail["List-Id"]).strip("<>").partition(".")[0]
    made = parsedate_to_datetime(mail["Date"]).astimezone(UTC)
    twin = Twin(name, str(mail["To"]).strip("<>"), str(mail["Subject"]), made, len(content))
    _Reader(twin).read(body.get_content().splitlines())
    return twin


class _Reader:
    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._title = ""
        self._shown: Shown | None = None

    def read(self, lines: list[str]) -> None:
        paragraphs = "\n".join(lines).split("\n\n")
        self._twin.verdict = " ".join(paragraphs[0].split())
        for paragraph in paragraphs[1:]:
            if paragraph.startswith("Goal: "):
                joined = " ".join(paragraph.split())
                self._twin.goals += [one.strip() for one in joined.split("Goal: ") if one.strip()]
            elif paragraph.startswith("-----"):
                self._twin.proof = " ".join(paragraph.lstrip("-").split())
            else:
                for line in paragraph.splitlines():
                    self._line(line)
        if self._shown is not None:
            _finish(self._shown)

    def _line(self, line: str) -> None:
        twin = self._twin
        if heading := _HEADING.fullmatch(line):
            self._close()
            self._title = heading["title"]
            twin.totals[self._title] = int(heading["total"].replace(",", ""))
            twin.sections.setdefault(self._title, [])
        elif not self._title or line.startswith("-----"):
            return
        elif self._title == _CLEARED:
            text = line.strip()
            if line.startswith("     ") and _is_continued(twin.cleared, text):
                twin.cleared[-1] += f" {text}"
            elif text:
                twin.cleared.append(text)
        elif (begin := _BEGIN.fullmatch(line)) and not line.startswith("     "):
            self._close()
            self._shown = Shown(int(begin["number"]), begin["name"], bool(begin["vip"]), begin["mailbox"])
            twin.sections[self._title].append(self._shown)
        elif self._shown is not None:
            self._shown.rest += f" {line.strip()}"

    def _close(self) -> None:
        if self._shown is not None:
            _finish(self._shown)
        self._shown = None


def _finish(shown: Shown) -> None:
    """What was gathered below the name begins with the times, and ends with where to find it."""
    text = " ".join(shown.rest.split())
    if times := _TIMES.match(text):
        shown.waited, shown.working, shown.limit = times["waited"], times["working"] or "", times["limit"]
        text = text[times.end() :].strip()
    head, _, search = text.rpartition(" from:" if " from:" in text else " to:")
    shown.address = search.split()[0] if search else ""
    shown.rest = head


def _is_continued(cleared: list[str], text: str) -> bool:
    """A long line is folded, and what follows has no "name: what became of it" of its own."""
    return bool(cleared) and ": " not in text and not text.startswith("and ")
