"""What a mail says that is new, as two values that are kept of every mail."""

from __future__ import annotations

from dataclasses import dataclass

from router.mail.text import fields
from router.mail.text.lines import Lines
from router.mail.text.snippet import snippet
from router.mail.text.splitting import is_forward_line, new_lines

TEXT_CAP = 16_000  # characters
_HEADER_LINES = 40  # in which the header of a forwarded mail ends

_SPACES = dict.fromkeys((0xA0, 0x1680, 0x180E, *range(0x2000, 0x200B), 0x202F, 0x205F), " ")
# Soft hyphens, zero width, marks of direction, and what newsletters fill their previews with. Joiners (U+200C, U+200D)
# stay: Persian and families of emoji are written with them.
_UNSEEN = dict.fromkeys(
    (0xAD, 0x34F, 0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFF9, 0xFFFA)
)
_SEEN = {**_SPACES, **_UNSEEN}
_JOINERS = "\u200c\u200d \t"


@dataclass(frozen=True, slots=True)
class Said:
    """What the sender says."""

    new_text: str  # without quotes, signature and lines of a mail program; lines end with LF
    snippet: str  # its first sentence or two in one line, without a salutation
    above: str = ""  # what stands above everything that is quoted or sent on: the sender's own words beyond doubt


NOTHING = Said("", "")


def said(lines: Lines, *, forwarded: bool) -> tuple[Said, bool]:
    """What these lines say; and whether anything in them was taken for a quote."""
    new = new_lines(lines, forwarded=forwarded)
    text = visible("\n".join(new.lines))[:TEXT_CAP].strip()
    # Nearly always the same text, which is then kept once.
    above = text if new.above == new.lines else visible("\n".join(new.above))[:TEXT_CAP].strip()
    return Said(text, snippet(_below_header(text)), above), new.cut


def _below_header(text: str) -> str:
    """The text of a mail that was sent on without a word: who wrote it to whom says nothing about it."""
    first = text.partition("\n")[0]
    if not is_forward_line(first) and not fields.may_begin(first):
        return text
    lines = text.split("\n", _HEADER_LINES)
    start = 1 if is_forward_line(first) else 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start == len(lines):
        return text
    behind = fields.block_end(Lines(lines, [0] * len(lines)), start)
    return "\n".join(lines[start if behind is None else behind :]).strip() or text


def visible(text: str) -> str:
    """The text without what nobody sees."""
    if text.isascii():
        return text
    text = text.translate(_SEEN)
    if "\u200c" in text or "\u200d" in text:
        text = "\n".join("" if not line.strip(_JOINERS) else line for line in text.split("\n"))
    return text
