"""The words of a text one after the other, and where something stands between them.

Case is folded, accents stay. Numbers, order numbers, addresses, URLs and whatever else has a digit or a sign in it are no
words: they are gaps, and so are the ends of sentences and paragraphs. "l'abonnement" is "abonnement", "strap's" is "strap".

Chinese and Japanese have no spaces: there every two neighbouring ideographs count as a word and every three as a pair,
a run of katakana is a word, and hiragana, which is grammar for the most part, is a gap. Thai, Lao, Khmer and Burmese
are not taken apart: of them only product words are found. One pass, each character looked at a bounded number of times.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

Token = str | None  # None: a gap

# Letters, and the marks that stand on them where they are written apart: Hebrew, Arabic, the scripts of India, Hangul.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0970-\u0dff\u200c\u200d"
_LETTER = rf"[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|[{_MARKS}]"
_WORD = re.compile(rf"(?:{_LETTER})++(?:['’ʼ‑‐-](?:{_LETTER})++)*+")
_JUNK = re.compile(r"[\d@_\\=<>{}|#%+*~^$€£]|://|^www\.|[^\W\d_]\.[^\W\d_]")
_OPEN, _CLOSE = "([{<\"“„«»‚‘'*_~-–—¿¡", ")]}>\"”“»«’'*_~-–—.,;:!?…"
_ENDS = frozenset('.,;:!?…)]}"”»')
_EAST = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_RUNS = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々]+)|([\u30a1-\u30fa\u30fc]{2,})|([\u3040-\u30ff])")
_ELIDED = re.compile(r"(?:[ldjmnstc]|qu|lorsqu|puisqu|jusqu|quoiqu|dell|nell|all|dall|sull|un|quest|quell)'(?=.)")
_USUAL, _KNOWN = 24, 16_384  # characters of a chunk that is kept taken apart, and how many are
_PARAGRAPH = " \n. "
MARK = "\x01"  # stands before what was put in place of a product's name


def folded(text: str) -> str:
    """The text as its words are compared."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower()


def tokens(low: str) -> list[Token]:
    """The words of a folded text."""
    found: list[Token] = []
    add = found.append
    ascii_only = low.isascii()
    for chunk in low.replace("\n\n", _PARAGRAPH).split():
        if chunk.isalpha() and (ascii_only or chunk.isascii() or not _unusual(chunk)):
            add(chunk)
        elif chunk[0] == MARK:
            add(chunk)  # two characters
        else:
            found.extend(_known(chunk) if len(chunk) <= _USUAL else _taken_apart(chunk))
    return found


@lru_cache(_KNOWN)
def _known(chunk: str) -> tuple[Token, ...]:
    """Most of what has a comma or a full stop behind it has been seen before."""
    return tuple(_taken_apart(chunk))


def _unusual(chunk: str) -> bool:
    return _EAST.search(chunk) is not None or "\u0e00" <= chunk[0] <= "\u0eff" or "\u1000" <= chunk[0] <= "\u109f"


def _taken_apart(chunk: str) -> Iterator[Token]:
    core = chunk.lstrip(_OPEN)
    if len(core) != len(chunk) and chunk[0] in "([{":
        yield None
    bare = core.rstrip(_CLOSE)
    if not bare or (_JUNK.search(bare) and not _EAST.search(bare)):
        yield None
        return
    for number, piece in enumerate(_WORD.findall(bare)):
        if number:
            yield None
        if _EAST.search(piece):
            yield from _eastern(piece)
        else:
            yield _plain(piece)
    if not _ENDS.isdisjoint(core[len(bare) :]):
        yield None


def _plain(piece: str) -> str:
    """Without what is elided before it, and without the genitive."""
    if "’" in piece or "ʼ" in piece:
        piece = piece.replace("’", "'").replace("ʼ", "'")
    if "'" in piece:
        elided = _ELIDED.match(piece)
        piece = piece[elided.end() :] if elided else piece
        return piece.removesuffix("'s")
    return piece


def _eastern(piece: str) -> Iterator[Token]:
    at = 0
    for run in _RUNS.finditer(piece):
        if run.start() > at:
            yield from (piece[at : run.start()], None)
        at = run.end()
        if run[1]:
            for begin in range(len(run[1]) - 1):
                yield run[1][begin : begin + 2]
        elif run[2]:
            yield run[2]
        yield None
    if at < len(piece):
        yield piece[at:]


def joined(first: str, second: str) -> str:
    """Two neighbours as a pair: ideographs overlap."""
    if len(first) == len(second) == 2 and first[1] == second[0] and _EAST.match(first):
        return first + second[1]
    return f"{first} {second}"
