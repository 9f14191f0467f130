"""Whether an answer of ours sounds like a promise to come back, and when it falls due.

What counts, decided for those who wait:
- A word promised ("I will get back to you", "let me check and let you know", "you will hear from us") is a promise,
  with a time or without one; looking into a matter is one, for the customer waits for what was found.
- A deed promised ("your watch will be sent back on Thursday") is one only where a time is named in the same sentence.
- A promise that hangs on the customer ("if you send us the photo", "as soon as we have your answer") or on a mere "if"
  is none; one that hangs on ourselves ("as soon as we know more") is one, without a time.
- A promise without a time that is kept as it is said ("hiermit geben wir Bescheid", "je reviens vers vous suite à") is none.
- A no in the same clause, a question, a general statement about all enquiries, and what is past are none.
- Of several, the first that has a time, else the first.

It looks at the first 4,000 characters, is total, and linear: every gap in a pattern is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from router.conversation.deadlines import Deadline, deadlines
from router.conversation.phrases import LANGUAGES, Gate, Language, as_expression, fold, unspaced, words_of

LOOKED_AT = 4_000
_EVIDENCE = 200
_BEFORE = 40  # letters of a long sentence that are shown before the promise
_SENTENCE_CAP = 1_000

_GAP = r"(?:[ ,]+[^\s,]+){0,8}?[ ,]+"
_NARROW_GAP = r"[^。！？]{0,20}?"  # of scripts without spaces
_PARTS = re.compile(r"\n\s*\n")
# A mark ends a sentence where white space and no small letter or digit follows; after a digit it may be "12. Dezember".
_ENDS = re.compile(
    r"[!?…。！？;]+\s*|(?<!\d)\.+\s+(?![^\W\d_A-ZÀ-ÞА-ЯŁŚŻŹČŠŽŘ]|\d)|(?<=\d)\.\s+(?=(?:We|I|Wir|Ich|Nous|Je)\b)"
)
_SHORT_LINE = 45
_MARKS = r"[,;:()–—、，]| - "


@dataclass(frozen=True, slots=True)
class Promise:
    """That we said we would come back."""

    phrase: str  # the sentence, as it stands
    due: datetime | None  # UTC; none where the sentence names no time


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one language makes of a sentence. Neighbours share words: the no of one of them holds for all."""

    promise: Promise | None = None
    refused: bool = False


def promise(new_text: str, said_at: datetime, zone: ZoneInfo) -> Promise | None:
    """The promise in an answer of ours, or none."""
    text = new_text[:LOOKED_AT]
    words = words_of(text)
    languages = [language for language, gate in _SPACED if gate.opens(words)]
    if unspaced(text):
        folded = fold(text)
        languages += [language for language, gate in _UNSPACED if gate.opens_within(folded)]
    if not languages:
        return None
    readers = [_reader(language.code) for language in languages]
    first: Promise | None = None
    for sentence in _sentences(text):
        readings = [reader.read(sentence, said_at, zone) for reader in readers]
        if any(one.refused for one in readings):
            continue
        found = [one.promise for one in readings if one.promise is not None]
        timed = next((one for one in found if one.due is not None), None)
        if timed is not None:
            return timed
        first = first or next(iter(found), None)
    return first


def _sentences(text: str) -> Iterator[str]:
    for part in _PARTS.split(text):
        paragraph = ""
        for line in part.splitlines():
            line = " ".join(line.split())
            # A short line is one of its own; a long one may have been wrapped.
            if paragraph and len(paragraph) < _SHORT_LINE and line[:1].isupper():
                yield from _split(paragraph)
                paragraph = line
            else:
                paragraph = f"{paragraph} {line}" if paragraph else line
        yield from _split(paragraph)


def _split(paragraph: str) -> Iterator[str]:
    at = 0
    for end in _ENDS.finditer(paragraph):
        yield paragraph[at : end.end()].strip()
        at = end.end()
    yield paragraph[at:].strip()


def _gate(language: Language) -> Gate:
    return Gate((*language.promise.get("word", ()), *language.promise.get("deed", ())))


_SPACED = tuple((one, _gate(one)) for one in LANGUAGES if one.promise and one.spaced)
_UNSPACED = tuple((one, _gate(one)) for one in LANGUAGES if one.promise and not one.spaced)


