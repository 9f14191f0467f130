"""When something said falls due: "by Friday", "within 48 hours", "bis 12.12.", "in 2-3 Werktagen", in many languages.

What a phrase means is decided here, once:
- A day ends at its local midnight, and what is due on it is due then; a clock time beside it is taken at its word.
- Hours and minutes are elapsed time; days, weeks and months are counted by the local calendar, from the day on which
  it was said; working days are Monday to Friday, for holidays differ between those who speak and those who read.
- A weekday is the next one, never the day itself; "next Friday" is the one of the week after where a language says so.
- A week ends with its Friday (on the week-end itself with its Sunday), a month with its last day. Of a range the later.
- A date without a year is the next such day, at most 300 days ahead: what lies further was meant as one that is past.

Pure and total: an instant that cannot be told, or is not within 400 days, is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from router.conversation.phrases import LANGUAGES, Language, as_expression, spellings
from router.conversation.windows import closing

FURTHEST = timedelta(days=400)
_WITHOUT_YEAR = 300
_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_FRIDAY, _SUNDAY = 4, 6

_WORDS = (
    "day_after", "early_next_week", "mid_next_week", "next_month", "next_week", "weekend", "month", "year", "week", "tomorrow", "today",
)  # fmt: skip
_UNITS = ("workday", "minute", "hour", "day", "week_unit", "month_unit")
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<date>\d{1,2})(?!\d)[日号.]?")
_EAST = re.compile(r"(?<!\d)(?P<month>\d{1,2}) ?[月월] ?(?P<date>\d{1,2}) ?[日号일]")
_NUMERIC = re.compile(
    r"(?<![\d./:-])(?P<date>\d{1,2})(?P<mark>[./-]) ?(?P<month>\d{1,2})(?:(?P=mark) ?(?P<year>20\d\d|\d\d(?!\d)))?(?P<dot>\.?)(?![\d:])"
)
_ARTICLE = r"(?: (?:the|den|dem|der|des|zum|le|la|el|il|lo|o|a|al|de|d|dia|di|die|het|il giorno|dnia))?"


@dataclass(frozen=True, slots=True)
class Deadline:
    """An expression of time in a sentence, and the instant that it sets."""

    start: int
    end: int
    due: datetime  # UTC
    firm: bool  # "by", "within": not only a day that is spoken of


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: str
    value: date | float | int | None = None
    next: bool = False
    firm: bool = False
    at: int | None = None  # minutes after midnight


def deadlines(sentence: str, language: Language, said_at: datetime, zone: ZoneInfo) -> list[Deadline]:
    """Every deadline in a folded sentence, in its order."""
    reader = _reader(language.code)
    try:
        today = said_at.astimezone(zone).date()
        found = reader.read(sentence, today, zone)
        dues = [(one, _due(one, said_at, today, zone)) for one in found]
        furthest = said_at + FURTHEST
    except (OverflowError, ValueError):  # the ends of the calendar
        return []
    return [
        Deadline(one.start, one.end, due.astimezone(UTC), one.firm)
        for one, due in dues
        if due is not None and said_at < due <= furthest
    ]


def _due(found: _Found, said_at: datetime, today: date, zone: ZoneInfo) -> datetime | None:
    if found.kind in ("minute", "hour"):
        amount = float(found.value) if isinstance(found.value, int | float) else 0.0
        return said_at.astimezone(UTC) + timedelta(**{found.kind + "s": amount})
    day = _day(found, today)
    if day is None:
        return None
    if found.at is not None:
        due = closing(zone, day, found.at)
        if found.kind == "clock" and due <= said_at:
            due = closing(zone, day + _DAY, found.at)
        return due
    return closing(zone, day, _MINUTES)


def _day(found: _Found, today: date) -> date | None:
    """The local day on which it is due."""
    monday = today - today.weekday() * _DAY
    if isinstance(found.value, date):
        return found.value
    number = int(found.value or 0)
    match found.kind:
        case "weekday":
            return monday + (7 + number) * _DAY if found.next else today + ((number - today.weekday() - 1) % 7 + 1) * _DAY
        case "day":
            return today + number * _DAY
        case "workday":
            return _working(today, number)
        case "week_unit":
            return today + 7 * number * _DAY
        case "month_unit":
            first = _month(today, number)
            return min(first + (today.day - 1) * _DAY, _month(first, 1) - _DAY)
    return _named(found.kind, today, monday)


def _named(kind: str, today: date, monday: date) -> date | None:
    friday, sunday = monday + _FRIDAY * _DAY, monday + _SUNDAY * _DAY
    days = {
        "today": today,
        "clock": today,
        "tomorrow": today + _DAY,
        "day_after": today + 2 * _DAY,
        "week": friday if today <= friday else sunday,
        "weekend": sunday,
        "early_next_week": monday + 8 * _DAY,
        "mid_next_week": monday + 9 * _DAY,
        "next_week": friday + 7 * _DAY,
        "month": _month(today, 1) - _DAY,
        "next_month": _month(today, 2) - _DAY,
        "year": date(today.year, 12, 31),
    }
    return days.get(kind)


def _month(day: date, ahead: int) -> date:
    """The first of a month after that of the day."""
    years, month = divmod(day.month - 1 + ahead, 12)
    return date(day.year + years, month + 1, 1)


def _working(day: date, count: int) -> date:
    for _ in range(min(count, 400)):
        day += _DAY
        while day.weekday() > _FRIDAY:
            day += _DAY
    return day


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


class _Reader:
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
        units = "|".join(f"(?P<{unit}>{self._any(unit)})" for unit in _UNITS if time.get(unit))
        between = rf"[-–—/~〜至到]|(?:{self._any('range')})"
        amount = rf"(?:(?:{number}) ?(?:{between}) ?)?(?P<number>{number})(?: ?\(\d+\))? ?(?:{units})"
        gap = r" (?:[^\s,]+ ){0,3}?" if language.spaced else ""
        self._within = self._compile(rf"(?:{self._any('within')}){gap}{amount}")
        self._amount_first = self._compile(rf"{amount} ?(?:{self._any('after_amount')})") if time.get("after_amount") else None
        self._words = self._compile("|".join(f"(?P<{word}>{self._any(word)})" for word in _WORDS if time.get(word)))
        self._set_days(time)
        self._clock = self._compile(
            rf"(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d\d))? ?(?:(?P<half>[ap])\.? ?m\.?|(?:{self._any('clock')}))(?: ?(?P<after>\d\d))?"
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

    def read(self, sentence: str, today: date, zone: ZoneInfo) -> list[_Found]:
        """What is found, merged where parts of one expression stand side by side."""
        found = [*self._amounts(sentence), *self._all_dates(sentence, today, zone), *self._named_days(sentence)]
        found = _without_overlaps(found)
        clocks = [one for one in self._clocks(sentence) if not any(_overlap(one, other) for other in found)]
        found = _merged(sorted([*found, *clocks], key=lambda one: one.start), sentence)
        kept = []
        for one in found:
            before, after = sentence[: one.start][-30:], sentence[one.end : one.end + 30]
            of_past = self._not_by.search(before) is not None and not self._end_before.search(before)
            firm = one.firm or self._by.search(before) is not None or self._latest.match(after.strip(" ,")) is not None
            if of_past or self._ago.match(after) or (one.kind == "clock" and not firm):
                continue
            kept.append(replace(one, firm=firm))
        return kept

    def _amounts(self, sentence: str) -> Iterator[_Found]:
        for pattern in filter(None, (self._within, self._amount_first)):
            for match in pattern.finditer(sentence):
                unit = next(unit for unit in _UNITS if unit in match.re.groupindex and match[unit] is not None)
                written = match["number"]
                number = float(written) if written.isdecimal() else float(self._numbers.get(written, 0))
                yield _Found(match.start(), match.end(), unit, number, firm=True)

    def _all_dates(self, sentence: str, today: date, zone: ZoneInfo) -> Iterator[_Found]:
        for pattern in (_ISO, _EAST, _NUMERIC):
            for match in pattern.finditer(sentence):
                if (day := self._numeric(match, sentence, today, zone)) is not None:
                    yield _Found(match.start(), match.end(), "date", day)
        for pattern in self._dates:
            for match in pattern.finditer(sentence):
                if (day := _coming(int(match["date"]), self._number_of(match["month"]), _int(match["year"]), today)) is not None:
                    yield _Found(match.start(), match.end(), "date", day)
        for match in self._month_only.finditer(sentence):
            last = {"mid": 15, "early": 10}.get(match.lastgroup or "", 0) or (15 if match["mid"] else 10 if match["early"] else 0)
            month = self._number_of(match["month"])
            for day_number in (last,) if last else (31, 30, 29, 28):
                if (day := _coming(day_number, month, _int(match["year"]), today)) is not None:
                    yield _Found(match.start(), match.end(), "date", day)
                    break
        for match in self._lone.finditer(sentence) if self._lone else ():
            number = int(next(group for group in match.groups() if group))
            if (day := _lone_day(number, today)) is not None:
                yield _Found(match.start(), match.end(), "date", day)

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

    def _named_days(self, sentence: str) -> Iterator[_Found]:
        for match in self._weekday.finditer(sentence):
            day = next(day for day in range(7) if match[f"w{day}"] is not None)
            of_next_week = match["next"] is not None or match["next2"] is not None
            yield _Found(match.start(), match.end(), "weekday", day, next=of_next_week)
        for match in self._words.finditer(sentence):
            yield _Found(match.start(), match.end(), next(word for word in match.re.groupindex if match[word] is not None))

    def _clocks(self, sentence: str) -> Iterator[_Found]:
        for match in self._clock.finditer(sentence):
            hour = 12 if match["noon"] else int(match["hour"] or match["hour2"])
            minute = 0 if match["noon"] else int(match["minute"] or match["minute2"] or match["after"] or 0)
            if match["half"]:
                hour = hour % 12 + (12 if match["half"] == "p" else 0)
            if hour <= 24 and minute < 60:
                yield _Found(match.start(), match.end(), "clock", at=min(hour * 60 + minute, _MINUTES))


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _lone_day(number: int, today: date) -> date | None:
    first = today.replace(day=1)
    for month in (first, _month(today, 1), _month(today, 2)):
        try:
            day = month.replace(day=number)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _overlap(one: _Found, other: _Found) -> bool:
    return one.start < other.end and other.start < one.end


def _without_overlaps(found: list[_Found]) -> list[_Found]:
    """Of those that share letters the one that was looked for first, and of these the longest."""
    kept: list[_Found] = []
    for one in found:
        rivals = [other for other in kept if _overlap(one, other)]
        if all(other.end - other.start < one.end - one.start and not other.firm for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(one)
    return kept


_NEXT_WEEK = ("next_week", "early_next_week", "mid_next_week")
_BESIDE = 9  # letters between the parts of one expression: ", ", " of the "


def _merged(found: list[_Found], sentence: str) -> list[_Found]:
    kept: list[_Found] = []
    for one in found:
        if kept and one.start - kept[-1].end <= _BESIDE and (both := _both(kept[-1], one)) is not None:
            kept[-1] = both
        else:
            kept.append(one)
    return kept


def _both(first: _Found, second: _Found) -> _Found | None:
    """One expression made of two, or none where they are two."""
    whole = {"start": first.start, "end": second.end, "firm": first.firm or second.firm}
    kinds = (first.kind, second.kind)
    units = {"minute", "hour", "day", "workday", "week_unit", "month_unit"}
    if units & set(kinds):
        return None
    if "clock" in kinds:
        clock, other = (first, second) if first.kind == "clock" else (second, first)
        return None if other.kind == "clock" or other.at is not None else replace(other, at=clock.at, **whole)
    for one, other in ((first, second), (second, first)):
        if one.kind == "weekday" and other.kind in _NEXT_WEEK:
            return replace(one, next=True, **whole)
        if one.kind == "date" and other.kind in ("weekday", "tomorrow", "today", "week", *_NEXT_WEEK):
            return replace(one, at=one.at or other.at, **whole)
        if one.kind in ("weekday", "tomorrow", "day_after", "next_week") and other.kind in ("today", "week", "tomorrow"):
            return replace(one, at=one.at or other.at, **whole)
    return None


@cache
def _reader(code: str) -> _Reader:
    """Built when a language is first needed: most companies write in few."""
    return _Reader(next(language for language in LANGUAGES if language.code == code))
