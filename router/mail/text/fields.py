"""The header that Outlook and others put above a quoted message as text: From, Sent, To, Subject, in any language.

It is told by its names: three different ones close together, the sender and a subject among them, or by what they hold.
A contact form has such lines too ("Name:", "Email:", "Message:"); its names are others.
"""

from __future__ import annotations

from router.mail.text import attribution
from router.mail.text.lines import Lines
from router.mail.text.phrases import FIELDS

NAME_CAP = 24
LOOK_AHEAD = 24  # lines, continued and empty ones included
_SHAPE = 6  # lines of a block whose names are not known
_MARKUP = "*_ \t\xa0>•|"


def meaning(line: str) -> str | None:
    """What the field at the beginning of this line means, if it is one that is known."""
    at = line.find(":", 0, NAME_CAP + 8)
    if at < 0:
        at = line.find("：", 0, NAME_CAP + 8)
    if at <= 0:
        return None
    return FIELDS.get(line[:at].strip(_MARKUP).lower())


def may_begin(line: str) -> bool:
    """Whether a header block may begin in this line: with a name that is known, or with somebody's address."""
    return meaning(line) is not None or (line.endswith(">") and "@" in line and _named(line))


def block_end(lines: Lines, start: int) -> int | None:
    """The number of the line behind the header block that begins in line `start`, if one does."""
    depth = lines.depths[start]
    found: set[str] = set()
    end = start
    blanks = strays = 0
    for number in range(start, min(start + LOOK_AHEAD, len(lines.texts))):
        line = lines.texts[number].strip()
        if lines.depths[number] != depth:
            break
        if not line:
            blanks += 1
            # Some programs put an empty line between any two fields; none puts two.
            if blanks > 1 or len(found) > 3:
                break
            continue
        means = meaning(line)
        if means is None:
            strays += 1
            # A long list of recipients goes on in the next lines; a text begins behind an empty one.
            if blanks or strays > 6 or not found:
                break
            continue
        if means in found and means not in ("more", "cc"):
            break
        found.add(means)
        blanks = strays = 0
        end = number + 1
    if _is_one(found, lines, start, end):
        return _continued(lines, end, depth)
    return _end_by_shape(lines, start)


def _end_by_shape(lines: Lines, start: int) -> int | None:
    """The same for names that nobody listed: Outlook writes from whom, when, to whom and about what, in this order."""
    below = range(start, min(start + _SHAPE, len(lines.texts)))
    values = [lines.texts[number].strip() for number in below if lines.depths[number] == lines.depths[start]]
    count = next((number for number, line in enumerate(values) if not _named(line)), len(values))
    if count < 4 or not (values[0].endswith(">") and "@" in values[0] and "@" in values[2]):
        return None
    return start + count if attribution.has_time(values[1]) else None


def _named(line: str) -> bool:
    """Whether the line begins with a name, some words, and a colon."""
    name = line[: NAME_CAP + 8].replace("：", ":").partition(":")
    return bool(name[1]) and all(each.isalpha() for each in name[0].strip(_MARKUP).split())


def _is_one(found: set[str], lines: Lines, start: int, end: int) -> bool:
    """Whether these fields are a mail's header."""
    times = found & {"sent", "date"}
    ends = found & {"from", "to"}
    if "from" in found and "subject" in found:
        return len(found - {"more"}) >= 3
    if "sent" in found and len(ends) == 2:
        return True
    if {"to", "subject"} <= found and times:
        return True
    # "From: Berlin, To: Paris, Date: 3 May" is a journey. What has no subject holds an address, and a time with its year.
    if times and ends:
        text = " ".join(lines.texts[start:end])
        return "@" in text and attribution.has_time(text)
    return False


def _continued(lines: Lines, end: int, depth: int) -> int:
    # What goes on below the last field without an empty line between is its value, if it looks like one.
    while end < len(lines.texts) and lines.depths[end] == depth:
        line = lines.texts[end].strip()
        if not line or not (line.endswith((">", ";")) and "@" in line):
            break
        end += 1
    return end
