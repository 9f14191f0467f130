"""What a mail server answers: RFC 5321 section 4.2, with the enhanced codes of RFC 3463."""

import re
from dataclasses import dataclass
from functools import lru_cache

LINE = re.compile(rb"[2-5][0-9]{2}(?:[ -]|\Z)")  # how each line of a reply begins
_STATUS = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|\Z)")
_TEXT_LENGTH = 400  # characters that are kept

# Where servers say under what name they keep a mail that they took.
_QUEUE_IDS = (
    re.compile(r"\bqueued as ([0-9A-Za-z]+)"),  # Postfix, amavis
    re.compile(r"\bInternalId=([0-9]+)"),  # Exchange
    re.compile(r"\bid=([0-9A-Za-z-]+)"),  # Exim
    re.compile(r"([0-9A-Za-z.-]+) Message accepted for delivery"),  # Sendmail, OpenSMTPD
    re.compile(r"([0-9A-Za-z._-]+) - gsmtp\Z"),  # Google
    re.compile(r"\Aok:? +([0-9A-Za-z-]{12,})\Z", re.IGNORECASE),  # Amazon SES and others
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, all its lines."""

    code: int
    status: str  # the enhanced code, such as "5.7.1"; empty where there is none
    text: str

    @property
    def good(self) -> bool:
        """Whether it is a yes."""
        return 200 <= self.code < 300

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.code, self.status, self.text) if part)


@lru_cache(maxsize=256)  # a server says the same all day
def parse(lines: tuple[bytes, ...]) -> Reply:
    """The reply in these lines, each of which begins as `LINE` says."""
    code, status, words = int(lines[0][:3]), "", []
    for line in lines:
        text = line[4:].decode("utf-8", "backslashreplace").strip()
        if (found := _STATUS.match(text)) and text[0] == str(code)[0]:
            status = status or found[1]
            text = text[found.end() :]
        words.append(text)
    return Reply(code, status, " ".join(words)[:_TEXT_LENGTH].strip())


def queue_id(reply: Reply) -> str | None:
    """Under what name the server keeps the mail; None where it does not say."""
    return next((found[1] for pattern in _QUEUE_IDS if (found := pattern.search(reply.text))), None)
