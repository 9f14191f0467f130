"""The header block that stands before a copy: ASCII, CRLF, no line over 998 octets (RFC 5322 section 2.1.1).

Only lines of ours go in front of a mail; nothing below them is touched, so that signatures over the mail stay good.
"""

import base64
from collections.abc import Iterable

_LINE = 76  # folds where RFC 5322 section 2.1.1 recommends
_WORD_BYTES = 33  # base64 of it, with the charset's name, stays under the 75 of RFC 2047 section 2, and in our lines


def block(fields: Iterable[tuple[str, str]]) -> bytes:
    """The fields as header lines; a value is cleaned of line ends, and encoded by RFC 2047 where it is not ASCII."""
    return b"".join(_field(name, value) for name, value in fields)


def _field(name: str, value: str) -> bytes:
    words = " ".join(value.split()).split(" ")
    # What looks like an encoded word would be decoded by whoever reads it.
    if not value.isascii() or not value.isprintable() or "=?" in value or max(map(len, words)) >= _LINE:
        words = encoded(" ".join(words))
    return folded(name, words)


def folded(name: str, words: Iterable[str]) -> bytes:
    """A field of words, none of which is empty or holds a blank; between any two a line may end."""
    words = list(words)
    whole = " ".join((f"{name}:", *words))
    if len(whole) <= _LINE:
        return whole.encode("ascii") + b"\r\n"
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > _LINE and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]).encode("ascii") + b"\r\n"


def encoded(text: str) -> list[str]:
    """RFC 2047 encoded words; each holds whole characters."""
    pieces, piece = [], ""
    for character in text.encode("utf-8", "replace").decode("utf-8"):
        if len((piece + character).encode()) > _WORD_BYTES:
            pieces.append(piece)
            piece = ""
        piece += character
    return [f"=?utf-8?b?{base64.b64encode(part.encode()).decode('ascii')}?=" for part in (*pieces, piece)]
