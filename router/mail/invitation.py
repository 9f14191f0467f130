"""Whether a mail is an invitation, or another step of one, that a calendar program may act upon (RFC 5546, RFC 6047).

One that is addressed to a mailbox must not land in the calendar of whoever gets a copy, nor be answered from there.
What is merely published, or a calendar file without a method, is left alone: nothing is answered to that.
"""

import re
from collections.abc import Iterator

from router.mail.header import split
from router.mail.mime import Part, read_structure

METHODS = frozenset({"request", "reply", "add", "cancel", "refresh", "counter", "declinecounter"})
TYPES = frozenset({"text/calendar", "application/ics"})
_TEXT_CAP = 64 * 1024

_METHOD_LINE = re.compile(r"^method[^:\n]*+:[ \t]*+([a-z]++)", re.MULTILINE | re.IGNORECASE)
_WINDOW = 4096  # octets in which a part's header fields are looked for in the pieces of a large mail
_HITS = 50  # looked at in one piece
_TYPE_FIELD = re.compile(rb"\ncontent-type[ \t]*+:[ \t\r\n]*+(?:text/calendar|application/ics)")
_METHOD_PARAMETER = re.compile(rb";\s*+method\s*+=\s*+\"?([a-z]++)")
_FIELD_END = re.compile(rb"\n(?![ \t])")


def invites(head: bytes) -> bool:
    """Whether the structure has a part with a step of an invitation, as far as `head` goes."""
    low = head.lower()
    if b"calendar" not in low and b"/ics" not in low:  # what nearly every mail is let off with
        return False
    # Exchange writes this where the part itself may be hidden in a file of its own sort (winmail.dat).
    if (split(head).first("content-class") or b"").strip().lower() == b"urn:content-classes:calendarmessage":
        return True
    return any(_acts(part) for part in read_structure(head).parts if part.content_type in TYPES)


def _acts(part: Part) -> bool:
    if part.parameters.get("method", "").strip().lower() in METHODS:
        return True
    text = part.text()[:_TEXT_CAP]
    return any(found[1].lower() in METHODS for found in _METHOD_LINE.finditer(text))


class Seeker:
    """Looks for such a part in the pieces of a mail that is too large to be taken apart: by its Content-Type alone."""

    def __init__(self) -> None:
        self.found = False

    def watch(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, looked through as they pass."""
        tail = b""
        for piece in pieces:
            if not self.found:
                low = tail + piece.lower()
                self.found = _in_window(low)
                tail = low[-_WINDOW:]
            yield piece


def _in_window(low: bytes) -> bool:
    at = -1
    for _ in range(_HITS):
        hits = [hit for name in (b"text/calendar", b"application/ics") if (hit := low.find(name, at + 1)) >= 0]
        if not hits:
            return False
        at = min(hits)
        around = low[max(at - 100, 0) : at + _WINDOW // 2]
        field = _TYPE_FIELD.search(around)
        if field:
            end = _FIELD_END.search(around, field.end())
            method = _METHOD_PARAMETER.search(around, field.end(), end.start() if end else len(around))
            if method and method[1].decode("ascii") in METHODS:
                return True
    return False
