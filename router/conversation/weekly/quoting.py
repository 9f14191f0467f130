"""What the weekly letter quotes of a text, and whom a text names. Pure, linear and capped.

A passage is whole sentences from the top of a text, unedited; a sentence with an address, or with a name that is not to
be told, is left out, and so are what programs write (who wrote when, marks of quotes and of signed mail) and what ends
with no mark, such as a name under a letter; of a text that has no marks at all the first words are taken. Names count
where they stand with a capital: "will" is no Will.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from router.conversation.private import has_address
from router.conversation.sentences import sentences
from router.conversation.words import without_salutation

_READ = 4_000  # characters of a text
_SENTENCES = 40
_LEAST = 3  # letters of a name
_WORD = re.compile(r"[^\W\d_]++")
_QUOTED = re.compile(r"\s{0,8}(?:[>|}\]]|[-=*_]{2,}\]?)")  # a line of somebody else, or of a program
_ENDS = frozenset(".!?…。！？।")
_CLOSING = "\"'”’»)」』"
_FEW = 3  # words that may be nothing but a name


def passage(text: str, most: int, unnamed: Collection[str] = ()) -> str:
    """The first sentences, of up to `most` characters together; none that holds a word of `unnamed`."""
    lines = without_salutation(text[:_READ]).split("\n")
    above = "\n".join("" if _is_foreign(line) else line for line in lines)
    told = [one for one in islice(sentences(above), _SENTENCES) if not has_address(one) and not names(one, unnamed)]
    whole = [one for one in told if one.rstrip(_CLOSING)[-1:] in _ENDS and any(map(str.isalpha, one))]
    said: list[str] = []
    length = 0
    for sentence in whole or [one for one in told if len(_words(one)) > _FEW][:1]:
        if said and length + len(sentence) >= most:
            break
        said.append(sentence if len(sentence) <= most else f"{sentence[: most - 1].rstrip()}…")
        length += len(sentence) + 1
        if length >= most:
            break
    return " ".join(said)


def _is_foreign(line: str) -> bool:
    """A mark of a quote or of a program, or the line above a quote that says who wrote and when."""
    return _QUOTED.match(line) is not None or (line.rstrip().endswith(":") and any(map(str.isdigit, line)))


def names(text: str, unnamed: Collection[str]) -> bool:
    """Whether one of these words, which are folded, stands in it as a name."""
    return bool(unnamed) and any(word[0].isupper() and word.casefold() in unnamed for word in _words(text))


def named(text: str, people: Mapping[str, str]) -> list[str]:
    """Whose of these names, by address, stand in a text; in the order of the text."""
    by_name: dict[str, list[str]] = {}
    for address, name in people.items():
        by_name.setdefault(name.casefold(), []).append(address)
    found = (by_name.get(word.casefold(), ()) for word in _words(text[:_READ]) if word[0].isupper())
    # A name that two of us have tells nobody apart.
    return list(dict.fromkeys(addresses[0] for addresses in found if len(addresses) == 1))


def name_words(addresses: Iterable[str]) -> frozenset[str]:
    """The words of people's names, by their addresses, folded."""
    words = (word.casefold() for one in addresses for word in _words(one.partition("@")[0]))
    return frozenset(word for word in words if len(word) >= _LEAST)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
