"""Owns the header block of received bytes: where it ends, and its fields (RFC 5322 sections 2.1 and 2.2).

It must never raise, never change or re-serialise a message, and never look at more than its caps: whatever is over a
cap is left out of the analysis and named by a defect code. Lines end at CRLF or LF only. A bare CR ends nothing, since
mail servers do not take it for a line end either: a field hidden behind one was seen by nobody on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

BLOCK_CAP = 256 * 1024
FIELD_CAP = 64 * 1024
FIELDS_CAP = 1_000

# RFC 5322 section 3.6.8: printable ASCII without the colon; white space before the colon is RFC 5322 section 4.5.
_NAMED = rb"([!-9;-~]{1,200})[ \t]*+:"
_NAME = re.compile(_NAMED)
# A line with those that are folded under it, and the name, if it has one. Every octet of a block is in one of them.
_LINE = re.compile(rb"(?:" + _NAMED + rb")?+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_BLANK_LINES = re.compile(rb"(?:\r?\n)++")
_SEPARATORS_CAP = 4


class Field(NamedTuple):
    """One header field."""

    name: str  # lower case
    value: bytes  # unfolded: the line ends of folds are gone, their white space is not


@dataclass(frozen=True)  # without slots, for the index
class Header:
    """The fields of one header block, in their order."""

    fields: tuple[Field, ...]
    body_at: int  # offset of the body in the bytes that were split
    defects: tuple[str, ...]

    def first(self, name: str) -> bytes | None:
        """The value of the first field of that name (lower case)."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: str) -> tuple[bytes, ...]:
        """The values of all fields of that name (lower case)."""
        return self._values.get(name, ())

    @cached_property
    def _values(self) -> dict[str, tuple[bytes, ...]]:
        # A mail is asked for some fifty names, and has nearly none of them.
        values: dict[str, tuple[bytes, ...]] = {}
        for name, value in self.fields:
            values[name] = (*values[name], value) if name in values else (value,)
        return values


def split(raw: bytes) -> Header:
    """Reads the header block at the start of `raw`."""
    defects: dict[str, None] = {}
    start = _start(raw, defects)
    block_end, body_at = _ends(raw, start)
    if block_end < 0:
        defects["no-blank-line"] = None
        block_end = body_at = len(raw)
    if block_end - start > BLOCK_CAP:
        defects["header-too-long"] = None
        # At a line's end, so that no field is taken that is only a half.
        block_end = max(raw.rfind(b"\n", start, start + BLOCK_CAP), start)
    block = raw[start:block_end]
    if b"\r" in block.replace(b"\r\n", b"").removesuffix(b"\r"):
        defects["bare-cr"] = None
    fields, behind = _fields(block, defects)
    if behind is not None:
        # What stands behind the last field is text, and as text it is worth more than as a broken header: the blank
        # line was forgotten, or has a space in it.
        defects["no-separator" if fields else "no-header"] = None
        body_at = start + behind
    return Header(fields, body_at, tuple(defects))


def _start(raw: bytes, defects: dict[str, None]) -> int:
    """Skips what may stand before the first field: blank lines, then mbox separators, some of them quoted."""
    at = 0
    # In one step, since a hostile message may be blank lines only.
    if blank := _BLANK_LINES.match(raw, 0, BLOCK_CAP):
        at = blank.end()
        defects["leading-blank"] = None
    for _ in range(_SEPARATORS_CAP):
        if not raw.startswith((b"From ", b">From "), at) or _NAME.match(raw, at):
            break
        end = raw.find(b"\n", at)
        at = len(raw) if end < 0 else end + 1
        defects["mbox-from"] = None
    return at


def _ends(raw: bytes, start: int) -> tuple[int, int]:
    """Where the block ends and where the body begins; -1 twice where no blank line is."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return start, start + (1 if raw[start : start + 1] == b"\n" else 2)
    # The window first: with LF line ends a search for CRLF would run through a whole large body in vain.
    for stop in (start + BLOCK_CAP, len(raw)):
        crlf = raw.find(b"\n\r\n", start, stop)
        lf = raw.find(b"\n\n", start, crlf if crlf >= 0 else stop)
        if lf >= 0:
            return lf + 1, lf + 2
        if crlf >= 0:
            return crlf + 1, crlf + 3
    return -1, -1


def _fields(block: bytes, defects: dict[str, None]) -> tuple[tuple[Field, ...], int | None]:
    """The fields, and the offset of what stands behind the last of them, if that is anything."""
    fields: list[Field] = []
    behind: int | None = None
    for line in _LINE.finditer(block):
        name, value = line.groups()
        if name is not None:
            if len(fields) == FIELDS_CAP:
                defects["too-many-fields"] = None
                behind = None
                break
            fields.append(Field(name.decode("ascii").lower(), _unfolded(value, defects)))
            behind = None
        elif value not in (b"", b"\r") and not value.startswith((b" ", b"\t")):
            # What is folded under it belongs to nothing, and no field before it gets it; nor is there one for a fold
            # at the very top.
            defects["not-a-field"] = None
            behind = line.start() if behind is None else behind
    return tuple(fields), None if "header-too-long" in defects else behind


def _unfolded(value: bytes, defects: dict[str, None]) -> bytes:
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    value = value.strip(b" \t\r\n")
    if len(value) > FIELD_CAP:
        defects["field-too-long"] = None
        value = value[:FIELD_CAP].rstrip(b" \t\r\n")
    return value
