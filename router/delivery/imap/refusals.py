"""What the refusal of an IMAP server means for a copy: to be tried again, or in vain."""

import re

from router.delivery.courier import Permanent, Transient
from router.imap.errors import Refused

# Exchange tells of a full mailbox by the second.
_FULL = re.compile(r"quota|mailbox (is )?full|server unavailable\. 15\b|(no|insufficient) (disk )?space", re.IGNORECASE)
# Cyrus, Fastmail, Courier: it is the mail that they do not take.
_OF_MAIL = re.compile(
    r"bare (newline|lf|cr)|\bnuls?\b|invalid header|(too|overly) long|malformed|8-?bit",
    re.IGNORECASE,
)
_OF_SIZE = re.compile(r"(too|overly) (large|big)|exceeds", re.IGNORECASE)
_OF_FOLDER = frozenset({"NOPERM", "READ-ONLY", "NONEXISTENT"})  # rights, and a folder that is gone
_NO_RIGHT = re.compile(r"permission denied|read-?only", re.IGNORECASE)  # the same without a code
_FOR_NOW = frozenset(
    {"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN", "EXPIRED", "LIMIT", "THROTTLED", "TRYCREATE"}
)

# RFC 3501 section 6.3.11: a NO, or a BAD, may mean flags or date. Servers that list \\* do not all keep every keyword.
_OF_FLAGS = re.compile(r"\b(flags?|keywords?)\b", re.IGNORECASE)
_OF_DATE = re.compile(r"\b(internal ?)?date\b", re.IGNORECASE)


def of_flags(refused: Refused) -> bool:
    """Whether it may be the keywords that the server does not take."""
    return refused.answer == "BAD" or bool(_OF_FLAGS.search(refused.words))


def of_date(refused: Refused) -> bool:
    """Whether it may be the date."""
    return refused.answer == "BAD" or bool(_OF_DATE.search(refused.words))


def outcome(refused: Refused) -> Transient | Permanent:
    """What a refusal means for the copy."""
    words = refused.words
    if refused.code == "OVERQUOTA" or _FULL.search(words):
        return Transient(f"mailbox full: {words}")
    if refused.code in _FOR_NOW:
        return Transient(words)
    if refused.code in _OF_FOLDER or _NO_RIGHT.search(words):
        return Permanent(words, of_inbox=True)
    if refused.code == "TOOBIG" or _OF_SIZE.search(words):
        return Permanent(words, of_size=True)
    return Permanent(words, of_mail=refused.answer == "BAD" or bool(_OF_MAIL.search(words)))
