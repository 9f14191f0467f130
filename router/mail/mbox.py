"""Several mails in one file: the mbox format, read over bytes.

A separator is a line `From ADDRESS … TIME YEAR` at the start of the file or after an empty line (RFC 4155, appendix A).
The bytes between separators are given as they stand; quoting of `From ` lines differs between programs and is left
alone.
"""

import re
from collections.abc import Iterator

_SEPARATOR = re.compile(rb"From [^\r\n]{0,200}\d\d:\d\d[^\r\n]{0,60}\d{4}[^\r\n]{0,20}\r?\n")


def messages(content: bytes) -> Iterator[bytes]:
    """The mails of a file: those of an mbox, or the one that the file is."""
    first = _SEPARATOR.match(content)
    if first is None:
        yield content
        return
    start = first.end()
    while True:
        end, following = _next_separator(content, start)
        yield content[start:end]
        if following is None:
            return
        start = following


def _next_separator(content: bytes, at: int) -> tuple[int, int | None]:
    """Where the mail that begins at `at` ends, and where the next one begins."""
    while (found := content.find(b"\nFrom ", at)) >= 0:
        line = _SEPARATOR.match(content, found + 1)
        before = content[max(found - 2, 0) : found]
        if line and before.endswith((b"\n", b"\n\r")):
            return found + 1 - (2 if before.endswith(b"\r") else 1), line.end()
        at = found + 1
    return len(content), None
