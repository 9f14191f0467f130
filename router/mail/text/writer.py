"""Makes lines out of the pieces of text of an HTML tree, as a browser lays them out."""

from __future__ import annotations

from router.mail.text.lines import LINES_CAP, Lines, Mark, unquoted
from router.mail.text.splitting import is_forward_line

_UNSEEN = "\xad\u034f\u061c\u200b\u200e\u200f\u2028\u2029\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070)))
)


class Writer:
    """Makes lines out of pieces of text."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.pieces: list[str] = []
        self.space = False  # white space that is shown only between two words
        self.preformatted = 0  # how many elements say that white space is shown
        self.depth = 0
        self.mark: Mark | None = None  # of all lines of an element
        self.thread: Mark | None = None  # of the lines of a thread above its first quote
        self.next: Mark | None = None  # of the next line alone

    def text(self, text: str) -> None:
        """A piece of text, whose white space is folded except in `<pre>`."""
        if self.preformatted:
            self._as_it_is(text)
            return
        words = text.split()
        if not words:
            self.space = self.space or bool(text)
            return
        if (self.space or text[0].isspace()) and self.pieces:
            self.pieces.append(" ")
        piece = " ".join(words)
        self.pieces.append(piece if piece.isprintable() else _clean(piece))
        self.space = text[-1].isspace()

    def bullet(self) -> None:
        """The mark of an item of a list."""
        self.pieces.append("- ")

    def _as_it_is(self, text: str) -> None:
        first, *others = text.replace("\r", "").split("\n")
        self.pieces.append(_clean(first))
        for line in others:
            self.end(always=True)
            self.pieces.append(_clean(line))

    def end(self, *, always: bool = False) -> None:
        """End the line, if there is one."""
        self.space = False
        if not self.pieces:
            if always:
                self._line("")
            return
        line = "".join(self.pieces)
        self.pieces.clear()
        self._line(line)

    def blank(self) -> None:
        """An empty line, where none is."""
        self.end()
        if self.lines.texts and self.lines.texts[-1]:
            self._line("")

    def _line(self, line: str) -> None:
        lines = self.lines
        if (not line and (not lines.texts or not lines.texts[-1])) or len(lines.texts) >= LINES_CAP:
            # At most one empty line between two others.
            return
        depth = self.depth
        if line[:1] == ">":
            more, line = unquoted(line)
            depth += more
        mark = self.next or self.mark or self.thread
        if mark is not None and line:
            if mark is Mark.ATTRIBUTION and is_forward_line(line):
                # What stands in a quote's place was sent on.
                mark, self.mark, self.thread = Mark.FORWARD, None, None
            lines.marks[len(lines.texts)] = mark
            self.next = None
        lines.texts.append(line)
        lines.depths.append(depth)


def _clean(text: str) -> str:
    # Entities can mean every control character there is.
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in "\t\xa0":
        return character
    if character.isspace() and character not in _UNSEEN:
        return " "
    # Joiners make emoji and Persian; private and unassigned characters are somebody's.
    return "" if character < " " or "\x7f" <= character < "\xa0" or character in _UNSEEN else character