class _Reader:
    """One language's promises."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._gate = _gate(language)
        self._gap = _GAP if language.spaced else _NARROW_GAP
        self._word, self._deed = self._any("word"), self._any("deed")
        self._if, self._once, self._theirs = self._any("if"), self._any("once"), self._any("theirs")
        self._not, self._general, self._harmless = self._any("not"), self._any("general"), self._any("harmless")
        self._now = self._any("now")
        joins = self._expression("and")
        edge = r"\b" if language.spaced else ""
        self._boundary = re.compile(rf"{_MARKS}|{edge}(?:{joins}){edge}")
        self._joined = re.compile(rf"(?:{joins})[ ,]*$")

    def _expression(self, part: str) -> str:
        patterns = self._language.promise.get(part) or ()
        return "|".join(as_expression(pattern, self._gap) for pattern in patterns) or "(?!)"

    def _any(self, part: str) -> re.Pattern[str]:
        before, after = (r"(?<!\w)", r"(?!\w)") if self._language.spaced else ("", "")
        return re.compile(f"{before}(?:{self._expression(part)}){after}")

    def read(self, sentence: str, said_at: datetime, zone: ZoneInfo) -> _Reading:
        """The promise in one sentence, or none."""
        sentence = sentence[:_SENTENCE_CAP]
        if self._language.spaced and not self._gate.opens(words_of(sentence)):
            return _Reading()
        folded = fold(sentence)
        # Of the same length, so that places in it stay what they are.
        plain = self._harmless.sub(lambda found: "." * len(found[0]), folded)
        nobody = plain.endswith(("?", "？")) or self._general.search(plain) is not None
        refused = False
        times: list[Deadline] | None = None
        for pattern, needs_time in ((self._word, False), (self._deed, True)):
            for found in pattern.finditer(plain):
                start, end = self._clause(plain, found.start(), found.end())
                if nobody or self._not.search(plain, start, end) or self._hangs(plain, found.start(), found.end()):
                    refused = True
                    continue
                if times is None:
                    times = deadlines(folded, self._language, said_at, zone)
                due = _chosen(times, start, end)
                if due is None and self._is_kept(plain, start, end):
                    refused = True
                elif due is not None or not needs_time:
                    return _Reading(Promise(_evidence(sentence, found.start()), due))
        return _Reading(refused=refused)

    def _clause(self, sentence: str, start: int, end: int) -> tuple[int, int]:
        """The clause around a promise."""
        begin = 0
        for mark in self._boundary.finditer(sentence, 0, start):
            begin = mark.end()
        after = self._boundary.search(sentence, end)
        return begin, after.start() if after else len(sentence)

    def _is_kept(self, sentence: str, start: int, end: int) -> bool:
        """Tell whether what the clause promises without a time follows at once."""
        return self._now.search(sentence, start, end) is not None and self._once.search(sentence) is None

    def _hangs(self, sentence: str, start: int, end: int) -> bool:
        """Tell whether it depends on an "if", or on what the customer has to do first."""
        for found in self._if.finditer(sentence):
            if found.start() < end or not self._joined.search(sentence, end, found.start()):
                return True
        for found in self._once.finditer(sentence):
            until = sentence.find(",", found.end())
            until = len(sentence) if until < 0 else until
            until = start if found.start() < start < until else until
            if self._theirs.search(sentence, found.end(), until):
                return True
        return False


def _chosen(times: list[Deadline], start: int, end: int) -> datetime | None:
    """The time that belongs to the promise: of its clause, else said after it, else a firm one before it."""
    inside = [one for one in times if one.start < end and one.end > start]
    after = [one for one in times if one.start >= end]
    before = [one for one in times if one.end <= start and one.firm]
    for some in (inside, after, before):
        if some:
            return next((one for one in some if one.firm), some[0]).due
    return None


def _evidence(sentence: str, at: int) -> str:
    if len(sentence) <= _EVIDENCE:
        return sentence
    start = max(0, min(at - _BEFORE, len(sentence) - _EVIDENCE))
    return sentence[start : start + _EVIDENCE].strip()


@cache
def _reader(code: str) -> _Reader:
    """Built when a language is first needed: most companies write in few."""
    return _Reader(next(language for language in LANGUAGES if language.code == code))
