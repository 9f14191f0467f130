"""Owns the text of header values: RFC 2047 encoded words, raw 8-bit, and the cleaning of what people will be shown.

It must never raise, and never let a control character out: NUL, escape sequences, line ends and the marks that reverse
the direction of writing (U+202A to U+202E, U+2066 to U+2069) would otherwise reach digests, logs and terminals.
Python's own `email.header` is not used: it raises on bad base64 and on unknown charsets.
"""

from __future__ import annotations

import binascii
import re
import unicodedata

from router.mail import charset

INPUT_CAP = 64 * 1024
TEXT_CAP = 4_000

_SPACES = dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85), " ")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ONE_LINE = {**_SURROGATES, **_CONTROLS, **_SPACES}
_LINES = {**_SURROGATES, **_CONTROLS, 0x0B: " ", 0x0C: "\n", 0x0A: "\n", 0x09: "\t", 0x85: "\n"}

# RFC 2047 section 2; a language may follow the charset (RFC 2231 section 5).
_OPEN = re.compile(rb"=\?([!-)+->@-~]{1,60})(?:\*[!->@-~]{0,20})?\?([bBqQ])\?")
_BLANK = re.compile(rb"[ \t\r\n]*+\Z")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def clean(text: str) -> str:
    """One line without controls, white space folded."""
    return " ".join(text.translate(_ONE_LINE).split())


def clean_lines(text: str) -> str:
    """The same cleaning for a text of several lines, which keeps its lines, tabs and indentation."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_LINES)


def decode(value: bytes) -> str:
    """A header value as clean text."""
    value = value[:INPUT_CAP]
    if b"=?" in value:
        return clean(_decode_words(value))[:TEXT_CAP]
    return clean(charset.decode(value))[:TEXT_CAP]


def _decode_words(value: bytes) -> str:
    text: list[str] = []
    pending = b""  # of words in one charset that stand side by side: a character may be cut in two between them
    pending_charset = ""
    at = 0
    search = 0
    while found := _OPEN.search(value, search):
        end = value.find(b"?=", found.end())
        if end < 0:
            break
        between = value[at : found.start()]
        name = found[1].decode("ascii").lower()
        # RFC 2047 section 6.2: white space between two encoded words is not shown.
        adjacent = at > 0 and _BLANK.match(between) is not None
        if not adjacent or name != pending_charset:
            text.append(charset.decode(pending, pending_charset))
            pending, pending_charset = b"", name
            if not adjacent:
                text.append(charset.decode(between))
        pending += _payload(found[2], value[found.end() : end])
        at = search = end + 2
    text.append(charset.decode(pending, pending_charset))
    text.append(charset.decode(value[at:]))
    return "".join(text)


def _payload(encoding: bytes, encoded: bytes) -> bytes:
    if encoding in b"qQ":
        # RFC 2047 section 4.2: an underscore is a space.
        return binascii.a2b_qp(encoded, header=True)
    return base64(encoded)


def base64(encoded: bytes) -> bytes:
    """Base64 as it comes: foreign characters and missing or misplaced padding are passed over."""
    kept = encoded.translate(None, _NOT_BASE64)
    # One character alone holds no whole byte.
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


_JOINERS = "\u200c\u200d"  # scripts and emoji need them
_MARKS_IN_A_ROW = 4  # over one letter; more hide the lines around


def shown(text: str, cap: int) -> str:
    """What a stranger wrote, as it may stand among words of ours: one line, nothing invisible, at most `cap` characters."""
    kept, marks = [], 0
    for character in clean(text[: cap * 8]):
        kind = unicodedata.category(character)
        if kind[0] == "C" and character not in _JOINERS:
            continue
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= cap else f"{line[: cap - 1].rstrip()}…"
