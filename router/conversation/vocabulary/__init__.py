"""Owns which words of a language say nothing by themselves, and by which words people speak of themselves or judge.

One TOML file a language, read once when this module is imported: `stop`, `first_person` and `judging`, lower case with
their accents. The stop words begin with the lists of Snowball and of python-stop-words (both BSD). Names of days and
months come from `phrases`: they come round, and rise every time.

Lists of several languages are never joined: "die" is an article in German and no word to be passed over in English.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from router.conversation.phrases import LANGUAGES as PHRASES

_SHORTEST = {"weekdays": 4, "months": 3}  # letters of a name: "sun" and "sat" are words of their own


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """One language."""

    code: str
    stop: frozenset[str]
    first_person: frozenset[str]
    judging: frozenset[str]


def _names(code: str) -> set[str]:
    """Of days and months."""
    found: set[str] = set()
    for language in PHRASES:
        for key, shortest in _SHORTEST.items() if language.code == code else ():
            names = (name.lower() for entry in language.time.get(key, ()) for name in entry.split("|"))
            found.update(name for name in names if name.isalpha() and len(name) >= shortest)
    return found


def _read(code: str, text: str) -> Vocabulary:
    table = tomllib.loads(text)
    stop, first, judging = (frozenset(table.get(key, "").split()) for key in ("stop", "first_person", "judging"))
    return Vocabulary(code, stop | _names(code), first, judging)


VOCABULARIES = tuple(
    _read(entry.name.removesuffix(".toml"), entry.read_text("utf-8"))
    for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".toml")
)
_SPOKEN: dict[str, tuple[int, ...]] = {}
for _number, _one in enumerate(VOCABULARIES):
    for _word in _one.stop:
        _SPOKEN[_word] = (*_SPOKEN.get(_word, ()), _number)


_WORDS = _SPOKEN.keys()


def spoken(words: Iterable[str | None]) -> tuple[Vocabulary, ...]:
    """In which language these words are: the one with the most of its stop words among them; several where that is close.

    Danish and Norwegian often are, and so is anything short.
    """
    hits = [0] * len(VOCABULARIES)
    for word in _WORDS & set(words):
        for number in _SPOKEN[word]:
            hits[number] += 1
    if not (most := max(hits)):
        return ()
    return tuple(VOCABULARIES[number] for number, count in enumerate(hits) if count * 5 >= most * 4)
