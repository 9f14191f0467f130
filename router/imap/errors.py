"""What goes wrong with an IMAP server, told apart by what it means for a mail.

    ImapError
    ├── Trouble   the connection, or the login; nothing is on its way
    ├── NoFolder  a folder that cannot be opened or made; nothing is on its way
    ├── InDoubt   the connection ended while a mail went over it: the server may have it
    └── Refused   the server answered NO or BAD to a mail

Servers say why in response codes (RFC 3501 section 7.1, RFC 5530, RFC 4469), or only in words.
"""

import imaplib
import re

GONE = (OSError, imaplib.IMAP4.abort)  # the connection; a timeout and a bad certificate are kinds of OSError

_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]", re.IGNORECASE)
_PASSING = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\b|temporar(?:y|ily)\b|try again later|system error|rate.?limit|throttl"
    r"|server (?:is )?(?:busy|unavailable)|mailbox is locked"
    r"|too many (?:[a-z]{1,20} )?(?:connections|sessions)|max(?:imum)? (?:[a-z]{1,20} ){0,2}connections",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|NONEXISTENT)\b", re.IGNORECASE
)
_BYTES = re.compile(r"""b(['"])(.*)\1""", re.DOTALL)


class ImapError(Exception):
    """What is to be told of it is in `words`."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Trouble(ImapError):
    """Nothing can be done over this connection, and nothing is on its way."""

    def __init__(self, words: str, of_login: bool = False, of_mail: bool = False) -> None:
        super().__init__(words)
        self.of_login = of_login  # it is our login that is refused: somebody has to mend it
        self.of_mail = of_mail  # everything went well up to one mail


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


def passes(words: str) -> bool:
    """Whether a refusal is one of this moment, by its code (RFC 5530) or its words: nobody has to mend anything."""
    words = words[:1000]
    return bool(_PASSING.search(words)) and not _LASTING.search(words)


def text(said: object) -> str:
    """The words of a server or a library in one line; imaplib makes texts of bytes with their quotes."""
    if isinstance(said, bytes):
        said = said.decode("utf-8", "backslashreplace")
    words = str(said)
    if quoted := _BYTES.fullmatch(words):
        words = quoted[2]
    return " ".join(words.split()) or type(said).__name__
