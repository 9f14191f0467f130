"""Owns the finding of expressions of time in a sentence: what was written, not yet when it falls due.

A date is read as soon as it is found, since only today tells its year. Parts that stand side by side are one
expression ("Friday, 4 December, by noon"). What is after, since or of a day ("your letter of Monday") is none.

It works on folded text; every repetition in its patterns is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from router.conversation.phrases import LANGUAGES, Language, as_expression, spellings

_WITHOUT_YEAR = 300  # days that a date without a year may lie ahead
_MINUTES = 24 * 60

_WORDS = (
    "day_after",
    "early_next_week",
    "mid_next_week",
    "next_month",
    "next_week",
    "weekend",
    "month",
    "year",
    "week",
    "tomorrow",
    "today",
)
UNITS = ("workday", "minute", "hour", "day", "week_unit", "month_unit")
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<date>\d{1,2})(?!\d)[日号.]?")
_EAST = re.compile(r"(?<!\d)(?P<month>\d{1,2}) ?[月월] ?(?P<date>\d{1,2}) ?[日号일]")
_NUMERIC = re.compile(
    r"(?<![\d./:-])(?P<date>\d{1,2})(?P<mark>[./-]) ?(?P<month>\d{1,2})"
    r"(?:(?P=mark) ?(?P<year>20\d\d|\d\d(?!\d)))?(?P<dot>\.?)(?![\d:])"
)
_ARTICLE = r"(?: (?:the|den|dem|der|des|zum|le|la|el|il|lo|o|a|al|de|d|dia|di|die|het|il giorno|dnia))?"


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: str
    value: date | float | int | None = None
    next: bool = False
    firm: bool = False
    at: int | None = None  # minutes after midnight


class TimeReader:
    """One language's expressions of time."""

    def __init__(self, language: Language) -> None:
        time = language.time
        self._language = language
        self._edge = (r"(?<!\w)", r"(?!\w)") if language.spaced else ("", "")
        self._numbers = {
            spelling: float(value)
            for value, words in time.get("numbers", {}).items()
            for word in words.split("|")
            for spelling in spellings(word)
        }
        number = r"\d{1,3}|" + "|".join(sorted(self._numbers, key=len, reverse=True)) if self._numbers else r"\d{1,3}"
        units = "|".join(f"(?P<{unit}>{self._any(unit)})" for unit in UNITS if time.get(unit))
        between = rf"[-–—/~〜至到]|(?:{self._any('range')})"
        amount = rf"(?:(?:{number}) ?(?:{between}) ?)?(?P<number>{number})(?: ?\(\d+\))? ?(?:{units})"
        gap = r" (?:[^\s,]+ ){0,3}?" if language.spaced else ""
        self._within = self._compile(rf"(?:{self._any('within')}){gap}{amount}")
        self._amount_first = (
            self._compile(rf"{amount} ?(?:{self._any('after_amount')})") if time.get("after_amount") else None
        )
        self._words = self._compile("|".join(f"(?P<{word}>{self._any(word)})" for word in _WORDS if time.get(word)))
        self._set_days(time)
        half = rf"(?:(?P<half>[ap])\.? ?m\.?|(?:{self._any('clock')}))"
        self._clock = self._compile(
            rf"(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d\d))? ?{half}(?: ?(?P<after>\d\d))?"
            rf"|(?P<hour2>\d{{1,2}})[:h](?P<minute2>\d\d)|(?P<noon>{self._any('noon')})"
        )
        self._by = re.compile(rf"{self._edge[0]}(?:{self._any('by')}){_ARTICLE} ?$")
        self._latest = re.compile(rf"(?:{self._any('by')})")
        self._not_by = re.compile(rf"{self._edge[0]}(?:{self._any('not_by')}){_ARTICLE} ?$")
        self._end_before = re.compile(rf"{self._edge[0]}(?:{self._any('end_of')}){_ARTICLE} ?$")
        self._ago = re.compile(rf" ?(?:{self._any('ago')}){self._edge[1]}")

    def _set_days(self, time: dict[str, list[str]]) -> None:
        weekdays = "|".join(f"(?P<w{day}>{self._forms(names)})" for day, names in enumerate(time["weekdays"]))
        which = rf"(?P<next>{self._any('next')})|(?P<coming>{self._any('coming')})"
        after = which.replace("<next>", "<next2>").replace("<coming>", "<coming2>")
        space = " " if self._language.spaced else ""
        self._weekday = self._compile(rf"(?:(?:{which}){space})?(?:{weekdays})\.?(?:{space}(?:{after})(?!\w))?")
        months = [self._forms(names) for names in time["months"]]
        self._months = [re.compile(names) for names in months]
        month = f"(?P<month>{'|'.join(months)})"
        day_of, year = self._any("day_of"), r"(?:[ ,.]{1,2}(?:(?:de|of|i|del|r) )?(?P<year>20\d\d))?"
        suffix = r"(?:st|nd|rd|th|ste|de|er|e|o|a|:e|:a|go|\.)?"
        self._dates = [self._compile(rf"(?P<date>\d{{1,2}}){suffix} ?(?:(?:{day_of}) )?{month}\.?{year}")]
        if time.get("month_then_day"):
            self._dates.append(self._compile(rf"{month}\.? (?:the )?(?P<date>\d{{1,2}})(?:st|nd|rd|th|\.)?{year}"))
        parts = "|".join(f"(?P<{part}>{self._any(part)})" for part in ("mid", "early", "end_of"))
        self._month_only = self._compile(rf"(?:{parts}) {month}{year}")
        lone = time.get("lone_day", ())
        self._lone = self._compile("|".join(lone)) if lone else None

    def _any(self, part: str) -> str:
        """A regular expression for any phrase of a list; of none where the list is empty."""
        patterns = self._language.time.get(part) or ()
        return "|".join(as_expression(pattern) for pattern in sorted(patterns, key=len, reverse=True)) or "(?!)"

    def _forms(self, names: str) -> str:
        return "|".join(as_expression(name) for name in sorted(names.split("|"), key=len, reverse=True))

    def _compile(self, pattern: str) -> re.Pattern[str]:
        return re.compile(f"{self._edge[0]}(?:{pattern}){self._edge[1]}")

    def read(self, sentence: str, today: date, zone: ZoneInfo) -> list[Found]:
        """What is found, merged where parts of one expression stand side by side."""
        found = [*self._amounts(sentence), *self._all_dates(sentence, today, zone), *self._named_days(sentence)]
        found = _without_overlaps(found)
        clocks = [one for one in self._clocks(sentence) if not any(_overlap(one, other) for other in found)]
        found = _merged(sorted([*found, *clocks], key=lambda one: one.start), sentence)
        kept = []
        for one in found:
            before, after = sentence[: one.start][-30:], sentence[one.end : one.end + 30]
            by, of_past = self._by.search(before), self._not_by.search(before)
            if of_past and (by is None or of_past.start() < by.start()) and not self._end_before.search(before):
                continue
            firm = one.firm or by is not None or self._latest.match(after.lstrip(" ,")) is not None
            if (one.kind in UNITS and self._ago.match(after)) or (one.kind == "clock" and not firm):
                continue
            kept.append(replace(one, firm=firm))
        return kept

    def _amounts(self, sentence: str) -> Iterator[Found]:
        for pattern in filter(None, (self._within, self._amount_first)):
            for match in pattern.finditer(sentence):
                unit = next(unit for unit in UNITS if unit in match.re.groupindex and match[unit] is not None)
                written = match["number"]
                number = float(written) if written.isdecimal() else float(self._numbers.get(written, 0))
                yield Found(match.start(), match.end(), unit, number, firm=True)

    def _all_dates(self, sentence: str, today: date, zone: ZoneInfo) -> Iterator[Found]:
        for pattern in (_ISO, _EAST, _NUMERIC):
            for match in pattern.finditer(sentence):
                if (day := self._numeric(match, sentence, today, zone)) is not None:
                    yield Found(match.start(), match.end(), "date", day)
        for pattern in self._dates:
            for match in pattern.finditer(sentence):
                if (
                    day := _coming(int(match["date"]), self._number_of(match["month"]), _int(match["year"]), today)
                ) is not None:
                    yield Found(match.start(), match.end(), "date", day)
        for match in self._month_only.finditer(sentence):
            last = 15 if match["mid"] else 10 if match["early"] else 0
            month = self._number_of(match["month"])
            for day_number in (last,) if last else (31, 30, 29, 28):
                if (day := _coming(day_number, month, _int(match["year"]), today)) is not None:
                    yield Found(match.start(), match.end(), "date", day)
                    break
        for match in self._lone.finditer(sentence) if self._lone else ():
            number = int(next(group for group in match.groups() if group))
            if (day := _lone_day(number, today)) is not None:
                yield Found(match.start(), match.end(), "date", day)

    def _numeric(self, match: re.Match[str], sentence: str, today: date, zone: ZoneInfo) -> date | None:
        parts = match.groupdict()
        day, month = int(parts["date"]), int(parts["month"])
        mark = parts.get("mark")
        if mark is not None and parts["year"] is None:
            if mark == "-" or (day, month) == (24, 7):
                return None
            if mark == "." and not parts["dot"] and not self._by.search(sentence[: match.start()][-30:]):
                return None
        american = mark == "/" and self._language.code == "en" and zone.key.startswith(("America/", "US/"))
        if day <= 12 and (month > 12 or american):
            day, month = month, day
        return _coming(day, month, _int(parts.get("year")), today)

    def _number_of(self, name: str) -> int:
        return next(number for number, names in enumerate(self._months, start=1) if names.fullmatch(name))

    def _named_days(self, sentence: str) -> Iterator[Found]:
        for match in self._weekday.finditer(sentence):
            day = next(day for day in range(7) if match[f"w{day}"] is not None)
            of_next_week = match["next"] is not None or match["next2"] is not None
            yield Found(match.start(), match.end(), "weekday", day, next=of_next_week)
        for match in self._words.finditer(sentence):
            yield Found(
                match.start(), match.end(), next(word for word in match.re.groupindex if match[word] is not None)
            )

    def _clocks(self, sentence: str) -> Iterator[Found]:
        for match in self._clock.finditer(sentence):
            hour = 12 if match["noon"] else int(match["hour"] or match["hour2"])
            minute = 0 if match["noon"] else int(match["minute"] or match["minute2"] or match["after"] or 0)
            if match["half"]:
                hour = hour % 12 + (12 if match["half"] == "p" else 0)
            if hour <= 24 and minute < 60:
                yield Found(match.start(), match.end(), "clock", at=min(hour * 60 + minute, _MINUTES))


