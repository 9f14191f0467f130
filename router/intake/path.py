"""The argument of MAIL and RCPT (RFC 5321 section 4.1.2): strict enough that two readers understand the same, tolerant
of what senders really send.

Tolerated: white space behind the colon, no brackets, an address without a host, dots in odd places. A source route is
ignored (section 4.1.1.3); quotes stay; nothing is silently taken out. It must never raise but `Malformed`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from router.intake import replies

_WORD = r"[^\s()<>\[\]:;@\\,\"\x00-\x20\x7f-\x9f]+"
_ADDRESS = rf"""(?:{_WORD}|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")(?:@(?:{_WORD}|\[[^\s\[\]<>\\@]+\]))?"""
_ROUTE = rf"(?:@{_WORD}(?:,@{_WORD})*:)?"
_PATH = re.compile(rf"<{_ROUTE}(?P<address>{_ADDRESS})>|<>|(?P<bare>{_ADDRESS})")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?")  # RFC 5321 section 4.1.2, esmtp-param
_NEEDLESS = re.compile(r"\A\"([^\s()<>\[\]:;@\\,\"]+)\"(?=@)")
_LONGEST = 1000  # octets of an address: section 4.5.3.1.3 says 256, and forwarders put whole addresses into theirs


class Malformed(Exception):
    """No such argument; with the reply."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Path:
    """What MAIL or RCPT said."""

    raw: bytes  # the argument as it came
    address: str  # without brackets and route; "" is the null sender
    parameters: Mapping[str, str | None]  # by their names in upper case

    @property
    def mailbox(self) -> str:
        """The address without quotes that nothing needs: they make no other mailbox (section 4.1.2)."""
        return _NEEDLESS.sub(r"\1", self.address) if self.address.startswith('"') else self.address


def sender(raw: bytes) -> Path:
    """The argument of MAIL."""
    path = _parse(raw, "FROM:", replies.MAIL_SYNTAX, replies.BAD_SENDER)
    if "SMTPUTF8" not in path.parameters and not path.address.isascii():
        raise Malformed(replies.NEEDS_SMTPUTF8)  # RFC 6531 section 3.5
    return path


@lru_cache(maxsize=256)  # nearly all mail goes to a few addresses
def recipient(raw: bytes, *, utf8: bool) -> Path:
    """The argument of RCPT; `utf8` as the MAIL before it said."""
    path = _parse(raw, "TO:", replies.RCPT_SYNTAX, replies.BAD_ADDRESS)
    if not path.address:
        raise Malformed(replies.BAD_ADDRESS)
    if not utf8 and not path.address.isascii():
        raise Malformed(replies.NEEDS_SMTPUTF8)
    return path


def _parse(raw: bytes, keyword: str, syntax: str, no_address: str) -> Path:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(no_address) from None
    if text[: len(keyword)].upper() != keyword:
        raise Malformed(syntax)
    text = text[len(keyword) :].strip(" \t")
    if not text:
        raise Malformed(syntax)
    found = _PATH.match(text)
    if found is None or len(found[0].encode()) > _LONGEST:
        raise Malformed(no_address)
    rest = text[found.end() :]
    if rest and not rest.startswith(" "):
        raise Malformed(no_address)
    address = found["address"] or found["bare"] or ""
    if "@" in address:
        address = address.rstrip(".")  # the root of the DNS
    if address.endswith("@"):
        raise Malformed(no_address)
    return Path(raw, address, _parameters(rest, syntax))


def _parameters(text: str, syntax: str) -> Mapping[str, str | None]:
    named: dict[str, str | None] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in named:
            raise Malformed(syntax)
        named[found[1].upper()] = found[2]
    return named
