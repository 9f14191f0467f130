"""Opening times as they are written: `mon-fri = ["09:00-12:30", "13:30-17:00"]`.

Owns the words for days and windows and turns them into minutes per weekday. It must never compute with an instant:
what a window means on a certain day in a certain zone is `router.conversation.hours`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from router.config.wording import did_you_mean, refusal, refusals

Window = tuple[int, int]  # first minute and the one after the last, counted from midnight; above 1440: the next day
Fault = tuple[str, object, str]  # key below `open`, value, expected

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 1440
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d) ?- ?(([01]\d|2[0-3]):([0-5]\d)|24:00)")


def weekday(value: object) -> str:
    """One day by its short name."""
    if isinstance(value, str) and value.lower() in DAYS:
        return value.lower()
    hint = did_you_mean(value[:3], DAYS) if isinstance(value, str) else ""
    raise refusal(f'a weekday: "mon", "tue", "wed", "thu", "fri", "sat" or "sun"{hint}')


def opening(value: object) -> Mapping[int, tuple[Window, ...]]:
    """Windows per weekday, 0 is Monday; a single day beats a range, a range beats `all`."""
    if not isinstance(value, dict) or not value:
        raise refusal('a table of days, such as { mon-fri = "09:00-17:00" }')
    faults: list[Fault] = []
    chosen: dict[int, tuple[int, str, tuple[Window, ...]]] = {}  # day -> (days named, key, windows)
    for key, text in value.items():
        days = _days(key)
        if not days:
            faults.append((f".{key}", text, 'a weekday or a range, such as "mon", "mon-fri" or "all", as the key'))
            continue
        windows = _windows(key, text, faults)
        rank = {1: 1, 7: 3}.get(len(days), 2)
        for day in days:
            before = chosen.get(day)
            if before and before[0] == rank:
                faults.append((f".{key}", text, f"each day in one range only; {DAYS[day]} is in {before[1]} too"))
                break
            if not before or rank < before[0]:
                chosen[day] = (rank, key, windows)
    found = {day: chosen[day][2] for day in sorted(chosen) if chosen[day][2]}
    faults += _overnight(found, {day: chosen[day][1] for day in chosen})
    if not faults and not found:
        faults.append(("", value, 'at least one window, such as { mon-fri = "09:00-17:00" }'))
    if faults:
        raise refusals(faults)
    return MappingProxyType(found)


def _days(key: str) -> tuple[int, ...]:
    """The weekdays that a key names; none where it names none. A range may run over the week's end."""
    if key == "all":
        return tuple(range(7))
    first, dash, last = key.lower().partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        return ()
    start = DAYS.index(first)
    length = (DAYS.index(last) - start) % 7 + 1 if dash else 1
    return tuple((start + step) % 7 for step in range(length))


def _windows(key: str, text: object, faults: list[Fault]) -> tuple[Window, ...]:
    """The windows of one key in order; what is wrong with them goes to `faults`."""
    listed = isinstance(text, list)
    windows = []
    for number, entry in enumerate(text if isinstance(text, list) else [text], 1):
        where = f".{key}[{number}]" if listed else f".{key}"
        window = _window(entry)
        if window is None:
            faults.append((where, entry, 'a window such as "09:00-17:00"'))
        elif window[0] == window[1]:
            faults.append((where, entry, 'a window that is not empty; the whole day is "00:00-24:00"'))
        else:
            windows.append(window)
    windows.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(windows)):
        faults.append((f".{key}", text, "windows that do not overlap"))
    return tuple(windows)


def _window(text: object) -> Window | None:
    found = _WINDOW.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        return None
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[4]) * 60 + int(found[5]) if found[4] else DAY
    return start, end + DAY if end < start else end


def _overnight(found: Mapping[int, tuple[Window, ...]], keys: Mapping[int, str]) -> list[Fault]:
    """Windows that run past midnight into one of the next day."""
    faults: list[Fault] = []
    for day, windows in found.items():
        after = found.get((day + 1) % 7, ())
        if after and windows[-1][1] - DAY > after[0][0]:
            text = f"windows that do not overlap; {DAYS[day]}'s last one runs into it past midnight"
            faults.append((f".{keys[(day + 1) % 7]}", list(map(window_text, after)), text))
    return faults


def window_text(window: Window) -> str:
    """A window as it is written."""
    start, end = window[0], window[1] if window[1] <= DAY else window[1] - DAY
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def opening_text(value: Mapping[int, tuple[Window, ...]]) -> dict[str, list[str]]:
    """The table again, one key per day."""
    return {DAYS[day]: list(map(window_text, windows)) for day, windows in value.items()}


def holiday_code(value: object) -> str:
    """A country, or country and subdivision, that the package `holidays` knows."""
    from holidays import list_supported_countries  # here, since it takes a while and many do without

    known = list_supported_countries()
    country, dash, part = value.partition("-") if isinstance(value, str) else ("", "", "")
    country = country.upper()
    if country not in known:
        raise refusal('a country, or country and subdivision, such as "GB-ENG", "DE-BY" or "US"')
    parts = {one.casefold(): one for one in known[country]}
    if dash and part.casefold() not in parts:
        listed = ", ".join(parts.values()) or "it has none"
        raise refusal(f'"{country}" alone or with one of its subdivisions ({listed})')
    return f"{country}-{parts[part.casefold()]}" if dash else country


Opening = Annotated[Mapping[int, tuple[Window, ...]], PlainValidator(opening), PlainSerializer(opening_text)]
Weekday = Annotated[str, PlainValidator(weekday)]
HolidayCode = Annotated[str, PlainValidator(holiday_code)]
