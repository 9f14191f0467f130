"""The sentences of a letter, as they were written: only the white space in them is folded.

A sentence ends at its mark, where the next one begins with a capital, a digit or another script; not behind an
abbreviation or an initial. Lines that a mail program wrapped are one; what stands in a short line of its own, as in a
list, is one by itself. One pass; each look goes over a bounded number of characters.
"""

import re
from collections.abc import Iterator

_WRAPPED = 45  # characters from which on a line may have been broken by a program
_GREETING = 5  # words at most before a comma, above what may begin in lower case ("Dear all,")
_LIST = re.compile(r"\s*(?:[-*•·–—]|\d{1,3}[.)])\s")
_MARK = re.compile("([.!?…؟।۔]++|[。！？]++)([\"'”’»«)」』\\]]*+)")
_FULL = "。！？"
_WRITTEN_SHORT = """
    mr mrs ms dr prof st no nr approx etc e.g i.e vs inc ltd co dept ref tel fig
    z.b d.h u.a bzw usw ca evtl ggf inkl zzgl tel str hr fr i.d.r s.o o.g mwst lt
    m mme mlle p.ex env av bd n° sr sra srta ud uds pág núm p.ej
    sig sig.ra dott ecc es spett d.ssa dhr mevr bijv o.a m.b.t i.v.m t.a.v a.u.b
    exmo exma dna bl.a t.ex d.v.s osv m.m kl f.eks m.fl iht esim ym np itd itp tzn ul tj atd apod т.е т.д т.п
"""
_ABBREVIATIONS = frozenset(_WRITTEN_SHORT.split())
_LONGEST_WORD = 24


def sentences(text: str) -> Iterator[str]:
    """Each of them in one line."""
    for paragraph in _paragraphs(text):
        yield from _split(paragraph)


def _paragraphs(text: str) -> Iterator[str]:
    """Lines that belong together, as one line each."""
    held: list[str] = []
    for raw in (*text.split("\n"), ""):
        line = " ".join(raw.split())
        if held and (not line or _LIST.match(raw) or not _goes_on(held[-1], line)):
            yield " ".join(held)
            held = []
        if line:
            held.append(line)


def _goes_on(above: str, line: str) -> bool:
    """Whether a line goes on in the next one: a program broke it, or it ends in the midst of a sentence."""
    if len(above) >= _WRAPPED:
        return True
    greets = above.endswith(",") and above.count(" ") < _GREETING
    return line[0].islower() and not greets and not above.endswith((":", ".", "!", "?"))


def _split(line: str) -> Iterator[str]:
    begin = 0
    for mark in _MARK.finditer(line):
        end = mark.end()
        if mark[1][0] not in _FULL and not _ends(line, mark.start(), end, mark[1]):
            continue
        yield line[begin:end].strip()
        begin = end
    if rest := line[begin:].strip():
        yield rest


def _ends(line: str, at: int, end: int, mark: str) -> bool:
    if end == len(line):
        return True
    if line[end] != " ":
        return False  # "1.0", "example.com"
    after = line[end + 1 : end + 3].lstrip("\"'“„«»‘(¿¡[")
    if after and after[0].islower():
        return False
    if mark != ".":
        return True
    before = line[max(0, at - _LONGEST_WORD) : at].rpartition(" ")[2].lstrip("(\"'“„").lower()
    return before not in _ABBREVIATIONS and not (len(before) == 1 and before.isalpha() and before not in "iоя")
