"""A text as lines, each with how deep it is quoted, and what its HTML said about it.

Plain text quotes by ">" (RFC 3676 section 4.5 counts them), HTML by its containers; the splitter sees one shape of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

LINES_CAP = 20_000
_WIDE = "\uff1e"  # the mark as Japanese programs write it
LINE_CAP = 64 * 1024  # of a paragraph that is put together


class Mark(IntEnum):
    """What a container of HTML says about its lines."""

    ATTRIBUTION = 1  # "On … wrote:", in whatever language
    SIGNATURE = 2
    CUT = 3  # from here on everything is quoted
    FORWARD = 4  # from here on everything is forwarded


@dataclass(slots=True)
class Lines:
    """Lines without their quoting marks."""

    texts: list[str] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)  # by the number of the line; hardly any line has one


def plain(text: str, *, flowed: bool = False, delsp: bool = False) -> Lines:
    """Lines of plain text."""
    texts = text.split("\n")
    if len(texts) > LINES_CAP:
        # Thousands of empty lines must not hide what stands below them.
        texts = [line for line in texts if line.strip(" >\t")][:LINES_CAP]
    if _WIDE in text:
        texts = [_narrowed(line) if line.lstrip()[:1] == _WIDE else line for line in texts]
    depths = [0] * len(texts)
    if ">" in text or _WIDE in text:
        for number, line in enumerate(texts):
            # In flowed text a space in front says that it is no mark.
            if ">" in line[:8] and (line if flowed else line.lstrip())[:1] == ">":
                depths[number], texts[number] = unquoted(line)
    if flowed and " \n" in text:
        return _unflowed(texts, depths, delsp=delsp)
    return Lines(texts, depths)


def _narrowed(line: str) -> str:
    rest = line.lstrip(f" >\t\u3000\xa0{_WIDE}")
    return line[: len(line) - len(rest)].replace(_WIDE, ">").replace("\u3000", " ") + rest


def unquoted(line: str) -> tuple[int, str]:
    """How often a line is quoted, and what is left of it."""
    rest = line.lstrip(" >\t\xa0")
    return line[: len(line) - len(rest)].count(">"), rest


def _unflowed(texts: list[str], depths: list[int], *, delsp: bool) -> Lines:
    """RFC 3676 section 4: a line that ends with a space goes on in the next one of the same depth."""
    made = Lines()
    pieces: list[str] = []
    size = 0
    for number, (line, depth) in enumerate(zip(texts, depths, strict=True)):
        # Stuffing: a space in front of what could be mistaken for a quote or for the envelope of a mailbox.
        line = line[1:] if line.startswith(" ") and not depth else line
        soft = line.endswith(" ") and line != "-- " and size < LINE_CAP
        if soft and depths[number + 1 : number + 2] == [depth] and texts[number + 1].rstrip() not in ("", "--"):
            pieces.append(line[:-1] if delsp else line)
            size += len(line)
            continue
        made.texts.append("".join((*pieces, line)))
        made.depths.append(depth)
        pieces, size = [], 0
    return made
