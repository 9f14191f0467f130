"""A year of invented customers' letters in two languages, with words planted into weeks of it; and a count of its own."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from router.conversation.voice import Voice

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)  # a Monday
WEEKS = 52

# Planted: first week, weeks, customers in each, the sentence, and the words that are new in it.
PLANTED: Sequence[tuple[int, int, int, str, set[str]]] = (
    (31, 2, 12, "The strap snapped while I was walking the dog.", {"strap snapped", "walking", "dog"}),
    (20, 1, 9, "Das Armband verfärbt die Haut.", {"armband verfärbt", "verfärbt", "armband", "haut"}),
    (40, 1, 8, "Your parcels arrive drenched.", {"parcels arrive", "arrive drenched", "parcels", "drenched"}),
)
LOUD = (25, "Zeppelins! Zeppelins everywhere, I tell you.")  # one customer, forty letters

_ENGLISH = (
    ("the order", "my watch", "your invoice", "our parcel", "this letter", "the buckle", "her present", "the box"),
    ("came late", "is missing", "looks lovely", "was returned", "is scratched", "fits badly", "went astray", "stopped"),
    ("again", "after all", "this time", "as you know", "and I wonder why", "which is a pity", "so please help"),
)
_GERMAN = (
    ("die Bestellung", "meine Uhr", "Ihre Rechnung", "unser Paket", "dieser Brief", "die Schnalle", "das Geschenk"),
    ("kam spät", "fehlt", "sieht hübsch aus", "wurde zurückgeschickt", "ist zerkratzt", "passt schlecht"),
    ("schon wieder", "leider", "diesmal", "wie Sie wissen", "und ich frage mich warum", "was schade ist"),
)


def sentences(parts: Sequence[Sequence[str]]) -> list[str]:
    """Everything that can be said."""
    return [" ".join(chosen)[0].upper() + " ".join(chosen)[1:] + "." for chosen in product(*parts)]


def letters(seed: str = "year") -> Iterator[Voice]:
    """In the order of their receipt; some 60 customers a week."""
    chance = random.Random(seed)
    english, german = sentences(_ENGLISH), sentences(_GERMAN)
    for week in range(WEEKS):
        texts = [[chance.choice(some) for _ in range(3)] for some in (english, german) for _ in range(30)]
        for first, weeks, customers, sentence, _ in PLANTED:
            if first <= week < first + weeks:
                half = texts[30:] if "Das" in sentence else texts[:30]
                for text in half[:customers]:
                    text.insert(1, sentence)
        for number, text in enumerate(texts):
            yield voice(week, number, f"kim{week}.{number}@customer.example", text)
        if week == LOUD[0]:
            for number in range(40):
                yield voice(week, 100 + number, "loud@customer.example", [LOUD[1]])


def voice(week: int, number: int, customer: str, text: Sequence[str]) -> Voice:
    """One letter of a week."""
    at = BEGIN + timedelta(weeks=week, hours=number)
    return Voice(
        f"{week}.{number}",
        customer,
        f"t{week}.{number}",
        "support",
        f"Letter {number}",
        at,
        "Hello,\n\n" + " ".join(text),
    )


def words_of(text: str) -> set[str]:
    """All words of three letters and more, told apart in the simplest way."""
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 2}


def users(given: Sequence[Voice]) -> dict[int, dict[str, set[str]]]:
    """By week and word, who used it: another count than the router's."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in given:
        for word in words_of(one.text.partition("\n\n")[2]):
            found[(one.at - BEGIN).days // 7][word].add(one.customer)
    return found
