"""Words that more customers use than before.

Counted are people, not letters: who writes one word a hundred times counts once. A word is rising that at least
`CUSTOMERS` of a week used, and at least `TIMES` times as many as in the mean of the weeks before; of these there are eight, or
as many as there are, but no fewer than `LEAST`. A pair stands for its words where the same people used them.

Those come first that chance explains least: with the same use in all weeks, how likely are so many of all its users in
the last one. Among thousands of words some double by chance every week; a rise is sure where that is likely less than
once in `1 / SURE` words: from none to 5, from one to 9, from two to 12.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, lgamma, log, log1p

from router.conversation.private import has_address, has_number
from router.conversation.sentences import sentences
from router.conversation.tokens import folded
from router.conversation.voice import Voice
from router.conversation.words import WordReader

CUSTOMERS = 5
TIMES = 2.5
WEEKS = 8
LEAST = 2
SURE = 5e-5
QUOTES = 3  # of one word
_LOOKED_AT = 24  # sentences with a word, among which its quotes are chosen
_LONGEST, _GOOD = 240, 90  # characters of a quote
_FEW = 3  # words that may be nothing but a name
_WIDE = "\u0590"  # scripts from here on need fewer words


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers used each word of a week."""

    letters: int
    customers: int
    words: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a customer, as it was written."""

    text: str
    customer: str
    message: str
    thread: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rise:
    """One word, or a pair of words, that rises."""

    word: str  # as it is shown
    customers: int  # of the week
    mean: float  # of the weeks before
    quotes: tuple[Quote, ...]
    chance: float  # that it came to this by chance, with the same use in all weeks

    @property
    def sure(self) -> bool:
        """Chance hardly explains it."""
        return self.chance <= SURE


@dataclass(slots=True)
class _Found:
    customers: set[str] = field(default_factory=set)
    quotes: list[tuple[tuple[object, ...], Quote]] = field(default_factory=list)
    looked_at: int = 0


def count(letters: Iterable[Voice], reader: WordReader) -> Counted:
    """Count letters of which all of one customer stand side by side."""
    counter = Counting(reader)
    for letter in letters:
        counter.add(letter)
    return counter.finish()


class Counting:
    """The same, letter by letter."""

    def __init__(self, reader: WordReader) -> None:
        self._reader = reader
        self._words: Counter[str] = Counter()
        self._theirs: set[str] = set()
        self._customer: str | None = None
        self._letters = self._customers = 0

    def add(self, letter: Voice) -> None:
        """The next letter."""
        if letter.customer != self._customer:
            self._close()
            self._customer = letter.customer
            self._customers += 1
        self._letters += 1
        self._theirs |= self._reader.items(letter.text)

    def _close(self) -> None:
        self._words.update(self._theirs)
        self._theirs = set()

    def finish(self) -> Counted:
        """All letters have been given."""
        self._close()
        return Counted(self._letters, self._customers, self._words)


def often(counted: Counted, stop: Collection[str], reader: WordReader) -> dict[str, int]:
    """The words of the week that enough customers used, without a company's own stop words."""
    return {
        word: customers
        for word, customers in counted.words.items()
        if customers >= CUSTOMERS and (reader.is_product(word) or not _stopped(word, stop, reader))
    }


def _stopped(word: str, stop: Collection[str], reader: WordReader) -> bool:
    return word in stop or any(part in stop and not reader.is_product(part) for part in reader.parts(word))


def risen(now: Mapping[str, int], before: Sequence[Mapping[str, int]]) -> dict[str, tuple[int, float]]:
    """The words that rise, with their customers and the mean of the weeks before; nothing where these are too few."""
    if len(before) < LEAST:
        return {}
    found = {}
    for word, customers in now.items():
        mean = sum(week.get(word, 0) for week in before) / len(before)
        if customers >= CUSTOMERS and customers >= TIMES * mean:
            found[word] = customers, mean
    return found


