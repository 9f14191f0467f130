"""A few sentences of customers, unedited: what the people who run the company should have heard.

The rule, for people: a whole sentence of 40 to 160 characters in which somebody speaks of himself or judges; without a
digit, an address, a URL, quotation marks; no greeting, no thanks, nothing about attachments. The first person counts two
points, the first word of judgement two and a second one more, an exclamation mark one; a question costs one, and so does
a length beyond 120.
Then they are spread: of each customer, each conversation and each subject one at most; and whoever shares a mailbox, a
day or a word of judgement with those that were chosen before goes behind whoever does not. What is left equal is decided
by the time of the letter.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from router.conversation.courtesy import courtesy
from router.conversation.private import has_address, has_number
from router.conversation.sentences import sentences
from router.conversation.subject import topic
from router.conversation.tokens import folded
from router.conversation.vocabulary import spoken
from router.conversation.voice import Voice
from router.conversation.words import without_salutation

MOST = 5
SHORTEST, LONGEST, LONG = 40, 160, 120
_WORDS_LEAST = 6
_KEPT = 400  # candidates in memory: of many letters, those with the most points
_OPEN, _CLOSE, _ENDS = "'‘(¿¡[", "'’)]", frozenset(".!?…。！？।")
_AROUND = ".,;:!?…'()[]\"“”„«»¿¡‘*_-–—"
_QUOTED = re.compile('["“”„«»「」『』]')  # somebody else's words
_EAST = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_ATTACHED = re.compile(
    r"\b(?:attach|enclos|see below|anbei|im anhang|angehängt|beigefügt|ci-joint|en pièce|adjunt|allegat|bijlage|bijgevoegd"
    r"|em anexo|bifoga|vedhæft|vedlagt|liitt|w załączeniu|załącz|v příloze|прилага|во вложении)"
)
_COURTEOUS = re.compile(
    r"\b(?:thank|thanks|regards|best wishes|looking forward|look forward|i hope (?:this|you|all)|let me know|kind regards"
    r"|dank|danke|danken|vielen dank|freue mich auf|mit freundlichen|merci|cordialement|dans l'attente|gracias|saludos"
    r"|quedo a la|grazie|saluti|resto in attesa"
    r"|bedankt|alvast|groet|obrigad|cumprimentos|aguardo|tack|hälsning|hilsen|tak for|takk"
    r"|kiitos|dziękuj|pozdrawiam|děkuj|спасибо|с уважением)"
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A sentence, and whose it is."""

    text: str
    customer: str
    message: str
    thread: str
    mailbox: str | None
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Candidate:
    points: int
    words: OwnWords
    judging: frozenset[str]

    @property
    def rank(self) -> tuple[object, ...]:
        return (-self.points, self.words.at, self.words.message, self.words.text)


@dataclass(slots=True)
class _Chosen:
    """What has been chosen so far, and what it has in common with others."""

    words: list[OwnWords] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    mailboxes: dict[str | None, int] = field(default_factory=dict)
    days: dict[date, int] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)


def own_words(
    letters: Iterable[Voice], zone: ZoneInfo, most: int = MOST, without: Collection[str] = ()
) -> list[OwnWords]:
    """The sentences of these letters, best first; none of the messages in `without`, which are quoted elsewhere."""
    best: list[_Candidate] = []
    for letter in letters:
        if letter.message in without:
            continue
        if (found := _best(letter)) is not None:
            best.append(found)
        if len(best) >= 2 * _KEPT:
            best = sorted(best, key=lambda one: one.rank)[:_KEPT]
    return _spread(best, zone, most)


