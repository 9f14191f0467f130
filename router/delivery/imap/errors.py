"""What goes wrong with an IMAP server, told apart by what it means for a copy.

    ImapError
    ├── Trouble   the connection, or the login; nothing is on its way
    ├── NoFolder  a folder that cannot be opened or made; nothing is on its way
    ├── InDoubt   the connection ended while a mail went over it: the server may have it
    └── Refused   the server answered NO or BAD to a mail

Servers say why in response codes (RFC 3501 section 7.1, RFC 5530, RFC 4469), or only in words.
"""

import imaplib
import re

from router.delivery.courier import Permanent, Transient

GONE = (OSError, imaplib.IMAP4.abort)  # the connection; a timeout and a bad certificate are kinds of OSError

_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]", re.IGNORECASE)
_BYTES = re.compile(r"""b(['"])(.*)\1""", re.DOTALL)
# Exchange tells of a full mailbox by the second.
_FULL = re.compile(r"quota|mailbox (is )?full|server unavailable\. 15\b|(no|insufficient) (disk )?space", re.IGNORECASE)
# Cyrus, Fastmail, Courier: it is the mail that they do not take.
_OF_MAIL = re.compile(
    r"bare (newline|lf|cr)|\bnuls?\b|invalid header|(too|overly) (large|big|long)|exceeds|malformed|8-?bit",
    re.IGNORECASE,
)
_FOR_NOW = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN", "EXPIRED", "LIMIT", "TRYCREATE"})


class ImapError(Exception):
    """What the couriers make of it is in `words`."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Trouble(ImapError):
    """Nothing can be done over this connection, and nothing is on its way."""

    def __init__(self, words: str, of_login: bool = False) -> None:
        super().__init__(words)
        self.of_login = of_login  # it is our login that is refused: somebody has to mend it


class NoFolder(ImapError):
    """A folder cannot be had; others may."""


class InDoubt(ImapError):
    """The connection ended while a mail went over it."""


class Refused(ImapError):
    """The server did not take a mail."""

    def __init__(self, answer: str, words: str) -> None:
        super().__init__(f"{answer} {words}")
        self.answer = answer  # NO or BAD
        self.code = code(words)


def code(words: str) -> str:
    """The response code at the start of a server's words, such as `OVERQUOTA`; empty where it gives none."""
    found = _CODE.match(words)
    return found[1].upper() if found else ""


def text(said: object) -> str:
    """The words of a server or a library in one line; imaplib makes texts of bytes with their quotes."""
    if isinstance(said, bytes):
        said = said.decode("utf-8", "backslashreplace")
    words = str(said)
    if quoted := _BYTES.fullmatch(words):
        words = quoted[2]
    return " ".join(words.split()) or type(said).__name__


def outcome(refused: Refused) -> Transient | Permanent:
    """What a refusal means for the copy."""
    words = refused.words
    if refused.code == "OVERQUOTA" or _FULL.search(words):
        return Transient(f"mailbox full: {words}")
    if refused.code in _FOR_NOW:
        return Transient(words)
    return Permanent(words, of_mail=refused.answer == "BAD" or refused.code == "TOOBIG" or bool(_OF_MAIL.search(words)))
