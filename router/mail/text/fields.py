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
_MARKUP = "*_ \t\xa0>•|"


def meaning(line: str) -> str | None:
    """What the field at the beginning of this line means, if it is one that is known."""
    at = line.find(":", 0, NAME_CAP + 8)
    if at < 0:
        at = line.find("：", 0, NAME_CAP + 8)
    if at <= 0:
        return None
    return FIELDS.get(line[:at].strip(_MARKUP).lower())


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
    return _continued(lines, end, depth) if _is_one(found, lines, start, end) else None


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
