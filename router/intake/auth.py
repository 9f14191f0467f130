"""The dialogue of AUTH (RFC 4954), for PLAIN (RFC 4616) and LOGIN. Nothing here is logged."""

import base64
import binascii
from collections.abc import Awaitable, Callable

from router.intake import replies

LINE_LIMIT = 12_288  # octets: RFC 4954 section 4
MECHANISMS = ("PLAIN", "LOGIN")

Ask = Callable[[str], Awaitable[bytes | None]]  # sends a challenge, returns the line that answers it


class NoLogin(Exception):
    """The dialogue broke; with the reply."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


async def login(argument: bytes, ask: Ask) -> tuple[str, str]:
    """The name and the password that a client gives. Raises `NoLogin`."""
    words = argument.split()
    if not 1 <= len(words) <= 2:
        raise NoLogin(replies.AUTH_SYNTAX)
    mechanism = words[0].upper().decode("ascii", "replace")
    initial = words[1] if len(words) == 2 else None
    if mechanism == "PLAIN":
        return _plain(_decoded(await ask("334 ") if initial is None else initial))
    if mechanism == "LOGIN":
        name = _decoded(await ask("334 VXNlcm5hbWU6") if initial is None else initial)  # Username:
        return _text(name), _text(_decoded(await ask("334 UGFzc3dvcmQ6")))  # Password:
    raise NoLogin(replies.NO_MECHANISM)


def _plain(message: bytes) -> tuple[str, str]:
    parts = message.split(b"\0")
    if len(parts) != 3 or parts[0] not in (b"", parts[1]):  # nobody acts for somebody else
        raise NoLogin(replies.AUTH_BASE64)
    return _text(parts[1]), _text(parts[2])


def _decoded(line: bytes | None) -> bytes:
    if line is None:
        raise NoLogin(replies.LONG_LINE)
    if line == b"*":
        raise NoLogin(replies.AUTH_ABORTED)
    if line == b"=":  # RFC 4954 section 4: an initial response that is empty
        return b""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        raise NoLogin(replies.AUTH_BASE64) from None


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise NoLogin(replies.AUTH_BASE64) from None
