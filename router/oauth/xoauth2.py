"""XOAUTH2, the login by token that Microsoft and Google speak over IMAP and SMTP.

A server that refuses sends a challenge first, JSON with a status; it is answered with an empty line, and only then the
command ends (developers.google.com/gmail/imap/xoauth2-protocol).
"""

import base64
import binascii
import json

LONGEST_LINE = 512  # octets of an SMTP command, its first answer included (RFC 4954 section 4)


def first_answer(username: str, token: str) -> bytes:
    """What the client sends, before base64."""
    return f"user={username}\1auth=Bearer {token}\1\1".encode()


def status(challenge: bytes) -> str:
    """The status in a challenge, such as "401" or "invalid_token"; empty where there is none. Base64 or plain."""
    try:
        told = json.loads(challenge if challenge.lstrip()[:1] == b"{" else base64.b64decode(challenge))
    except (ValueError, binascii.Error):
        return ""
    found = told.get("status") if isinstance(told, dict) else None
    return str(found)[:40] if isinstance(found, str | int) else ""


def with_status(words: str, challenge: bytes) -> str:
    """A refusal's words, and the status of the challenge before it."""
    found = status(challenge)
    return f"{words} (status {found})" if found else words