def rises(
    found: Mapping[str, tuple[int, float]],
    weeks: int,
    letters: Callable[[], Iterable[Voice]],
    reader: WordReader,
    most: int | None = None,
) -> list[Rise]:
    """These words with their quotes; `weeks` is how many stood behind their means, `letters` gives the week's.

    `most`: only so many, which chance explains least.
    """
    if not found:
        return []
    if most is not None and len(found) > most:
        rank = {word: (by_chance(now, round(mean * weeks), weeks), -now, word) for word, (now, mean) in found.items()}
        found = {word: found[word] for word in sorted(found, key=rank.__getitem__)[:most]}
    seen = _seen(found, letters(), reader)
    shown = set(found) - _said_by_pairs(found, seen, reader)
    rows = []
    for word in shown:
        customers, mean = found[word]
        chance = by_chance(customers, round(mean * weeks), weeks)
        quotes = _spread(seen[word].quotes)
        rows.append(Rise(reader.shown(word), customers, mean, quotes, chance))
    return sorted(rows, key=lambda row: (row.chance, -row.customers, row.word))


def by_chance(now: int, before: int, weeks: int) -> float:
    """How likely `now` or more of all its users fall into the last of `weeks` + 1 equal weeks."""
    total, share = now + before, 1 / (weeks + 1)
    whole = lgamma(total + 1)
    terms = (
        exp(whole - lgamma(k + 1) - lgamma(total - k + 1) + k * log(share) + (total - k) * log1p(-share))
        for k in range(now, total + 1)
    )
    return min(1.0, sum(terms))


def _seen(found: Collection[str], letters: Iterable[Voice], reader: WordReader) -> dict[str, _Found]:
    """Who used each word, and the sentences that it stands in."""
    seen = {word: _Found() for word in found}
    needles = {tuple(part.removesuffix("'s") for part in word.split(" ")) for word in found}
    for letter in letters:
        low = folded(letter.text)
        if not any(all(part in low for part in parts) for parts in needles):
            continue
        if not (theirs := reader.items(letter.text) & seen.keys()):
            continue
        for word in theirs:
            seen[word].customers.add(letter.customer)
        wanted = [word for word in theirs if seen[word].looked_at < _LOOKED_AT]
        if wanted:
            _quote(letter, wanted, seen, reader)
    return seen


def _quote(letter: Voice, wanted: Sequence[str], seen: Mapping[str, _Found], reader: WordReader) -> None:
    languages = reader.languages(letter.text)
    for sentence in sentences(letter.text):
        if len(sentence) > _LONGEST or has_address(sentence) or _is_scrap(sentence):
            continue
        low = folded(sentence)
        if not any(word.split(" ")[0] in low for word in wanted):
            continue
        items = reader.items(sentence, languages)
        for word in wanted:
            if word in items:
                rank = (has_number(sentence), abs(len(sentence) - _GOOD), letter.at, letter.message)
                quote = Quote(sentence, letter.customer, letter.message, letter.thread, letter.at)
                seen[word].quotes.append((rank, quote))
                seen[word].looked_at += 1


def _is_scrap(sentence: str) -> bool:
    """A name, a title or a company below a letter: a few words with no mark behind them."""
    return sentence[-1:].isalnum() and sentence.count(" ") < _FEW and max(sentence) < _WIDE


def _spread(quotes: list[tuple[tuple[object, ...], Quote]]) -> tuple[Quote, ...]:
    """The best ones of different customers, with different words."""
    chosen: list[Quote] = []
    for _, quote in sorted(quotes, key=lambda each: each[0]):
        if all(quote.customer != other.customer and quote.text != other.text for other in chosen):
            chosen.append(quote)
            if len(chosen) == QUOTES:
                break
    return tuple(chosen)


def _said_by_pairs(found: Mapping[str, tuple[int, float]], seen: Mapping[str, _Found], reader: WordReader) -> set[str]:
    """What another item of the same people says already: a word by its pair, a pair by one that it shares a word with.

    So a sentence that many send is told by the pair of it that is newest.
    """
    said: set[str] = set()
    kept: dict[str, list[str]] = {}  # by a word, the pairs with it
    for pair in sorted((word for word in seen if reader.parts(word)), key=lambda word: (found[word][1], word)):
        parts, who = reader.parts(pair), seen[pair].customers
        if any(seen[other].customers == who for part in parts for other in kept.get(part, ())):
            said.add(pair)
        said.update(p for p in parts if p in seen and not reader.is_product(p) and seen[p].customers == who)
        for part in parts:
            kept.setdefault(part, []).append(pair)
    return said
