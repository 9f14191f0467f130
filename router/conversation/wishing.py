"""Reads what the owner of an inbox replies to a bundle or to the end of a rule. Pure; never raises.

    send 3 7 · send 3-5 · send all       mails that the bundle names and does not attach
    keep                                 the rule that has ended goes on for this inbox
    now · evening · wrote-again          when copies come from now on

In English, German and French. A piece is understood whole or not at all, as in replies to digests (`commands`), and
small talk around it is passed over.
"""

import re
from dataclasses import dataclass

from router.conversation.commands import SHOWN, TEXT_CAP, UNCLEAR_CAP, pieces
from router.conversation.orders import Unclear, Why
from router.conversation.orderwords import ALL, SMALL_TALK

KEEP = "keep"
WORDS = {
    said.strip(): word
    for word, table in {
        KEEP: "keep | keep it | keep going | keep the rule | behalten | garder",
        "now": "now | at once | sofort | jetzt | maintenant | tout de suite",
        "evening": "evening | in the evening | every evening | once a day | abends | am abend | le soir | chaque soir",
        "wrote-again": "wrote-again | wrote again",
    }.items()
    for said in table.split("|")
}
MOST = 1_000  # numbers in one reply

_SEND = re.compile(
    r"(?:send|sende|schick|schicke|envoyer|envoyez|envoie)(?: (?:me|mir|moi|please|bitte)){0,2}"
    r"(?: (?:mails?|letters?|numbers?))?[ :]*+"
    rf"(?P<which>{'|'.join(sorted(ALL, key=len, reverse=True))}|[#\d](?:[#\d ,.&–-]|and|und|et)*+)"
)
_AND = ("and", "und", "et", "then")
_QUIET = SMALL_TALK - WORDS.keys()  # "evening" is small talk in "good evening" alone
_PLEASE = ("please", "thanks", "bitte", "danke", "svp", "merci")
_NUMBERS = re.compile(r"(?P<first>\d{1,6})(?:[ ]?[-–][ ]?#?(?P<last>\d{1,6}))?")
_EDGES = " \t\xa0,.!?*_\"'`„“”‚‘’…"


@dataclass(frozen=True, slots=True)
class Wished:
    """What is wished."""

    numbers: tuple[int, ...] = ()
    everything: bool = False  # whatever the bundle names
    words: tuple[str, ...] = ()  # `KEEP`, or a rhythm
    unclear: tuple[Unclear, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.numbers or self.everything or self.words)


def read(text: str) -> Wished:
    """The wishes of a text."""
    numbers: dict[int, None] = {}
    words: dict[str, None] = {}
    unclear: dict[Unclear, None] = {}
    everything = False
    for piece in pieces(text[:TEXT_CAP]):
        said = " ".join(piece.casefold().split()).strip(_EDGES)
        for word in _AND:
            said = said.removeprefix(f"{word} ")
        for word in _PLEASE:
            said = said.removesuffix(f" {word}").removeprefix(f"{word} ").strip(_EDGES)
        if (found := _SEND.fullmatch(said)) is not None:
            everything |= found["which"] in ALL
            numbers |= dict.fromkeys(_numbers(found["which"]))
        elif said in WORDS:
            words[WORDS[said]] = None
        elif not _QUIET.issuperset(re.findall(r"[^\W\d_]++|\d++", said.replace("good evening", "hello"))):
            unclear[Unclear(" ".join(piece.split())[:SHOWN], Why.WORDS)] = None
    return Wished(tuple(numbers)[:MOST], everything, tuple(words), tuple(unclear)[:UNCLEAR_CAP])


def is_wish(text: str) -> bool:
    """Whether a text, such as the subject that a link has written, is a wish and nothing else."""
    found = read(text[:SHOWN])
    return not found.nothing and not found.unclear


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for one in _NUMBERS.finditer(text):
        first, last = int(one["first"]), int(one["last"] or one["first"])
        first, last = min(first, last), max(first, last)
        found += range(first, min(last, first + MOST - 1) + 1)
    return found[:MOST]
