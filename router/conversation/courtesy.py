"""Whether a customer's letter is a pure courtesy: thanks, praise and good wishes, and nothing else whatever.

The reading is a proof, not a guess: every word of the letter must belong to a phrase of one language's list, or be a
name where names stand (beside a greeting, after thanks, under a closing). One word that no list has, and the letter is
none: so a question, a condition, a "but", a number, a new fact or an attachment needs no list of its own. The words in
`never` are no names, however they are written. What is read as finished here a person sees again with one word, and
nothing of it is ever hidden; so a courtesy that is missed costs a line on a list, and one that is wrong costs trust.

It is pure, total and linear: a letter of over a thousand characters is none.
"""

import re
import unicodedata
from dataclasses import dataclass

from router.conversation.phrases import LANGUAGES, Language, fold, slots, spellings

LONGEST = 1_000
_SENTENCES = 7
_EVIDENCE = 200
_SIGNATURE_LINES = 7
_WRAPPED = 50  # a line of so many characters that ends in no mark may run on in the next

# "Re:", "AW:", "SV[2]:": the subject is that of the conversation, not of this letter.
_REPLY = re.compile(
    r"(?:\[[^\[\]]{0,40}\] ?)*+(?:re|aw|antw|antwort|sv|vs|odp|ynt|rif|r|res|ref|vb|vl|bls|ats|atb|vá|να|απ|отв|ответ|回复|回覆|答复|返信)"
    r" ?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?+ ?[:：]",
    re.IGNORECASE,
)
# Scripts that write no spaces between words: each character is a word of its own.
_TOKEN = re.compile(
    r"[\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]"
    r"|[^\W\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]++|\S"
)
_SENTENCE = re.compile(r"[^.!;。！｡]++(?:[.!;。！｡]++|$)")
_ABBREVIATED = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_](?:\.|\b))")  # m.f.G., J.P.
_TITLE = re.compile(r"\b(mr|mrs|ms|dr|prof|hr|fr|sr|sra|srta|sig|dott|ing|mme|st|dhr|mevr|mvr|dipl)\.", re.IGNORECASE)
_SMILEY = re.compile(r"(?<!\S)(?:[:;=]-?[)D]|<3|\^\^)++(?!\w)|(?<=\w)[ .!]?[:;]-?\)|[☺☻😊🙂😀😃😄😁😉😍🥰😘🤗🥳😎❤♥💕💛💚💙💜🧡🎉🎊✨🌟⭐💐🌹🌸🌞☀🙏🙇💪🏻🏼🏽🏾🏿\ufe0f\u200d♀♂]")
_THUMBS = frozenset("👍👌👏🙌💯")
_SOFT = frozenset(",،、，-–—~～()…'’‘´`")
_CONTACT = re.compile(r"(?:\+\d|(?:tel|phone|ph|mob|mobile|cell|fax|telefon|telefoon|handy|tél|t|m|p|f|mobil|móvil|тел)[.: ]|(?:https?://|www\.)\S+$|\S+@\S+\.\w+$)", re.IGNORECASE)
_FIRM = frozenset(["of", "and", "&", "for", "the", "de", "la", "du", "des", "der", "die", "das", "für", "und", "y", "e", "et", "van", "von", "den", "da", "do", "di", "i", "och", "og", "|", "/", ",", ".", "-", "–", "—", "•", "·", ":", "'", "’"])


_ROLES = ("thanks", "warm", "beside", "for", "thing", "greeting", "closing")
_Slots = tuple[frozenset[tuple[str, ...]], ...]  # a pattern: the words that may stand in each of its places


class _Phrases:
    """One language's phrases by the words with which they may begin."""

    def __init__(self, language: Language) -> None:
        self.first_of_thanks: set[str] = set()
        self._starts: dict[str, list[tuple[_Slots, str]]] = {}
        for role in _ROLES:
            for pattern in language.courtesy.get(role, ()):
                places = tuple(frozenset(tuple(_TOKEN.findall(one)) for one in slot) for slot in slots(pattern))
                for first in _first_words(places):
                    self._starts.setdefault(first, []).append((places, role))
                    if role == "thanks":
                        self.first_of_thanks.add(first)

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


