"""Globs as rules use them: `*` is any run of characters, `?` is one character, everything else is itself.

A glob must cover the whole value. Case is ignored, and so is the way in which an accent is encoded. Nothing else is
special: `[Shop]*` starts with a bracket, and a line end is a character like any other.

This must never try one place twice: values come from strangers and may be large. A glob is cut at its stars, and the
leftmost place of each piece after the one before it is always good enough, so the time grows with the length of the
value and never explodes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize


def fold(value: str) -> str:
    """Bring a value into the form in which two spellings of the same text are equal.

    Folding can lengthen: `ß` becomes `ss`, which is two characters to a `?`.
    """
    return normalize("NFC", normalize("NFC", value).casefold())


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two stars; it has a length, which is the same wherever it is found."""

    text: str
    pattern: re.Pattern[str] | None  # only where there is a `?`; it holds no repetition, so it cannot backtrack

    def stands_at(self, value: str, start: int) -> bool:
        """Tell whether the piece is in `value` just there."""
        if self.pattern is None:
            return value.startswith(self.text, start)
        return self.pattern.match(value, start) is not None

    def find(self, value: str, start: int, end: int) -> int:
        """Give the leftmost place between `start` and `end`, or -1."""
        if self.pattern is None:
            return value.find(self.text, start, end)
        found = self.pattern.search(value, start, end)
        return -1 if found is None else found.start()


def _piece(text: str) -> Piece:
    if "?" not in text:
        return Piece(text, None)
    return Piece(text, re.compile(".".join(map(re.escape, text.split("?"))), re.DOTALL))


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob cut at its stars."""

    first: Piece  # stands at the very beginning
    between: tuple[Piece, ...]  # stand anywhere in between, in this order
    last: Piece | None  # stands at the very end; None where the glob has no star

    def covers(self, folded: str) -> bool:
        """Tell whether the whole of an already folded value matches."""
        if not self.first.stands_at(folded, 0):
            return False
        if self.last is None:
            return len(folded) == len(self.first.text)
        at, end = len(self.first.text), len(folded) - len(self.last.text)
        if end < at or not self.last.stands_at(folded, end):
            return False
        for piece in self.between:
            found = piece.find(folded, at, end)
            if found < 0:
                return False
            at = found + len(piece.text)
        return True


@lru_cache(maxsize=4096)
def compiled(glob: str) -> Glob:
    """Cut a glob; rules are few and mail is many, so each is cut once."""
    first, *rest = fold(glob).split("*")
    if not rest:
        return Glob(_piece(first), (), None)
    return Glob(_piece(first), tuple(_piece(text) for text in rest[:-1] if text), _piece(rest[-1]))


def matches(glob: str, value: str) -> bool:
    """Tell whether `glob` covers the whole of `value`."""
    return compiled(glob).covers(fold(value))


def any_matches(globs: Iterable[str], values: Iterable[str]) -> bool:
    """Tell whether any of the globs covers any of the values."""
    folded = [fold(value) for value in values]
    return any(compiled(glob).covers(value) for glob in globs for value in folded)
