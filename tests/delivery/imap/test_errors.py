"""What servers say, and what it means for a copy."""

import pytest

from router.delivery.courier import Outcome, Permanent, Transient
from router.delivery.imap.refusals import outcome
from router.imap.errors import Refused, code, passes, text

MEANINGS: list[tuple[str, str, Outcome]] = [
    # RFC 5530, Dovecot
    ("NO", "[OVERQUOTA] Quota exceeded", Transient("mailbox full: NO [OVERQUOTA] Quota exceeded")),
    # Gmail, Cyrus before RFC 5530
    ("NO", "Over quota", Transient("mailbox full: NO Over quota")),
    ("NO", "Mailbox is full", Transient("mailbox full: NO Mailbox is full")),
    # Exchange, of a full mailbox; other numbers mean other things
    ("NO", "Server Unavailable. 15", Transient("mailbox full: NO Server Unavailable. 15")),
    ("NO", "Server Unavailable. 155", Permanent("NO Server Unavailable. 155")),
    ("NO", "[UNAVAILABLE] Backend offline", Transient("NO [UNAVAILABLE] Backend offline")),
    ("NO", "[INUSE] Mailbox in use", Transient("NO [INUSE] Mailbox in use")),
    ("NO", "[TRYCREATE] Mailbox doesn't exist", Transient("NO [TRYCREATE] Mailbox doesn't exist")),
    ("NO", "[THROTTLED] Suggested Backoff Time: 300 s", Transient("NO [THROTTLED] Suggested Backoff Time: 300 s")),
    # Cyrus, Fastmail, Courier
    ("NO", "Message contains bare newlines", Permanent("NO Message contains bare newlines", of_mail=True)),
    ("NO", "Message contains NUL characters", Permanent("NO Message contains NUL characters", of_mail=True)),
    ("NO", "Message contains invalid header", Permanent("NO Message contains invalid header", of_mail=True)),
    ("NO", "[TOOBIG] Message size", Permanent("NO [TOOBIG] Message size", of_size=True)),
    ("NO", "Message too large", Permanent("NO Message too large", of_size=True)),
    ("BAD", "Error in IMAP command", Permanent("BAD Error in IMAP command", of_mail=True)),
    ("NO", "[NOPERM] Not yours", Permanent("NO [NOPERM] Not yours", of_inbox=True)),
    ("NO", "Permission denied", Permanent("NO Permission denied", of_inbox=True)),
    ("NO", "an annulled account", Permanent("NO an annulled account")),  # no NUL
]


@pytest.mark.parametrize(("answer", "words", "meaning"), MEANINGS)
def test_the_servers_words_decide(answer: str, words: str, meaning: Outcome) -> None:
    """Whether the same attempt may succeed later, and whether another form of the mail may."""
    assert outcome(Refused(answer, words)) == meaning


PASSING = [
    ("Server Unavailable. 15", True, "Exchange Online, overrun"),
    ("[ALERT] Too many simultaneous connections. (Failure)", True, "Gmail, crowded"),
    ("System Error (Failure)", True, "Gmail, for a minute"),
    ("[LIMIT] LOGIN Rate limit hit.", True, "Yahoo"),
    ("[ALERT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", True, "Dovecot"),
    ("Temporary authentication failure. [mail:2026-11-27 04:42]", True, "Dovecot without its database"),
    ("the folder INBOX cannot be opened: select failed: [INUSE] Mailbox is locked", True, "RFC 5530, of a folder"),
    ("the folder INBOX cannot be opened: Mailbox is locked by POP server", True, "Cyrus"),
    ("[AUTHENTICATIONFAILED] Invalid credentials, try again later", False, "a code goes before words"),
    ("[AUTHENTICATIONFAILED] Account is locked", False, "somebody has to unlock it"),
    ("[ALERT] Please log in via your web browser and then try again.", False, "Gmail wants a person"),
    ("[NONEXISTENT] Mailbox doesn't exist: Temporary", False, "its name says temporary"),
    ("LOGIN failed.", False, "Exchange, of a wrong password"),
]


@pytest.mark.parametrize(("words", "expected", "why"), PASSING)
def test_what_passes_by_itself_is_told_from_what_somebody_has_to_mend(words: str, expected: bool, why: str) -> None:
    """The second is told at once, and the first only where it lasts."""
    assert passes(words) is expected, why


def test_a_code_stands_first() -> None:
    """What a server quotes later in its words is none."""
    assert [code(words) for words in ("[TryCreate] x", "no [ALERT]", "[APPENDUID 1 2] ok")] == [
        "TRYCREATE",
        "",
        "APPENDUID",
    ]


def test_words_are_one_line_of_text() -> None:
    """imaplib makes texts of bytes together with their quotes; some errors have no words at all."""
    said = (b"no\xff\r\n room", "b'[X] no'", 'b"it\'s"', TimeoutError())

    assert [text(one) for one in said] == ["no\\xff room", "[X] no", "it's", "TimeoutError"]
