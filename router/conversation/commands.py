"""Reads what a person replies to a digest as orders: `done 3 7 · phoned 1 · tomorrow 6 · fresh`. Pure; never raises.

A reply is read line by line, a line piece by piece (`·`, `;`, `|`). A piece is either understood whole or not at all:
with one word in it that is not known ("done 3, but not 7") nothing of it is carried out, and it is told so. Nothing is
guessed. The words are data, in English, German and French; case does not matter. Everything is linear and capped.

    done 3 7 · done 3-5 · done #3, 7. · 3 7 done · done 3 (Jane Ferris)    by number, in whatever punctuation
    done 3 to 5 · erledigt 3 bis 5                                         a range too
    done all                                                               every number; never with `never` and `phoned`
    park 14d                                                               everything that is listed, for 14 days
    snooze 6 3d · snooze 6 until 2026-12-01 · tomorrow 6 · fresh
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from router.conversation.orders import Order, Orders, Unclear, Verb, Why
from router.conversation.orderwords import (
    ALL,
    DENIALS,
    GREETING,
    RANGES,
    SMALL_TALK,
    UNITS,
    VERBS,
    WILLING,
    has_verb,
    said,
)
from router.mail.text.snippet import salutes

NUMBERS_CAP = 500  # in one order
TEXT_CAP = 4_000  # characters that are read
UNCLEAR_CAP = 10  # pieces that are told of
SHOWN = 120  # characters of one
LONGEST = timedelta(days=366)
_SALUTATION = 4  # words
_WRAPPED = 60  # characters: a line as long as that may have been ended by a mail program

_PIECES = re.compile(r"[;|·•\u2022\u2023]")
_TOKEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d(?!\d))|(?P<odd>\d++(?:[.:…]|\.{2,3})\d\S*+|\S*+@\S*+|https?:\S*+)|(?P<number>\d++)"
    r"|(?P<word>[^\W\d_]++(?:['’][^\W\d_]++)*+)|(?P<mark>\S)"
)
_MARKS = frozenset(",.:!()[]#&+/*-–—\"'`„“”‚‘’…_")
_DRAWN = ("So", "Sk", "Mn", "Cf", "Me")  # pictures, and what makes them up
_DASHES = frozenset("-–—")
_RANGES = _DASHES | RANGES
_OF_ALL = (Verb.DONE, Verb.MINE, Verb.TOMORROW, Verb.SNOOZE, Verb.PARK, Verb.BACK)


def read(text: str, names: Mapping[int, Collection[str]] | None = None) -> Orders:
    """The orders of a text.

    `names` are the words, in lower case, and the figures of the name behind each number, which may stand beside it.
    """
    found: list[tuple[Order, str]] = []
    unclear: list[Unclear] = []
    for piece in pieces(unicodedata.normalize("NFC", text[:TEXT_CAP])):
        try:
            found += ((order, piece) for order in _read(piece, names or {}))
        except _NoOrder as no:
            unclear.append(Unclear(" ".join(piece.split())[:SHOWN], no.why))
    # "All done, thanks!" below "done 3 7" is a farewell.
    farewell = any(order.numbers and order.verb in (Verb.DONE, Verb.PHONED) for order, _ in found)
    orders: list[Order] = []
    for order, piece in found:
        if farewell and order.everything and order.verb is Verb.DONE:
            unclear.append(Unclear(" ".join(piece.split())[:SHOWN], Why.ALL))
        else:
            orders.append(order)
    return Orders(tuple(dict.fromkeys(orders)), tuple(dict.fromkeys(unclear))[:UNCLEAR_CAP])


class _NoOrder(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def _plain(text: str) -> str:
    """As words are compared: phones write the apostrophe of "I’ve" and "m’occupe" as a quotation mark."""
    return text.replace("’", "'").casefold()


def _salutes(piece: str) -> bool:
    """Whether a piece greets somebody by any name."""
    return len(piece.split()) <= _SALUTATION and salutes(piece.strip())


def pieces(text: str) -> Iterator[str]:
    """Lines and what separates orders in them; a line that goes on in the next one is one with it."""
    begun = ""
    for line in [*text.split("\n"), ""]:
        orders = has_verb(said(begun)) or any(map(str.isdigit, begun))  # "Hi Anna," is none of it
        goes_on = (orders and begun.rstrip().endswith(",")) or (len(begun) >= _WRAPPED and line.lstrip()[:1].isdigit())
        if begun and line.strip() and goes_on:
            begun += " " + line
            continue
        yield from (piece for piece in _PIECES.split(begun) if piece.strip())
        begun = line


@dataclass(slots=True)
class _Group:
    """Numbers that stand together, or a verb."""

    verb: Verb | None = None
    numbers: list[int] = field(default_factory=list)
    everything: bool = False
    span: timedelta | None = None
    until: date | None = None

    def order(self, verb: Verb) -> Order:
        if self.everything and verb not in _OF_ALL:
            raise _NoOrder(Why.ALL)
        asks_when = verb in (Verb.SNOOZE, Verb.PARK)
        if not asks_when and (self.span or self.until):
            raise _NoOrder(Why.WORDS)
        if verb is not Verb.FRESH and not (self.numbers or self.everything or verb is Verb.PARK):
            raise _NoOrder(Why.NUMBER)
        if asks_when and not (self.span or self.until):
            raise _NoOrder(Why.SPAN)
        if verb is Verb.FRESH and (self.numbers or self.everything):
            raise _NoOrder(Why.WORDS)
        everything = self.everything or (verb is Verb.PARK and not self.numbers)
        return Order(verb, tuple(dict.fromkeys(self.numbers)), everything, self.span, self.until)


def _read(piece: str, names: Mapping[int, Collection[str]]) -> list[Order]:
    """The orders of a piece; empty where it asks for nothing."""
    scan = _Scan(piece, names)
    groups = scan.groups()
    if not any(group.verb for group in groups):
        if groups or (scan.unknown and not _salutes(piece)):
            raise _NoOrder(Why.WORDS)
        return []
    if scan.greets(groups):
        return []
    if scan.unknown or not scan.names_fit():
        raise _NoOrder(Why.WORDS)
    orders = list(_paired(groups))
    return orders if groups[0].verb is not None else orders[::-1]


def _paired(groups: list[_Group]) -> Iterator[Order]:
    """Each verb with its numbers: all of them behind it, or, in "3 7 done", all before it."""
    groups = list(_until_tomorrow(groups))
    if groups[0].verb is None:
        groups.reverse()  # then they stand behind it here too
    verb = None
    for group in groups:
        if group.verb is not None:
            if verb is not None:
                yield _Group().order(verb)
            verb = group.verb
        elif verb is None:
            raise _NoOrder(Why.WORDS)  # "3 done 7"
        else:
            yield group.order(verb)
            verb = None
    if verb is not None:
        yield _Group().order(verb)


def _until_tomorrow(groups: list[_Group]) -> Iterator[_Group]:
    """So that "snooze 6 until tomorrow" is "tomorrow 6"."""
    verbs = [group.verb for group in groups]
    for number, group in enumerate(groups):
        if group.verb is Verb.SNOOZE and verbs[number + 1 : number + 3] == [None, Verb.TOMORROW]:
            yield _Group(Verb.TOMORROW)
        elif group.verb is not Verb.TOMORROW or verbs[max(number - 2, 0) : number] != [Verb.SNOOZE, None]:
            yield group


class _Scan:
    """One piece, token by token."""

    def __init__(self, piece: str, names: Mapping[int, Collection[str]]) -> None:
        self._tokens = [(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(_plain(piece))]
        self._names = names
        self._known = {word for words in names.values() for word in words} - DENIALS
        self.said: set[str] = set()  # words of names
        self.numbers: set[int] = set()
        self.unknown = False

    def groups(self) -> list[_Group]:
        """Verbs, and the numbers between them."""
        found: list[_Group] = []
        self._at = 0
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            self._at += 1
            if kind == "word" and text in VERBS and (self._next(-2)[1], text) != GREETING:
                found.append(_Group(VERBS[text]))
            elif kind == "number" or kind == "day" or (text in ALL and self._beside_a_verb(found)):
                if not found or found[-1].verb is not None:
                    found.append(_Group())
                self._count(kind, text, found[-1])
            elif kind == "word":
                self._word(text)
            elif kind == "odd" or not (text in _MARKS or unicodedata.category(text) in _DRAWN):
                self.unknown = True
        return found

    def names_fit(self) -> bool:
        """Whether every name that is said is one of the numbers', and no number is a part of one ("done 3 Studio 54")."""
        theirs = {word for number in self.numbers for word in self._names.get(number, ())}
        doubtful = self.said and any(
            word.isdecimal() and int(word) != number and int(word) in self.numbers
            for number in self.numbers
            for word in self._names.get(number, ())
        )
        return self.said <= theirs and not doubtful

    def greets(self, groups: list[_Group]) -> bool:
        """In German "morgen" by itself is a greeting."""
        alone = len(groups) == 1 and groups[0].verb is Verb.TOMORROW
        return alone and not self.unknown and ("word", "morgen") in self._tokens

    def _word(self, text: str) -> None:
        if (text in ("no", "nr") and self._next() == ("mark", ".")) or (text == "n" and self._next() == ("mark", "°")):
            return
        if text in SMALL_TALK or text == GREETING[1] or WILLING.get(text) == self._next()[1]:
            return
        if text in self._known:
            self.said.add(text)
        else:
            self.unknown = True

    def _count(self, kind: str, text: str, group: _Group) -> None:
        """A number, a range, a span of time or a day, or all."""
        if text in ALL:
            group.everything = True
        elif kind == "day":
            try:
                group.until = date.fromisoformat(text)
            except ValueError:
                self.unknown = True
        elif len(text) > 6:
            self.unknown = True
        elif (unit := UNITS.get(self._next()[1])) is not None:
            self._at += 1
            group.span = unit * min(int(text), 10_000)
            self.unknown |= not timedelta(0) < group.span <= LONGEST
        else:
            self._number(int(text), group)

    def _number(self, first: int, group: _Group) -> None:
        last = first
        (_, dash), (kind, text) = self._next(), self._next(1)
        spans = dash not in _DASHES and self._next(2)[1] in UNITS  # "snooze 6 until 14 days"
        if dash in _RANGES and kind == "number" and len(text) <= 6 and not spans:
            self._at += 2
            last = int(text)
        if last < first or last - first + len(group.numbers) >= NUMBERS_CAP:
            self.unknown = True
            return
        group.numbers += range(first, last + 1)
        self.numbers.update(range(first, last + 1))

    def _next(self, further: int = 0) -> tuple[str, str]:
        at = self._at + further
        return self._tokens[at] if 0 <= at < len(self._tokens) else ("", "")

    def _beside_a_verb(self, found: list[_Group]) -> bool:
        """ "done all" and "all done", but not "Hi all, done 3"."""
        before = self._tokens[self._at - 2][1] if self._at >= 2 else ""
        return before in VERBS or (self._next()[1] in VERBS and not found)
