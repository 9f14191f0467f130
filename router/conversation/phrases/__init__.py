"""Owns what is said in each language: one TOML file a language, read once when this module is imported.

A colleague who knows a language adds to its file and to the tables of the tests; no code names a word of any language.
`(a|b)` stands for one of several, `[a|b]` for one of them or none, and in `[promise]` ` ~ ` for up to eight words.
Upper case, accents, apostrophes and hyphens do not matter; an umlaut may be written as two letters.

It knows nothing of what the words are for: that is `courtesy`, `promises` and `deadlines`. Nothing is read later.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from typing import Any

# What a letter loses in hurried writing; the strokes through letters are not marks that can be taken off.
_MARKS = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe0e\ufe0f]+")
_LETTERS = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE"}
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_BETWEEN = re.compile(r"['’‘`´ʼ]|(?<=[^\W\d])[-‐‑](?=[^\W\d])")
_PUNCTUATION = ".,;:!?()[]\"'<>*_/|-‐‑–—“”„«»…’‘`´\n\r\t"
_BLANKS = str.maketrans(dict.fromkeys(_PUNCTUATION, " "))
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_GROUP = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Language:
    """The file of one language, as it stands."""

    code: str
    courtesy: dict[str, list[str]]
    promise: dict[str, list[str]]
    time: dict[str, Any]
    spaced: bool  # False where words are written without spaces between them


def unspaced(text: str) -> bool:
    """Whether there is anything in it of a script without spaces."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def plain(text: str) -> str:
    """The text without case and accents."""
    if not text.isascii():
        # NFKD makes one of composed and decomposed, wide and narrow letters; what is left of it is composed again.
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
        for letter, plain_letter in _LETTERS.items():
            text = text.replace(letter, plain_letter)
        text = unicodedata.normalize("NFC", text)
    return text.casefold()


def fold(text: str) -> str:
    """The same without apostrophes and inner hyphens: letters may be lost, line ends are not."""
    return apart(plain(text))


def apart(text: str) -> str:
    """The text with a space for each apostrophe and inner hyphen."""
    return _BETWEEN.sub(" ", text)


def words_of(text: str) -> set[str]:
    """The folded words of a text, quickly."""
    text = plain(text)
    if text.isascii():
        return set(text.translate(_BLANKS).split())
    for mark in _PUNCTUATION:  # for such a text quicker than a table
        text = text.replace(mark, " ")
    return set(text.split())


def slots(pattern: str) -> list[set[str]]:
    """The parts of a pattern one after the other, each with its folded spellings; an empty one may be left out."""
    parts: list[set[str]] = []
    at = 0
    for group in _GROUP.finditer(pattern):
        parts.append(_both_ways(pattern[at : group.start()]))
        choices = group[1].split("|") if group[1] is not None else ["", *group[2].split("|")]
        parts.append({spelling for choice in choices for spelling in _both_ways(choice)})
        at = group.end()
    parts.append(_both_ways(pattern[at:]))
    return [part for part in parts if part != {""}]


def spellings(pattern: str) -> set[str]:
    """Every folded phrase that a short pattern stands for."""
    return {" ".join(" ".join(chosen).split()) for chosen in product(*slots(pattern))}


def needs(pattern: str) -> tuple[frozenset[str], ...]:
    """For each place of a pattern that must be filled, words of which one is then in the text; the longest words first."""
    found: set[frozenset[str]] = set()
    for part in pattern.split("~"):
        for slot in slots(part):
            if "" in slot:
                continue
            if len(slot) == 1:
                found |= {frozenset({word}) for word in next(iter(slot)).split()}
            else:
                found.add(frozenset(max(spelling.split(), key=len) for spelling in slot))
    return tuple(sorted(found, key=lambda words: min(map(len, words)), reverse=True))


class Gate:
    """Whether any of some patterns can be in a text at all, told from its words alone."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[frozenset[str], ...]]] = {}
        for needed in map(needs, patterns):
            for word in needed[0] if needed else ():
                self._by_word.setdefault(word, []).append(needed[1:])

    def opens(self, words: set[str]) -> bool:
        """Tell it by the folded words."""
        found = words & self._by_word.keys()
        return any(not any(map(words.isdisjoint, others)) for word in found for others in self._by_word[word])

    def opens_within(self, text: str) -> bool:
        """Tell it where words are not told apart."""
        return any(word in text for word in self._by_word)


def _both_ways(text: str) -> set[str]:
    return {" ".join(fold(written).split()) for written in (text, text.translate(_TWO_LETTERS))}


def as_expression(pattern: str, gap: str = "") -> str:
    """The same pattern as a regular expression over folded text; every repetition in it is bounded."""
    written: list[str] = []
    for spelling in dict.fromkeys((pattern, pattern.translate(_TWO_LETTERS))):
        text = _ESCAPED.sub(r"\\\g<0>", fold(spelling))
        text = re.sub(r"\[([^\[\]]*)\] ", r"(?:(?:\1) )?", text)
        text = re.sub(r" \[([^\[\]]*)\]", r"(?: (?:\1))?", text)
        text = re.sub(r"\[([^\[\]]*)\]", r"(?:\1)?", text)
        text = re.sub(r"\((?!\?)", "(?:", text)
        written.append(text.replace(" ~ ", gap))
    return "|".join(written)


_ESCAPED = re.compile(r"[.+*^$?{}\\/]")


def _read_all() -> tuple[Language, ...]:
    found = []
    for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            table = tomllib.loads(entry.read_text("utf-8"))
            courtesy, promise, time = (table.get(part, {}) for part in ("courtesy", "promise", "time"))
            code = entry.name.removesuffix(".toml")
            found.append(Language(code, courtesy, promise, time, table.get("spaced", True)))
    return tuple(found)


LANGUAGES = _read_all()
