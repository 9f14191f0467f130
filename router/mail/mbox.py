"""Several mails in one file: the mbox format, read over bytes, a window at a time.

A separator is a line `From ADDRESS … TIME YEAR` at the start of the file or after an empty line (RFC 4155, appendix A).
Not every writer keeps to that: where a header follows, either the date or the empty line may be missing.
Where a mail tells its Content-Length, and a separator or the end of the file stands behind that much body, its body
ends there, whatever lines are in it (mboxcl). It must never hold a whole file, and never do I/O: it asks for octets.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

WINDOW = 1 << 20  # octets looked at in one go
HEAD = 16 * 1024  # octets in which a header that tells a length has to end

_LINE_CAP = 320  # octets of the longest separator
_BEFORE = 3  # octets that tell whether an empty line stands before a line
_SEPARATOR = re.compile(rb"From [^\r\n]{0,200}\d\d:\d\d[^\r\n]{0,60}\d{4}[^\r\n]{0,20}\r?\n")
_LINE = re.compile(rb"From [^\r\n]{0,300}\r?\n")
# With what a header begins that a program wrote; "To:" and "Subject:" also begin what people paste.
_HEADED = re.compile(
    rb"(?:return-path|received|delivered-to|envelope-to|x-[a-z-]{1,40}|message-id|mime-version|from|content-type"
    rb"|dkim-signature|arc-[a-z-]{1,40}|authentication-results|received-spf|status)[ \t]{0,3}:",
    re.IGNORECASE,
)
_AHEAD = 80  # octets that tell whether a header begins
_TOP = re.compile(rb"(?:\xef\xbb\xbf)?(?:\r?\n){0,20}")  # what editors put in front of everything
_DATE = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\r\n]*+")
_HEADER_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*+(\d{1,15})[ \t]*+\r?$", re.IGNORECASE | re.MULTILINE)
_GAP = re.compile(rb"(?:\r?\n){0,2}")  # what a writer puts behind a mail
_QUOTED = re.compile(rb"\n>(>*+From )")
_CUT_OFF = re.compile(rb"\n(?:>[^\n]{0,200})?\Z")  # may go on as a quoted line in the next piece

Read = Callable[[int, int], bytes]  # so many octets at an offset; fewer only at the end


@dataclass(frozen=True, slots=True)
class Span:
    """Where one mail stands in a file."""

    start: int
    end: int
    date: bytes = b""  # of its separator: when it was delivered, as a Date field says it
    bare: bool = False  # it has a line that begins with "From ": whoever wrote the file quotes none


@dataclass(frozen=True, slots=True)
class _FromLine:
    """A line that begins with "From "."""

    at: int
    behind: int  # where the next line begins, if this may be a separator; else 0
    separates: bool  # it is one, unless a length says otherwise
    end: int  # where the mail before it ends, without the empty line
    date: bytes


def is_mbox(head: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _first(head) is not None


def _first(head: bytes) -> re.Match[bytes] | None:
    """The separator with which a file begins."""
    top = _TOP.match(head)
    at = top.end() if top else 0
    if (line := _LINE.match(head, at)) is not None and _HEADED.match(head, line.end()):
        return line
    return _SEPARATOR.match(head, at)


def messages(content: bytes) -> Iterator[bytes]:
    """The mails of a file: those of an mbox, or the one that the file is; as they stand there."""
    if not is_mbox(content):
        yield content
        return
    for span in spans(lambda at, size: content[at : at + size], len(content)):
        yield content[span.start : span.end]


def spans(read: Read, size: int) -> Iterator[Span]:
    """The mails of an mbox of `size` octets, in order."""
    if (first := _first(read(0, _LINE_CAP + _AHEAD))) is None:
        return
    span, following = _begin(read, size, first.end(), _date(first[0]))
    for line in _from_lines(read, size):
        if line.at <= first.start():
            continue
        if line.at == following or (not following and line.separates and line.end >= span.start):
            yield replace(span, end=span.end if following else line.end)
            span, following = _begin(read, size, line.behind, line.date)
        else:
            span = replace(span, bare=True)
    yield span if following else replace(span, end=max(span.start, size - _empty(read(max(size - 3, 0), 3))))


def _empty(tail: bytes) -> int:
    """The octets of the empty line that a writer puts behind the last mail too."""
    return next((len(line) for line in (b"\r\n", b"\n") if tail.endswith(b"\n" + line)), 0)


def _begin(read: Read, size: int, start: int, date: bytes) -> tuple[Span, int]:
    """The mail that begins at `start`, up to the end of the file or where it says itself; then also what follows it."""
    head = read(start, HEAD)
    ends = _HEADER_END.search(head)
    told = _LENGTH.search(head, 0, ends.start() + 1) if ends else None
    if ends is None or told is None:
        return Span(start, size, date), 0
    end = start + ends.end() + int(told[1])
    tail = read(end - 1, _LINE_CAP)
    gap = _GAP.match(tail, 1) if end <= size and tail else None
    if gap is not None and end - 1 + gap.end() == size:
        return Span(start, end, date), size
    if gap is not None and tail[gap.end() - 1 : gap.end()] == b"\n" and _SEPARATOR.match(tail, gap.end()):
        return Span(start, end, date), end - 1 + gap.end()
    return Span(start, size, date), 0


def _from_lines(read: Read, size: int) -> Iterator[_FromLine]:
    """All lines that begin with "From " but one at the very start of the file, in order."""
    for at in range(0, size, WINDOW):
        before = min(at, _BEFORE)
        window = read(at - before, before + WINDOW + _LINE_CAP + _AHEAD)
        offset, found = at - before, before - 1
        while (found := window.find(b"\nFrom ", found + 1, before + WINDOW + 5)) >= 0:
            above = window[max(found - 2, 0) : found]
            empty = above.endswith((b"\n", b"\n\r"))
            end = found + 1 - ((2 if above.endswith(b"\r") else 1) if empty else 0)
            dated = _SEPARATOR.match(window, found + 1)
            line = dated or (_LINE.match(window, found + 1) if empty else None)
            yield _FromLine(
                at=offset + found + 1,
                behind=offset + line.end() if line else 0,
                # Of date, empty line and header two have to be there.
                separates=line is not None
                and ((dated is not None and empty) or _HEADED.match(window, line.end()) is not None),
                end=offset + end,
                date=_date(line[0]) if line else b"",
            )


def _date(separator: bytes) -> bytes:
    found = _DATE.search(separator)
    return found[0] if found else b""


def unquoted(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A mail, in pieces, without the ">" that was put before lines of its text that begin with "From ".

    As mboxrd says it: one ">" goes, also from those that had some before. Of a mail with a bare "From " line nothing is
    to be taken away: see `Span.bare`. In mboxo a line that its writer had begun with ">From " loses its ">", which
    nobody can tell; it is far seldomer than a line that begins with "From ".
    """
    held, in_text = b"", False
    for piece in pieces:
        data, at = held + piece, 0
        if not in_text and (ends := _HEADER_END.search(data)):
            in_text, at = True, ends.end() - 1
        if in_text:
            cut = _CUT_OFF.search(data, max(len(data) - _LINE_CAP, at))
            stop = cut.start() if cut else len(data)
            yield data[:at] + _QUOTED.sub(rb"\n\1", data[at:stop])
        else:
            stop = max(len(data) - 2, 0)  # the header may end across two pieces
            yield data[:stop]
        held = data[stop:]
    yield _QUOTED.sub(rb"\n\1", held)