def _all(part: str) -> frozenset[str]:
    lists = (language.courtesy.get(part, ()) for language in LANGUAGES)
    return frozenset(phrase for patterns in lists for pattern in patterns for phrase in spellings(pattern))


def _calendar_words() -> frozenset[str]:
    """A day or a month is the answer to a question of ours, not a name."""
    lists = (language.time.get(part, ()) for language in LANGUAGES for part in ("weekdays", "months", "today", "tomorrow"))
    written = (word for words in lists for word in "|".join(words).split("|"))
    return frozenset(phrase for word in written for phrase in spellings(word.strip("()[]")) if " " not in phrase)


_TABLES = tuple(_Phrases(language) for language in LANGUAGES if language.courtesy)
_FIRST_OF_THANKS = frozenset(word for table in _TABLES for word in table.first_of_thanks)
_NEVER = _all("never") | _calendar_words()
_FOOTERS = tuple(sorted(_all("footer")))
_REACTED = tuple(sorted(_all("reacted")))
_MARKED = re.compile("[" + "".join(sorted(_THUMBS)) + "]")


def courtesy(new_text: str, subject: str = "") -> str | None:
    """The sentence by which the letter is nothing but a courtesy, or none.

    A subject that is no "Re:" is the customer's own and must be a courtesy too; it speaks for a letter without text.
    """
    if len(new_text) > LONGEST or len(subject) > LONGEST:
        return None
    own = "" if _REPLY.match(subject.strip()) else subject.strip()
    text = new_text.strip()
    if not text:
        return _read(own) if own else None
    found = _read(text)
    return found if found and (not own or _read(own)) else None


def _read(text: str) -> str | None:
    text = unicodedata.normalize("NFC", text)
    if _FIRST_OF_THANKS.isdisjoint(_TOKEN.findall(fold(text))) and not _MARKED.search(text):
        return None
    letter = _Letter()
    for line in _lines(text):
        if not letter.take(line):
            return None
    return letter.phrase


def _lines(text: str) -> list[str]:
    """The lines that a person wrote, wrapped ones joined."""
    lines: list[str] = []
    for line in text.splitlines():
        line = " ".join(line.split())
        folded = fold(line)
        if not line or (folded.startswith(_FOOTERS) and len(folded.split()) <= 8 and "," not in line):
            continue
        if len(line) <= 120 and any(reaction in folded for reaction in _REACTED):
            line = "".join(char for char in line if char in _THUMBS or char in "❤")
            if not line:
                continue
        if lines and len(lines[-1]) >= _WRAPPED and lines[-1][-1].isalnum():
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


@dataclass(slots=True)
class _Letter:
    """How far the reading of one letter has come."""

    phrase: str | None = None
    closed: bool = False  # what follows is a signature
    sentences: int = 0
    below: int = 0  # lines of the signature

    def take(self, line: str) -> bool:
        """Read one line; false where something in it is no courtesy."""
        if self.closed:
            return self._signature(line)
        bare = _SMILEY.sub(" ", _ABBREVIATED.sub(r"\1", _TITLE.sub(r"\1", line)))
        for count, found in enumerate(_SENTENCE.finditer(bare)):
            sentence = found[0].strip()
            tokens = _TOKEN.findall(sentence.rstrip(".!;。！｡ "))
            if sentence.endswith(("..", "…")):  # something is left unsaid
                return False
            if not tokens:
                continue
            self.sentences += 1
            if self.sentences > _SENTENCES:
                return False
            if self.closed or not self._sentence(tokens, sentence):
                # A name alone below thanks is how many sign.
                whole = _TOKEN.findall(bare.rstrip(".!"))
                if count or self.phrase is None or self.closed or not _are_names(whole, written_large=True):
                    return False
                self.closed = True
                return True
        return True

    def _sentence(self, tokens: list[str], sentence: str) -> bool:
        words = [fold(token).strip() for token in tokens]
        if not all(word in _SOFT or word in _THUMBS or word.isalpha() or _is_alphabetic(word) for word in words):
            return False
        for table in _TABLES:
            reading = _Sentence(table, tokens, words)
            if reading.holds():
                if reading.thanks and self.phrase is None:
                    self.phrase = sentence[:_EVIDENCE]
                self.closed = reading.closing
                return True
        return False

    def _signature(self, line: str) -> bool:
        self.below += 1
        words = [fold(token).strip() for token in _TOKEN.findall(line)]
        if self.below > _SIGNATURE_LINES or len(words) > 14 or not _NEVER.isdisjoint(words) or re.search("[?？؟!]", line):
            return False
        if _are_names(_TOKEN.findall(line.replace(".", " ")), written_large=False):
            return True
        if self.below > 1 and _CONTACT.match(line):
            return True
        plain = line.replace(".", " ").split()
        return len(plain) <= 7 and all(
            word in _FIRM or (not word[0].islower() and not any(map(str.isdigit, word))) for word in plain
        )


