"""What stands below a text that nobody typed: signatures, lines of mail programs, footers of lists, disclaimers.

Only what is plain is taken off: a closing with a name ("Thanks, Alex") is part of the text. It works upward from the
end of a block and looks at a bounded number of lines.
"""

from __future__ import annotations

import re

from router.mail.text.closings import (
    BANNER_HINTS,
    BANNERS,
    DEVICES,
    DISCLAIMER_HINTS,
    DISCLAIMERS,
    PROGRAM_LINES,
    SENT_AROUND,
    SENT_FROM,
)

LINES_CAP = 40  # of a signature
_BOX = " \t\xa0*_-=|+#!⚠️\u200b>"
TAIL_CAP = 6_000  # characters in which a disclaimer is looked for
# RFC 3676 section 4.3; the space is lost on the way, or the dash is a long one.
_DELIMITERS = frozenset({"--", "—", "– –", "__", "- -"})
_NAMED = re.compile(r"[-–—~] ?[^\W\d_][\w.'’-]{0,20}(?: [^\W\d_][\w.'’-]{0,20}){0,3}")
_WORDS = re.compile(r"[\w&.-]*\w")
_LONG_NAME = 5
_SHORT_LINE = 5  # spaces in one that says nothing else
_LIST_FOOTER = ("mailing list", "http://", "https://", "unsubscribe", "mailman", "mailto:")


def without(block: list[str]) -> list[str]:
    """The lines without what stands below them; empty where nothing else was there."""
    end = _delimited(block)
    while True:
        while end and not block[end - 1].strip():
            end -= 1
        if not end:
            return []
        line = block[end - 1].strip()
        if (is_program_line(line) and not _goes_on(block, end)) or _is_name(block, end):
            end -= 1
        elif (start := _disclaimer(block, end)) is not None:
            end = start
        else:
            return block[:end]


def without_banner(block: list[str]) -> list[str]:
    """The lines without what a mail server has put above them."""
    start = 0
    while start < len(block) and not block[start].strip(_BOX):
        start += 1
    if start == len(block) or not block[start].strip(_BOX).lower().startswith(BANNERS):
        return block
    end = start
    while end < len(block) and block[end].strip(_BOX) and end - start < 12:
        end += 1
    low = " ".join(block[start:end]).lower()
    if not any(hint in low for hint in BANNER_HINTS):
        return block
    # What has no end is not above anything.
    return block[end:] if any(line.strip(_BOX) for line in block[end:]) else block


def _delimited(block: list[str]) -> int:
    """The number of the line with the delimiter, or the end."""
    for number in range(max(len(block) - LINES_CAP, 0), len(block)):
        line = block[number].strip()
        if not line or line[0] not in "-–—_":
            continue
        if line in _DELIMITERS:
            return number
        # "______" above the footer of a mailing list.
        if len(line) >= 20 and not line.strip("_-") and _list_footer(block[number + 1 :]):
            return number
    return len(block)


def _list_footer(lines: list[str]) -> bool:
    text = [line for line in lines if line.strip()]
    return 0 < len(text) <= 8 and any(word in line.lower() for line in text for word in _LIST_FOOTER)


def is_program_line(line: str) -> bool:
    """Whether a mail program or a telephone has written this line."""
    if len(line) > 200:
        return False
    low = line.lower().lstrip("*_[<(| \u200b\u2063")
    if low.startswith(PROGRAM_LINES):
        return True
    if low.startswith(SENT_FROM):
        # "Sent from my desk, is much easier then my mobile phone." is somebody's own sentence.
        return len(low) <= 120 and _device(" ".join(low.split()[:7]))
    bare = low.rstrip(".!*_)]> ")
    for begin, end in SENT_AROUND:
        if bare.endswith(end) and low.startswith(begin):
            # A sentence of a customer may begin and end so too: "Vom Händler wurde mir das falsche iPhone gesendet."
            if len(begin) <= _LONG_NAME and bare.count(" ") > _SHORT_LINE:
                continue
            return len(low) <= 120 and _device(low)
    return False


def _goes_on(block: list[str], end: int) -> bool:
    """Whether the last line goes on with a sentence: "El paquete fue" / "enviado desde Madrid con el móvil roto"."""
    return end > 1 and bool(block[end - 2].strip()) and block[end - 1].split(maxsplit=1)[0].islower()


def _device(low: str) -> bool:
    # Short names are words; long ones have endings in many languages ("iphonesta").
    words = _WORDS.findall(low)
    return any(
        device in low
        if len(device) >= _LONG_NAME or not device.isascii()
        else any(_names(word, device) for word in words)
        for device in DEVICES
    )


def _names(word: str, device: str) -> bool:
    """Whether a word is that name, by itself or before a writing without spaces ("ipadから送信")."""
    return word == device or (word.startswith(device) and not word[len(device)].isascii())


def _is_name(block: list[str], end: int) -> bool:
    """Whether the last line is a name behind a dash, on its own, and no item of a list."""
    line = block[end - 1].strip()
    if line[0] not in "-–—~" or end < 2 or block[end - 2].strip() or not _NAMED.fullmatch(line):
        return False
    name = line[1:].lstrip()
    if not all(word[0].isupper() for word in name.split()):
        return False
    above = next((each.strip() for each in reversed(block[: end - 1][-6:]) if each.strip()), "")
    return not above.startswith(("-", "–", "—", "*", "•"))


def _disclaimer(block: list[str], end: int) -> int | None:
    """Where the last paragraph begins, if it is a disclaimer."""
    start = end
    size = 0
    while start and block[start - 1].strip() and size < TAIL_CAP:
        start -= 1
        size += len(block[start])
    if size < 100 or size > TAIL_CAP:
        return None
    low = " ".join(block[start:end]).lower()
    if not any(hint in low for hint in DISCLAIMER_HINTS):
        return None
    return start if any(sum(word in low for word in words) >= 4 for words in DISCLAIMERS) else None