def _coming(day: int, month: int, year: int | None, today: date) -> date | None:
    """The day that a date without its year means."""
    if year is not None:
        years: tuple[int, ...] = (year + 2000 if year < 100 else year,)
    else:
        years = (today.year, today.year + 1)
    for one in years:
        try:
            found = date(one, month, day)
        except ValueError:
            continue
        if found >= today:
            return found if year is not None or (found - today).days <= _WITHOUT_YEAR else None
    return None


def month_after(day: date, ahead: int) -> date:
    """The first of a month after that of the day."""
    years, month = divmod(day.month - 1 + ahead, 12)
    return date(day.year + years, month + 1, 1)


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _lone_day(number: int, today: date) -> date | None:
    first = today.replace(day=1)
    for month in (first, month_after(today, 1), month_after(today, 2)):
        try:
            day = month.replace(day=number)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _without_overlaps(found: list[Found]) -> list[Found]:
    """Of those that share letters the one that was looked for first, and of these the longest."""
    kept: list[Found] = []
    for one in found:
        rivals = [other for other in kept if _overlap(one, other)]
        if all(other.end - other.start < one.end - one.start and not other.firm for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(one)
    return kept


_NEXT_WEEK = ("next_week", "early_next_week", "mid_next_week")
_BESIDE = 9  # letters between the parts of one expression: ", ", " of the "


def _merged(found: list[Found], sentence: str) -> list[Found]:
    kept: list[Found] = []
    for one in found:
        if kept and one.start - kept[-1].end <= _BESIDE and (both := _both(kept[-1], one)) is not None:
            kept[-1] = both
        else:
            kept.append(one)
    return kept


def _both(first: Found, second: Found) -> Found | None:
    """One expression made of two, or none where they are two."""
    kinds = {first.kind, second.kind}
    if kinds & set(UNITS):
        return None
    if "clock" in kinds:
        clock, other = (first, second) if first.kind == "clock" else (second, first)
        return None if other.kind == "clock" or other.at is not None else _spanning(other, first, second, at=clock.at)
    for one, other in ((first, second), (second, first)):
        if one.kind == "weekday" and other.kind in _NEXT_WEEK:
            return replace(_spanning(one, first, second), next=True)
        if one.kind == "date" and other.kind in ("weekday", "tomorrow", "today", "week", *_NEXT_WEEK):
            return _spanning(one, first, second, at=other.at)
        if one.kind in ("weekday", "tomorrow", "day_after", "next_week") and other.kind in (
            "today",
            "week",
            "tomorrow",
        ):
            return _spanning(one, first, second, at=other.at)
    return None


def _spanning(kept: Found, first: Found, second: Found, at: int | None = None) -> Found:
    at = kept.at if kept.at is not None else at
    return replace(kept, start=first.start, end=second.end, firm=first.firm or second.firm, at=at)


@cache
def reader_of(code: str) -> TimeReader:
    """Built when a language is first needed: most companies write in few."""
    return TimeReader(next(language for language in LANGUAGES if language.code == code))
