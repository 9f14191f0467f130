"""What of a new text its sender wrote himself: a mail that he sends on is new to its reader, and somebody else's words."""

from __future__ import annotations

from router.mail.text import fields
from router.mail.text.lines import Lines
from router.mail.text.phrases import FORWARDED, ORIGINAL
from router.mail.text.splitting import is_forward_line

_RULE = "-_=*—–─━#~ \t\xa0"
_HEADS = FORWARDED | ORIGINAL
_LONGEST = 80  # characters of such a line


def own_part(text: str) -> str:
    """The text above a mail that is sent on in it; nothing where there is no word above."""
    if ":" not in text and "：" not in text and "-" not in text:
        return text
    lines = text.split("\n")
    every = Lines(lines, [0] * len(lines))
    for number, line in enumerate(lines):
        if _begins(line) or (fields.may_begin(line) and fields.block_end(every, number) is not None):
            return "\n".join(lines[:number]).strip()
    return text


def _begins(line: str) -> bool:
    if not line or len(line) > _LONGEST:
        return False
    return is_forward_line(line) or (line[0] in _RULE and line.strip(_RULE).lower() in _HEADS)
