"""The line that a mail program puts above a quote: "On … wrote:".

Told by its parts, so that a language whose verb nobody listed is understood as well: such a line ends with a colon and
names a time, an address or a known verb. How much of that is asked for depends on whether a quote follows. It is looked
for at its end, in at most four lines and 400 characters, so that the effort stays linear.
"""

from __future__ import annotations

import re

from router.mail.text.lines import Lines
from router.mail.text.phrases import DAYS, MONTHS, OPENERS, WROTE

LINES_BACK = 4
LENGTH_CAP = 400
_SHORT = 80  # a line that has nothing but a name and a verb

_COLONS = (":", "：")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<![\d.])\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}(?!\d|\.\d)")
_TIME = re.compile(r"(?<![\d.])\d{1,2} ?[:.h时時시點点] ?\d{2}(?!\d)|\d ?[ap]\.?m\b")
_DIGIT_FIRST = re.compile(r"\d{1,4}[./年년 -]")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W\d_]+")
_DASHES = "-–—*_> \t\xa0"
_STRIPPED = _DASHES.replace(">", "")


def may_end(line: str) -> bool:
    """Whether an attribution may end in this line (white space taken off), by its last character."""
    return line.endswith(_COLONS)


def begins_at(lines: Lines, end: int, *, followed: bool) -> int | None:
    """The number of the line in which the attribution that ends in line `end` begins, if there is one.

    `followed` says that the next line is a quote, so that less is asked of it.
    """
    text, fallback = "", None
    for start in range(end, max(end - LINES_BACK, -1), -1):
        line = lines.texts[start].strip()
        if not line or lines.depths[start] != lines.depths[end]:
            break
        text = f"{line} {text}" if text else line
        if len(text) > LENGTH_CAP:
            break
        if not _is_one(text, followed=followed):
            continue
        if _opens(line):
            return start - _dated_above(lines, start, text)
        # Without a known beginning it is one line: what stands above it may be a sentence of the sender's.
        fallback = end if start == end and followed else fallback
    return fallback


def has_quote_behind(line: str) -> bool:
    """Whether it is an attribution with the whole quote in the same line, as Yahoo's program on telephones writes it."""
    at = line.find(":  ", 0, LENGTH_CAP)
    return at > 0 and "@" in line[:at] and _opens(line[: at + 1]) and _is_one(line[: at + 1], followed=False)


def has_time(text: str) -> bool:
    """Whether a text names a point in time: a date with its year, and a time of day."""
    return bool(_YEAR.search(text[:LENGTH_CAP]) and _TIME.search(text[:LENGTH_CAP]))


def _opens(line: str) -> bool:
    """Whether the line looks like the beginning of one: a day, a date, or "On" and a number or a day."""
    if line.startswith("<") or line.count(">") > line.count("<"):
        return False  # an address that was cut off from its name
    line = line.lstrip(_DASHES + "\"'").lower()
    if has_time(line) or (_DIGIT_FIRST.match(line) and (_YEAR.search(line) or _TIME.search(line))):
        return not line.endswith(".")
    words = _WORDS.findall(line[:80])
    if not words:
        return False
    if words[0] in OPENERS:
        return any(character.isdigit() for character in line[:80]) or any(word in DAYS for word in words[1:3])
    if words[0] in DAYS or words[0][:3] in DAYS:
        return bool(_YEAR.search(line) or _TIME.search(line))
    # "Anna Berg <anna@example.com> schrieb am …": a name before the address or before the verb.
    return "@" in line[:80] and bool(_YEAR.search(line) or _TIME.search(line) or any(verb in line for verb in WROTE))


def _is_one(text: str, *, followed: bool) -> bool:
    if not followed and "@" not in text and not _DIGIT.search(text):
        return False
    low = text.lower().strip(_STRIPPED)
    verb = any(each in low for each in WROTE)
    address = "@" in low
    year, time = bool(_YEAR.search(low)), bool(_TIME.search(low))
    if not low.endswith(_COLONS):
        # "2026/11/2 Anna Berg <anna@example.com>", as Gmail once wrote.
        return followed and address and year and low.endswith(">") and low[0].isdigit()
    if followed:
        # "Anna Berg wrote:" above a quote is one too, and so is whatever names an address or a point in time.
        return address or (year and time) or (year and (verb or _month(low))) or (verb and _ends_in_verb(low))
    body = low.rstrip(":： ")
    closed = body.endswith((">", ")", "]"))
    if address:
        return (verb and (year or time)) or (closed and (year or time)) or (verb and closed)
    # "Your colleague wrote to me on 23.11.2026 at 10:00:" is a sentence of the sender's.
    return verb and year and time and (_ends_in_verb(low) or low[0].isdigit() or _first_word(low) in OPENERS | DAYS)


def _first_word(low: str) -> str:
    words = _WORDS.findall(low[:40])
    return words[0] if words else ""


def _dated_above(lines: Lines, start: int, text: str) -> int:
    """1 where the line above holds the date that this attribution lacks: "On Mon, 23 Nov 2026 10:00:00 +0900"."""
    if not start or has_time(text) or lines.depths[start - 1] != lines.depths[start]:
        return 0
    above = lines.texts[start - 1].strip()
    return int(len(above) <= _SHORT and has_time(above) and _opens(above))


def _ends_in_verb(low: str) -> bool:
    return len(low) <= _SHORT and (low.rstrip(":： ").endswith(WROTE) or low.startswith(WROTE))


def _month(low: str) -> bool:
    return any(word[:3] in MONTHS for word in _WORDS.findall(low))
