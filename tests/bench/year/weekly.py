"""What a weekly letter must tell, counted plainly from the facts, as `count` does for the nights.

It may be given a year as it was planned, in which each event lies at its own instant, or as it was posted.
"""

import email
import email.policy
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.bench.year.company import ZONE
from tests.bench.year.count import Happened, Span
from tests.bench.year.facts import Event, What, Year

_DAY = timedelta(days=1)
_LONDON = ZoneInfo(ZONE)
_LEAST, _TIMES, _BEFORE = 5, 2.5, 8  # customers, times the mean of so many weeks
_WORD = re.compile(r"[^\W\d_]{3,}")


def planned(year: Year) -> dict[int, list[Happened]]:
    """By conversation, what happens if everything happens at its planned instant."""
    found: dict[int, list[Happened]] = defaultdict(list)
    for number, mail in enumerate(year.past):
        found[mail.fact.story].append(Happened(number - len(year.past), Span(mail.at, mail.at), mail.fact))
    for event in year.events:
        found[event.fact.story].append(Happened(event.number, Span(event.at, event.at), event.fact))
    return {story: happened for story, happened in found.items() if story}


def to_ring(year: Year, happened: Mapping[int, Sequence[Happened]], at: datetime) -> set[str]:
    """Who has given up: two letters after an answer of ours or three in all, the last word ours, then 3 to 14 days silence."""
    found = set()
    for number, everything in happened.items():
        if sum(one.fact.what is What.ASKS for one in everything) < 3:
            continue
        known = [one for one in everything if one.when.late <= at]
        words = [one for one in known if one.fact.what in (What.ASKS, What.THANKS, What.ANSWERS)]
        if not words or words[-1].fact.what is not What.ANSWERS or any(one.fact.what is What.THANKS for one in words):
            continue
        silent = at - words[-1].when.late
        many = sum(one.fact.what is What.ASKS for one in words) >= 3  # two after an answer make three
        if many and 3 * _DAY <= silent <= 14 * _DAY:
            found.add(year.stories[number].customer)
    return found


def days_without_answers(happened: Mapping[int, Sequence[Happened]], first: date, days: int) -> list[date]:
    """Working days of the company on which no answer left, by its own calendar."""
    answers = {
        one.when.early.astimezone(_LONDON).date()
        for everything in happened.values()
        for one in everything
        if one.fact.what is What.ANSWERS
    }
    asked = (first + count * _DAY for count in range(days))
    return [day for day in asked if day.weekday() < 5 and day not in answers]


def rising(events: Iterable[Event], stories: Mapping[int, str]) -> dict[date, dict[str, int]]:
    """By the Monday of each week that has eight before it: the words that rise, and of how many customers.

    `stories`: the customer of each conversation. Only what customers ask is read, above what they quote.
    """
    weeks: dict[date, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in events:
        day = event.at.astimezone(_LONDON).date()
        monday = day - day.weekday() * _DAY
        if event.fact.what is What.ASKS:
            for word in set(_WORD.findall(_own_words(event.content).casefold())):
                weeks[monday][word].add(stories[event.fact.story])
        else:
            weeks.setdefault(monday, defaultdict(set))
    found: dict[date, dict[str, int]] = {}
    for monday in sorted(weeks)[_BEFORE:]:
        before = [weeks.get(monday - 7 * count * _DAY, {}) for count in range(1, _BEFORE + 1)]
        counts = {word: len(people) for word, people in weeks[monday].items()}
        means = {word: sum(len(week.get(word, ())) for week in before) / _BEFORE for word in counts}
        found[monday] = {
            word: count for word, count in counts.items() if count >= _LEAST and count >= _TIMES * means[word]
        }
    return found


def thanked_by_name(events: Iterable[Event], names: Sequence[str]) -> Counter[tuple[date, str]]:
    """How often customers thank one of us by name, by the Monday of the week."""
    found: Counter[tuple[date, str]] = Counter()
    for event in events:
        if event.fact.what is What.THANKS:
            day = event.at.astimezone(_LONDON).date()
            text = _own_words(event.content)
            found.update((day - day.weekday() * _DAY, name) for name in names if re.search(rf"\b{name}\b", text))
    return found


def _own_words(content: bytes) -> str:
    """The text above the signature; the inventor signs after an empty line, and quotes below it."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    return str(mail.get_content()).replace("\r\n", "\n").partition("\n\n")[0]