def _is_alphabetic(word: str) -> bool:
    """Scripts with marks that belong to their letters (Devanagari, Thai, Arabic) are words too."""
    return all(unicodedata.category(char)[0] in "LMZ" for char in word)


def _are_names(tokens: list[str], written_large: bool) -> bool:
    names = [token for token in tokens if token not in _SOFT and token not in "&."]
    # A script without spaces has one token a character.
    limit = 12 if names and not names[0].isascii() and not _has_case(names[0]) else 5
    return 0 < len(names) <= limit and all(_is_name(token, written_large) for token in names)


def _is_name(token: str, written_large: bool) -> bool:
    if not (token.isalpha() or _is_alphabetic(token)) or not _NEVER.isdisjoint(fold(token).split() or [""]):
        return False
    if not written_large:
        return True
    return _has_case(token) and token[0].isupper() and (len(token) == 1 or not token.isupper())


def _has_case(token: str) -> bool:
    return token[0].lower() != token[0].upper()


class _Sentence:
    """One sentence, tiled with the phrases of one language."""

    def __init__(self, table: _Phrases, tokens: list[str], words: list[str]) -> None:
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
        if word in _SOFT:
            self._of_things = self._of_things and word not in ",，、،"
            return 1
        if word in _THUMBS:
            self.thanks = self._anchored = True
            return 1
        length, roles = self._table.longest(self._words, at)
        after = at + length
        if not length:
            return 0
        rest = self._tokens[after:]
        if "closing" in roles and self._closes(rest, "thanks" in roles or "warm" in roles):
            self.closing = self._anchored = True
            return len(self._words) - at
        if "greeting" in roles and at == 0:
            self._anchored = True
            return length + self._names(after, written_large=False, most=4)
        if roles & {"thanks", "warm"}:
            self.thanks |= "thanks" in roles
            self._anchored, self._of_things = True, False
            return length + self._names(after, written_large=True, most=3)
        if "for" in roles and self._anchored:
            self._of_things = True
            return length
        if "beside" in roles or ("thing" in roles and self._of_things):
            return length
        return 0

    def _closes(self, rest: list[str], alone_is_none: bool) -> bool:
        if not [token for token in rest if token not in _SOFT]:
            return not alone_is_none
        return _are_names(rest, written_large=False) and not self._table.longest(self._words, len(self._words) - len(rest))[0]

    def _names(self, at: int, written_large: bool, most: int) -> int:
        """How many words from there on are names, with the commas before them."""
        start, count, last = at, 0, at
        while at < len(self._words) and count <= most:
            word = self._words[at]
            if word not in _SOFT:
                if self._table.longest(self._words, at)[0] or not _is_name(self._tokens[at], written_large):
                    break
                count, last = count + 1, at + 1
            elif word in ",，" and count:
                break
            at += 1
        return last - start if count <= most else 0
