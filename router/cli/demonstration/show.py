"""The screen: owns what is printed, in whatever characters the stream can carry. Must never end the demo over a character."""

import errno
import io
import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import TextIO

from router.cli.common import Failure

_PLAIN = str.maketrans({"→": "->", "–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"', "ß": "ss"})
_IN_A_HURRY = 4.0  # seconds of the demo after which nobody is given time to read any more


class Show:
    """Prints lines as they happen."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.begun = time.monotonic()
        self._stream = stream or sys.stdout or io.StringIO()  # there is none after `>&-`
        self._encoding = self._stream.encoding or "ascii"

    def say(self, text: str = "") -> None:
        """Print a line now; raises `BrokenPipeError` where nobody reads any more."""
        try:
            print(fitting(text, self._encoding), file=self._stream, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EIO:  # a terminal that was closed: the same to us
                raise BrokenPipeError(str(error)) from error
            raise Failure(f"the output cannot be written: {error.strerror}") from error

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print columns as wide as they need to be."""
        cells = [[fitting(clean(str(cell)), self._encoding) for cell in row] for row in (heads, *rows)]
        widths = [max(_width(row[at]) for row in cells) for at in range(len(heads))]
        for row in cells:
            padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
            self.say("  " + "  ".join(padded).rstrip())

    def breathe(self, seconds: float) -> None:
        """Leave a person time to read, while there is some."""
        if self._stream.isatty() and time.monotonic() - self.begun < _IN_A_HURRY:
            time.sleep(seconds)


def clean(text: str) -> str:
    """Text of a stranger for a terminal: nothing in it moves the cursor or turns the writing round."""
    return "".join(character if character.isprintable() else "?" for character in text)


def fitting(text: str, encoding: str) -> str:
    """The text with a likeness for each character that `encoding` does not have."""
    return "".join(_likeness(character, encoding) for character in text)


def _likeness(character: str, encoding: str) -> str:
    for attempt in (character, character.translate(_PLAIN), _bare(character)):
        if attempt and _fits(attempt, encoding):
            return attempt
    return "?"


def _bare(character: str) -> str:
    """The letter without its accents."""
    return "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width(text: str) -> int:
    """How many columns of a terminal the text takes: East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