def _best(letter: Voice) -> _Candidate | None:
    """The sentence of a letter that goes on; the first one of several with the same points."""
    text = without_salutation(letter.text)
    greeted = len(text) < len(letter.text.lstrip())  # then many languages go on in lower case: "Guten Tag, leider …"
    whole = [one for number, one in enumerate(sentences(text)) if _is_whole(one, lower=greeted and number == 0)]
    if not whole:
        return None
    languages = spoken(_words(folded(text)))
    first = frozenset[str]().union(*(one.first_person for one in languages))
    judging = frozenset[str]().union(*(one.judging for one in languages))
    found = [(points, sentence) for sentence in whole if (points := _points(sentence, first, judging)) > 0]
    for points, sentence in sorted(found, key=lambda each: -each[0]):
        if _may_stand(sentence):
            if courtesy(text) is not None:
                return None
            words = OwnWords(
                *(sentence, letter.customer, letter.message, letter.thread, letter.mailbox, letter.subject, letter.at)
            )
            return _Candidate(points, words, judging.intersection(_words(folded(sentence))))
    return None


def _is_whole(sentence: str, *, lower: bool) -> bool:
    """Whether it is a sentence of a length that people read and understand, by its two ends."""
    if len(sentence) > LONGEST or (len(sentence) < SHORTEST and not _is_eastern(sentence, SHORTEST // 3)):
        return False
    first = sentence.lstrip(_OPEN)[:1]
    end = sentence.rstrip(_CLOSE)[-1:]
    return end in _ENDS and first.isalpha() and (lower or not first.islower())


def _is_eastern(sentence: str, shortest: int) -> bool:
    """Of a script that needs fewer characters."""
    return len(sentence) >= shortest and not sentence.isascii() and _EAST.search(sentence) is not None


def _may_stand(sentence: str) -> bool:
    """Whether nothing in it is nobody else's business, or mere courtesy."""
    if _QUOTED.search(sentence) or has_number(sentence) or has_address(sentence) or sentence.isupper():
        return False
    if sentence.count(" ") < _WORDS_LEAST - 1 and not _is_eastern(sentence, 0):
        return False
    low = sentence.lower().replace("’", "'")
    return _ATTACHED.search(low) is None and _COURTEOUS.search(low) is None


def _points(sentence: str, first: frozenset[str], judging: frozenset[str]) -> int:
    there = _words(folded(sentence))
    judged = len(judging & there)
    speaks = not first.isdisjoint(there)
    if not judged and not speaks:
        return 0
    points = 2 * speaks + 2 * bool(judged) + (judged > 1)
    return points + sentence.endswith("!") - sentence.endswith("?") - (len(sentence) > LONG)


def _words(low: str) -> set[str]:
    """The words of a folded text, quickly."""
    return {word.strip(_AROUND) for word in low.replace("’", "'").split()}


def _spread(candidates: list[_Candidate], zone: ZoneInfo, most: int) -> list[OwnWords]:
    """One after the other, each as far from those before as may be."""
    chosen, left = _Chosen(), sorted(candidates, key=lambda one: one.rank)
    while left and len(chosen.words) < most:
        best = min(left, key=lambda one: (_alike(one, chosen, zone) - one.points, one.rank))
        _take(best, chosen, zone)
        left = [one for one in left if chosen.taken.isdisjoint(_matters(one.words))]
    return chosen.words


def _alike(one: _Candidate, chosen: _Chosen, zone: ZoneInfo) -> int:
    day = one.words.at.astimezone(zone).date()
    shared = len(one.judging & chosen.judged)
    return (
        2 * shared + chosen.days.get(day, 0) + chosen.mailboxes.get(one.words.mailbox, 0) * (len(chosen.mailboxes) > 1)
    )


def _take(one: _Candidate, chosen: _Chosen, zone: ZoneInfo) -> None:
    words, day = one.words, one.words.at.astimezone(zone).date()
    chosen.words.append(words)
    chosen.taken.update(_matters(words))
    chosen.days[day] = chosen.days.get(day, 0) + 1
    chosen.mailboxes[words.mailbox] = chosen.mailboxes.get(words.mailbox, 0) + 1
    chosen.judged |= one.judging


def _matters(words: OwnWords) -> set[tuple[str, str]]:
    found = {("customer", words.customer), ("thread", words.thread), ("text", words.text.lower())}
    if subject := topic(words.subject):
        found.add(("subject", subject))
    return found
