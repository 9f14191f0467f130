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

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from router.conversation.phrases import Language
from router.conversation.timewords import Found, month_after, reader_of
from router.conversation.windows import closing

FURTHEST = timedelta(days=400)
_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_FRIDAY, _SUNDAY = 4, 6


@dataclass(frozen=True, slots=True)
class Deadline:
    """An expression of time in a sentence, and the instant that it sets."""

    start: int
    end: int
    due: datetime  # UTC
    firm: bool  # "by", "within": not only a day that is spoken of


def deadlines(sentence: str, language: Language, said_at: datetime, zone: ZoneInfo) -> list[Deadline]:
    """Every deadline in a folded sentence, in its order."""
    reader = reader_of(language.code)
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


def _due(found: Found, said_at: datetime, today: date, zone: ZoneInfo) -> datetime | None:
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


def _day(found: Found, today: date) -> date | None:
    """The local day on which it is due."""
    monday = today - today.weekday() * _DAY
    if isinstance(found.value, date):
        return found.value
    number = int(found.value or 0)
    match found.kind:
        case "weekday":
            return (
                monday + (7 + number) * _DAY if found.next else today + ((number - today.weekday() - 1) % 7 + 1) * _DAY
            )
        case "day":
            return today + number * _DAY
        case "workday":
            return _working(today, number)
        case "week_unit":
            return today + 7 * number * _DAY
        case "month_unit":
            first = month_after(today, number)
            return min(first + (today.day - 1) * _DAY, month_after(first, 1) - _DAY)
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
        "month": month_after(today, 1) - _DAY,
        "next_month": month_after(today, 2) - _DAY,
        "year": date(today.year, 12, 31),
    }
    return days.get(kind)


def _working(day: date, count: int) -> date:
    for _ in range(min(count, 400)):
        day += _DAY
        while day.weekday() > _FRIDAY:
            day += _DAY
    return day
