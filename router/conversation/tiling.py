"""Owns the tiling of one sentence with the phrases of one language: every word has a place, or the sentence is refused.

A phrase has a role, and the role says where it may stand: thanks and what is warm carry a sentence; what is said beside
them, and the things that are thanked for, do not; a greeting begins it, a closing ends it. Names are words that no list
has; they stand beside a greeting, after thanks and under a closing, and the words in `never` are none.

It knows nothing of letters and lines: that is `courtesy`. Pure and linear.
"""

import re
import unicodedata

from router.conversation.phrases import LANGUAGES, Language, fold, slots, spellings

# Scripts that write no spaces between words: each character is a word of its own.
TOKEN = re.compile(
    r"[\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]"
    r"|[^\W\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]++|\S"
)
THUMBS = frozenset("👍👌👏🙌💯")
SOFT = frozenset("¡,،、，-–—~～()…'’‘´`")

_ROLES = ("thanks", "warm", "beside", "for", "thing", "greeting", "closing")
_Slots = tuple[frozenset[tuple[str, ...]], ...]  # a pattern: the words that may stand in each of its places


class Phrases:
    """One language's phrases by the words with which they may begin."""

    def __init__(self, language: Language) -> None:
        self._starts: dict[str, list[tuple[_Slots, str]]] = {}
        for role in _ROLES:
            for pattern in language.courtesy.get(role, ()):
                places = tuple(frozenset(tuple(TOKEN.findall(one)) for one in slot) for slot in slots(pattern))
                for first in _first_words(places):
                    self._starts.setdefault(first, []).append((places, role))

    def longest(self, words: list[str], at: int) -> tuple[int, frozenset[str]]:
        """The longest phrase that stands there: how many words, and what it may be."""
        longest, roles = 0, set[str]()
        for places, role in self._starts.get(words[at], ()):
            ends = {at}
            for place in places:
                ends = {end + len(one) for end in ends for one in place if tuple(words[end : end + len(one)]) == one}
            length = max(ends, default=at) - at
            if length > longest:
                longest, roles = length, {role}
            elif length and length == longest:
                roles.add(role)
        return longest, frozenset(roles)


def _first_words(places: _Slots) -> set[str]:
    found: set[str] = set()
    for place in places:
        found |= {words[0] for words in place if words}
        if () not in place:
            break
    return found


def every(part: str) -> frozenset[str]:
    lists = (language.courtesy.get(part, ()) for language in LANGUAGES)
    return frozenset(phrase for patterns in lists for pattern in patterns for phrase in spellings(pattern))


def _calendar_words() -> frozenset[str]:
    """A day or a month is the answer to a question of ours, not a name; short forms of them are names too (Jan)."""
    lists = (
        language.time.get(part, ()) for language in LANGUAGES for part in ("weekdays", "months", "today", "tomorrow")
    )
    written = (word for words in lists for word in "|".join(words).split("|"))
    return frozenset(
        phrase for word in written for phrase in spellings(word.strip("()[]")) if " " not in phrase and len(phrase) > 3
    )


# Small words within names: de Vries, van der Berg, bin Said.
_PARTICLES = frozenset(
    ["de", "da", "do", "dos", "di", "du", "la", "le", "van", "von", "vom", "der", "den", "y", "e", "zu", "af", "bin"]
)
NEVER = (every("never") | _calendar_words()) - _PARTICLES


def is_alphabetic(word: str) -> bool:
    """Scripts with marks that belong to their letters (Devanagari, Thai, Arabic) are words too."""
    return all(unicodedata.category(char)[0] in "LMZ" for char in word)


def are_names(tokens: list[str], written_large: bool) -> bool:
    names = [token for token in tokens if token not in SOFT and token not in ("&", ".")]
    # A script without spaces has one token a character.
    limit = 12 if names and not names[0].isascii() and not _has_case(names[0]) else 5
    within = range(1, len(names) - 1)
    return 0 < len(names) <= limit and all(
        _is_name(token, written_large and not (at in within and token in _PARTICLES)) for at, token in enumerate(names)
    )


def _is_name(token: str, written_large: bool) -> bool:
    if not (token.isalpha() or is_alphabetic(token)) or not NEVER.isdisjoint(fold(token).split() or [""]):
        return False
    if not written_large:
        return True
    return _has_case(token) and token[0].isupper() and (len(token) == 1 or not token.isupper())


def _has_case(token: str) -> bool:
    return token[0].lower() != token[0].upper()


class Sentence:
    """One sentence, tiled with the phrases of one language."""

    def __init__(self, table: Phrases, tokens: list[str], words: list[str]) -> None:
        self._table, self._tokens, self._words = table, tokens, words
        self.thanks = self.closing = self._anchored = self._of_things = False

    def holds(self) -> bool:
        """Tell whether every word has its place, and one of them is more than a filling."""
        at = 0
        while at < len(self._words):
            if self.closing:
                return False
            taken = self._take(at)
            if not taken:
                return False
            at += taken
        return self._anchored

    def _take(self, at: int) -> int:
        word = self._words[at]
        if word in SOFT:
            self._of_things = self._of_things and word not in ",，、،"
            return 1
        if word in THUMBS:
            self.thanks = self._anchored = True
            return 1
        length, roles = self._table.longest(self._words, at)
        after = at + length
        if not length:
            return self._ends_in_names(at)
        rest = self._tokens[after:]
        begins = at == 0 or self._words[at - 1] in SOFT
        if "closing" in roles and begins and self._closes(rest, "thanks" in roles or "warm" in roles):
            self.closing = self._anchored = True
            self.thanks |= "thanks" in roles
            return len(self._words) - at
        if "greeting" in roles and at == 0:
            self._anchored = True
            return length + self._names(after, written_large=False, most=4)
        if "thing" in roles and self._of_things:
            return length
        if roles & {"thanks", "warm"}:
            self.thanks |= "thanks" in roles
            self._anchored, self._of_things = True, False
            return length + self._names(after, written_large=True, most=3)
        if "for" in roles and self._anchored:
            self._of_things = True
            return length
        return length if "beside" in roles else 0

    def _ends_in_names(self, at: int) -> int:
        """How many words are left, where they are the name of whoever is thanked: "for your help, Mike"."""
        rest = self._tokens[at:]
        after_comma = self._anchored and self._words[at - 1] in (",", "，")
        return len(rest) if after_comma and len(rest) <= 3 and are_names(rest, written_large=True) else 0

    def _closes(self, rest: list[str], alone_is_none: bool) -> bool:
        if not [token for token in rest if token not in SOFT]:
            return not alone_is_none
        return (
            are_names(rest, written_large=False)
            and not self._table.longest(self._words, len(self._words) - len(rest))[0]
        )

    def _names(self, at: int, written_large: bool, most: int) -> int:
        """How many words from there on are names, with the commas before them."""
        start, count, last = at, 0, at
        while at < len(self._words) and count <= most:
            word = self._words[at]
            if word not in SOFT:
                length, roles = self._table.longest(self._words, at)
                if count and length == 1 and "beside" in roles:  # Tom and Anna
                    at += 1
                    continue
                if length or not _is_name(self._tokens[at], written_large):
                    break
                count, last = count + 1, at + 1
            elif word in ",，" and count:
                break
            at += 1
        return last - start if count <= most else 0
