"""Which lines of a mail are new: what is quoted goes, what the sender wrote between the quotes stays.

A forwarded mail is what its sender wants to be read, and stays. One pass over the lines; each looks at a bounded number
of its neighbours. Where nothing would be left, more is kept rather than nothing: a mail with a text has a new text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from router.mail.text import attribution, fields, signature
from router.mail.text.lines import Lines, Mark
from router.mail.text.phrases import ABOVE, FORWARD_PREFIXES, FORWARDED, ORIGINAL, WROTE

_RULE = "-_=*—–─━#~ \t\xa0"
_RULES = frozenset(_RULE)
# "AB> text" with the initials of who wrote it, and what people choose for themselves.
_OTHER_MARK = re.compile(r"\s{0,4}(?:[A-Z][A-Za-z]{0,3}>|[|#:%»›](?=\s|$))")
_AHEAD = 8  # lines in which a quote is looked for below its attribution
_PREFIX_CAP = 14
_COLONS = (":", "：")
_FINNISH = "Lähettäjä:"


def is_forward(subject: str, text: str = "") -> bool:
    """Whether a subject says that its mail was sent on: by its first prefix, since a reply to a forward is a reply."""
    if subject[:2].lower() == "vs" and _FINNISH in text:
        return False  # there it means a reply, and in Danish and Norwegian what is sent on
    prefix, colon, _ = subject[:_PREFIX_CAP].replace("：", ":").partition(":")
    return bool(colon) and prefix.strip(" [").lower() in FORWARD_PREFIXES


@dataclass(frozen=True, slots=True)
class New:
    """What is new in the lines of a mail."""

    lines: list[str]  # empty only where no line has a text
    above: list[str]  # those above the first quote or forwarded mail; unlike `lines` none that may be quoted
    cut: bool  # whether anything was taken for a quote


def new_lines(lines: Lines, *, forwarded: bool = False) -> New:
    """The new lines, and which of them stand above everything else."""
    split = _Split(lines, forwarded)
    split.run()
    # A signature alone is still more the sender's than somebody else's words.
    split.blocks[0] = signature.without_banner(split.blocks[0])
    own = [signature.without(block) for block in split.blocks]
    above = _joined(own[:1])
    for blocks in (own, split.blocks):
        if kept := _joined(blocks):
            return New(kept, above, split.cut)
    kept = _joined([lines.texts]) or [line for line in lines.texts if line.strip()]
    return New(kept, above, split.cut)


def is_forward_line(line: str) -> bool:
    """Whether this is the line above a forwarded mail."""
    bare = line.strip(_RULE).rstrip(":： ").lower()
    return bare in FORWARDED or bare.startswith("forwarded by ")


def _joined(blocks: list[list[str]]) -> list[str]:
    kept: list[str] = []
    for block in blocks:
        for line in (*block, ""):
            # No empty line on top, and no two in a row.
            if line or (kept and kept[-1]):
                kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept if any(line.strip(_RULE) for line in kept) else []


class _Split:
    """One mail, line by line."""

    def __init__(self, lines: Lines, forwarded: bool) -> None:
        self.texts, self.depths, self.marks = lines.texts, lines.depths, lines.marks
        self.lines = lines
        self.forwarded = forwarded  # says the subject
        self.forwarding = False  # in a forwarded mail
        self.base = 0  # how deep a line may be quoted and is new all the same
        self.kept = 0  # lines with a text
        self.cut = False
        self.marked = False  # lines with another mark have been found
        self.blocks: list[list[str]] = [[]]

    def run(self) -> None:
        """Put the lines that are new into blocks: those between two quotes are one."""
        number: int | None = 0
        end = len(self.texts)
        while number is not None and number < end:
            if self.depths[number] > self.base:
                number = self._quoted(number)
            elif number in self.marks:
                number = self._marked(number)
            elif line := self.texts[number].strip():
                number = self._read(number, line)
            else:
                self.blocks[-1].append("")
                number += 1

    def _keep(self, number: int) -> int:
        self.blocks[-1].append(self.texts[number].rstrip())
        self.kept += 1
        return number + 1

    def _drop(self, to: int | None) -> int | None:
        """What is above a quote and was no text ends with it: empty lines, and lines that are drawn."""
        self.cut = True
        block = self.blocks[-1]
        while block and not block[-1].strip(_RULE):
            block.pop()
        self.blocks.append([])
        return to

    def _quoted(self, number: int) -> int:
        while number < len(self.depths) and self.depths[number] > self.base:
            number += 1
        self._drop(None)
        return number

    def _marked(self, number: int) -> int | None:
        """A line of which HTML has said something."""
        mark, line = self.marks[number], self.texts[number].strip()
        if self.forwarding and mark is not Mark.SIGNATURE:
            return self._read(number, line) if line else number + 1
        if mark is Mark.FORWARD or (line and is_forward_line(line)):
            return self._forward(number)
        if mark is Mark.CUT:
            return self._forward(number) if self.forwarded or not self.kept else self._drop(None)
        if mark is Mark.ATTRIBUTION:
            return self._drop(number + 1)
        # A signature is used only where nothing else is.
        return number + 1 if self.kept else self._keep(number)

    def _read(self, number: int, line: str) -> int | None:
        """A line of which nothing is known; None where the text ends."""
        if line[0] in _RULES and len(line) > 4:
            bare = line.strip(_RULE).rstrip(":： ").lower()
            if bare in ORIGINAL:
                return self._header(number, number + 1)
            if bare in FORWARDED or bare.startswith("forwarded by "):
                return self._forward(number)
            if self.kept and any(phrase in bare for phrase in ABOVE):
                return self._drop(None)
            # "---- On …, Kim <kim@example.org> wrote ----"
            if line[-1] in _RULES and "@" in bare and any(verb in bare for verb in WROTE):
                return self._header(number, number + 1)
        if ":" in line or "：" in line:
            if fields.may_begin(line) and (behind := fields.block_end(self.lines, number)) is not None:
                return self._header(number, behind)
            if line.endswith(_COLONS) and is_forward_line(line):
                return self._forward(number)
            if attribution.may_end(line):
                return self._attribution(number)
            if self.kept and not self.forwarding and attribution.has_quote_behind(line):
                return self._drop(None)
        elif line[-1] == ">" and line[0].isdigit():
            return self._attribution(number)
        return self._keep(number)

    def _header(self, number: int, behind: int) -> int | None:
        """The header of another mail, or the line above one."""
        self._untitle()
        if self._quote_below(behind):
            return self._drop(behind)
        if self.forwarding:
            return self._keep(number)
        # "This came back:" announces what is pasted below it.
        above = next((line for line in reversed(self.blocks[-1][-_AHEAD:]) if line.strip()), "")
        if self.forwarded or not self.kept or above.endswith(_COLONS):
            return self._forward(number)
        return self._drop(None)

    def _untitle(self) -> None:
        """What a program draws above such a header, in whatever language, goes with it."""
        block = self.blocks[-1]
        at = next((at for at in range(len(block) - 1, max(len(block) - 3, -1), -1) if block[at].strip()), None)
        if at is None:
            return
        line = block[at].strip()
        drawn = line[:3] == line[-3:] and line[0] in "-–—_=" and len(line) > 6
        bare = line.strip(_RULE).rstrip(":： ").lower()
        if (drawn and bare) or bare in ORIGINAL:
            del block[at:]
            self.kept -= 1

    def _attribution(self, number: int) -> int | None:
        followed = self._quote_below(number + 1)
        start = attribution.begins_at(self.lines, number, followed=followed)
        if start is not None and not followed:
            followed = self._other_marks(number + 1)
        if start is None or (self.forwarding and not followed):
            return self._keep(number)
        # Its first lines were taken for text.
        above = min(number - start, len(self.blocks[-1]))
        del self.blocks[-1][len(self.blocks[-1]) - above :]
        self.kept -= above
        # Where nothing stands above it and no quote is marked, the answer can only be below.
        return self._drop(number + 1 if followed or not self.kept else None)

    def _forward(self, number: int) -> int:
        """The line above a forwarded mail, and its header: from here on nothing ends the text."""
        self.blocks.append([])
        self.forwarding = True
        start = number
        number = self._keep(number) if fields.meaning(self.texts[number]) is None else number
        while number < len(self.texts) and not self.texts[number].strip():
            number += 1
        if number < len(self.texts) and number - start <= _AHEAD:
            # Apple's program quotes what it forwards.
            self.base = max(self.base, self.depths[number])
            behind = fields.block_end(self.lines, number) if fields.meaning(self.texts[number]) else None
            while behind is not None and number < behind:
                number = self._keep(number)
        return max(number, start + 1)

    def _other_marks(self, number: int) -> bool:
        """Takes lines for quoted that bear another mark than ">", if one stands right below; for the first such mark alone."""
        if self.marked:
            return False
        below = next((line for line in self.texts[number : number + _AHEAD] if line.strip()), "")
        if (found := _OTHER_MARK.match(below)) is None:
            return False
        mark = found[0].strip()
        self.marked = True
        for at in range(number, len(self.texts)):
            if self.texts[at].lstrip().startswith(mark):
                self.depths[at] = max(self.depths[at], self.base + 1)
        return True

    def _quote_below(self, number: int) -> bool:
        for below in range(number, min(number + _AHEAD, len(self.texts))):
            if self.depths[below] > self.base:
                return True
            if self.texts[below].strip():
                return False
        return False
