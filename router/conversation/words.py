"""Which words and pairs of words a letter has: what is counted of it.

A word has three letters or more (two where the script is another one than Latin, Greek and Cyrillic) and is no stop word
of the letter's language; a pair is two of them side by side. A company's own product words count whatever they look like,
and one of several words ("Model 7") counts as one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from router.conversation.tokens import MARK, Token, folded, joined, tokens
from router.conversation.vocabulary import Vocabulary, spoken
from router.mail.text.snippet import salutes

_SHORTEST = 3
_WIDE = "\u0590"  # scripts from here on write a word with two letters
_BASE = 0xF0000  # a private plane: the mark of the first product
_EAST = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_SALUTATION_WORDS = 5
_SALUTATIONS = 3  # lines at the top that may be one
_BELOW = 12  # lines at the end among which a closing is looked for
_SHORT_LINE = 8  # words of a line below it
_MARKS = frozenset(".!?…")
_WRITTEN_CLOSINGS = """
    regards | kind regards | best regards | warm regards | with kind regards | best | all the best | best wishes
    kindest regards | many thanks | thanks | thank you | thanks and regards | yours | yours sincerely | yours faithfully
    yours truly | sincerely | cheers
    mit freundlichen grüßen | mit freundlichen grüssen | mit freundlichem gruß | mit besten grüßen | viele grüße
    viele grüsse | liebe grüße | beste grüße | schöne grüße | freundliche grüße | herzliche grüße | grüße | gruß | danke
    vielen dank | mfg | lg | vg
    cordialement | bien cordialement | bien à vous | cdlt | salutations | sincères salutations | merci
    saludos | un saludo | saludos cordiales | atentamente | gracias | cordiali saluti | distinti saluti | saluti | grazie
    met vriendelijke groet | met vriendelijke groeten | vriendelijke groet | groeten | mvg | groet
    atenciosamente | cumprimentos | com os melhores cumprimentos | obrigado | obrigada
    med vänliga hälsningar | vänliga hälsningar | hälsningar | mvh | med venlig hilsen | venlig hilsen | vennlig hilsen
    med vennlig hilsen | hilsen | ystävällisin terveisin | terveisin | pozdrawiam | z poważaniem | s pozdravem
    с уважением
"""
_CLOSINGS = frozenset(" ".join(one.split()) for line in _WRITTEN_CLOSINGS.split("\n") for one in line.split("|")) - {""}


@dataclass(frozen=True, slots=True)
class WordReader:
    """Reads the words of letters; `product_words` as they are to be shown."""

    product_words: tuple[str, ...] = ()
    _products: dict[str, str] = field(init=False, default_factory=dict)  # folded to shown
    _marks: list[str] = field(init=False, default_factory=list)
    _begins: set[str] = field(init=False, default_factory=set)  # first words of products
    _pattern: re.Pattern[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._products.update((key, word) for word in self.product_words if (key := " ".join(folded(word).split())))
        self._marks.extend(sorted(self._products, key=len, reverse=True))
        self._begins.update(key.split(" ")[0] for key in self._marks)
        if self._marks:
            object.__setattr__(self, "_pattern", re.compile("|".join(f"({_expression(key)})" for key in self._marks)))

    def items(self, text: str, languages: tuple[Vocabulary, ...] | None = None) -> set[str]:
        """The words and pairs of a text; of a part of a letter in the `languages` of all of it."""
        kept = self.kept(text, languages)
        found = set(kept)
        found.update(
            joined(first, second)
            for first, second in pairwise(kept)
            if first is not None and second is not None and first != second
        )
        found.discard(None)
        return found  # type: ignore[return-value] # mypy does not see that None has gone

    def kept(self, text: str, languages: tuple[Vocabulary, ...] | None = None) -> list[Token]:
        """The words one after the other, with a gap for whatever does not count."""
        found = self._tokens(text)
        stop = _stop(spoken(found) if languages is None else languages)
        # A product's mark is short: it goes the long way with what is short.
        return [None if word in stop else word if len(word) >= _SHORTEST else self._short(word) for word in found]  # type: ignore[arg-type]

    def languages(self, text: str) -> tuple[Vocabulary, ...]:
        """In which languages the words of a letter are read."""
        return spoken(self._tokens(text))

    def _tokens(self, text: str) -> list[Token]:
        low = folded(without_closing(without_salutation(text))).replace(MARK, " ")
        if self._pattern is not None and any(begin in low for begin in self._begins):
            low = self._pattern.sub(lambda found: f" {MARK}{chr(_BASE + (found.lastindex or 1) - 1)} ", low)
        return tokens(low)

    def _short(self, word: str) -> Token:
        if word[0] == MARK:
            number = ord(word[1:] or "\0") - _BASE
            return self._marks[number] if 0 <= number < len(self._marks) else None
        return word if word >= _WIDE and len(word) > 1 else None

    def shown(self, item: str) -> str:
        """An item as people read it."""
        if item in self._products or " " not in item:
            return self._products.get(item, item)
        return " ".join(self._products.get(part, part) for part in self.parts(item)) or item

    def is_product(self, item: str) -> bool:
        """Whether the company named it."""
        return item in self._products

    def parts(self, item: str) -> tuple[str, ...]:
        """The words of a pair; nothing for a word."""
        if item in self._products:
            return ()
        if " " not in item:
            return (item[:2], item[1:]) if len(item) == 3 and _EAST.match(item) and _EAST.match(item[1:]) else ()
        for at in (at for at, letter in enumerate(item) if letter == " "):
            parts = item[:at], item[at + 1 :]
            if all(" " not in part or part in self._products for part in parts):
                return parts
        return ()


def without_salutation(text: str) -> str:
    """The text without the lines at its top that only greet."""
    for _ in range(_SALUTATIONS):
        first, _, rest = text.partition("\n")
        line = first.strip()
        if line and not (rest and len(line.split()) <= _SALUTATION_WORDS and salutes(line)):
            break
        text = rest
    return text


def without_closing(text: str) -> str:
    """The text above "Kind regards", where nothing stands below but short lines: a name, a title, a company."""
    lines = text.rstrip().split("\n")
    for number in range(len(lines) - 1, max(0, len(lines) - _BELOW), -1):
        line = lines[number].strip()
        if line.lower().rstrip(" ,.!") in _CLOSINGS:
            return "\n".join(lines[:number])
        count = line.count(" ") + 1
        if count > _SHORT_LINE or (line[-1:] in _MARKS and count > _SALUTATION_WORDS):
            break
    return text


def stop_words(words: Iterable[str]) -> frozenset[str]:
    """A company's own, as they are compared."""
    return frozenset(" ".join(folded(word).split()) for word in words)


@cache
def _stop(languages: tuple[Vocabulary, ...]) -> frozenset[Token]:
    """A gap is passed over as a stop word is."""
    return frozenset[Token]({None}).union(*(one.stop for one in languages))


def _expression(key: str) -> str:
    words = r"\s+".join(map(re.escape, key.split(" ")))
    return words if _EAST.search(key) else rf"(?<![^\W_]){words}(?![^\W_])"
