"""Header fields in place: found and renamed, while every other octet of the header stays what and where it is.

Works on header lines of any sort (folded, repeated, without an end), with LF or CRLF, in linear time. A field begins
where a line begins with its name; garbage between fields hides none of them, since mail programs differ in where they
stop reading.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

_FOLD = re.compile(rb"\n(?![ \t])")
_FROM_FIELD = re.compile(rb"From[ \t]++:")
_SEPARATORS = 4  # lines of mailbox files at the top of one mail


class Found(NamedTuple):
    """One field in a header."""

    name: str  # lower case
    start: int  # offset of its name
    value_at: int  # behind the colon


@lru_cache(maxsize=32)
def _pattern(names: tuple[str, ...]) -> re.Pattern[bytes]:
    # The line end as a literal first character: the search for it is fast. RFC 5322 section 4.5: blanks before the colon.
    alternatives = b"|".join(re.escape(name.encode("ascii")) for name in names)
    return re.compile(rb"\n(" + alternatives + rb")[ \t]*+:", re.IGNORECASE)


def header_end(head: bytes) -> int:
    """The offset of the blank line that ends the header, or -1 where `head` has none."""
    if head.startswith((b"\n", b"\r\n")):
        return 0
    crlf = head.find(b"\n\r\n")
    lf = head.find(b"\n\n", 0, crlf if crlf >= 0 else len(head))
    before = lf if lf >= 0 else crlf
    return before + 1 if before >= 0 else -1


def find(header: bytes, names: Iterable[str]) -> list[Found]:
    """The fields of these names (lower case), in their order."""
    found = _pattern(tuple(names)).finditer(b"\n" + header)
    return [Found(one[1].decode("ascii").lower(), one.start(), one.end() - 1) for one in found]


def value(header: bytes, field: Found) -> bytes:
    """A field's value, unfolded (RFC 5322 section 2.2.3)."""
    end = _FOLD.search(header, field.value_at)
    folded = header[field.value_at : end.start() if end else len(header)]
    return folded.replace(b"\r", b"").replace(b"\n", b"").strip(b" \t")


def renamed(header: bytes, names: Iterable[str], prefix: bytes, only: Callable[[bytes], bool] | None = None) -> bytes:
    """The header with `prefix` before the names of these fields; `only` where it is true of the value."""
    found = [one for one in find(header, names) if only is None or only(value(header, one))]
    return _with(header, [one.start for one in found], prefix)


def without_separators(header: bytes) -> bytes:
    """The header with the lines of mailbox files at its top made fields, as Postfix does.

    Behind fields of ours such a line would end the header for most that read it.
    """
    starts: list[int] = []
    at = 0
    while len(starts) < _SEPARATORS and header.startswith((b"From ", b">From "), at):
        if _FROM_FIELD.match(header, at):
            break
        starts.append(at)
        at = header.find(b"\n", at) + 1 or len(header)
    return _with(header, starts, b"X-Mailbox-Line: ")


def _with(header: bytes, starts: Iterable[int], prefix: bytes) -> bytes:
    pieces, at = [], 0
    for start in starts:
        pieces += [header[at:start], prefix]
        at = start
    return b"".join([*pieces, header[at:]])
