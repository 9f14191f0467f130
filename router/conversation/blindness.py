"""Whether we are able to see a mailbox's answers at all: said, never guessed. Pure.

A company that answers by a way we do not see would be told that everybody waits. So where a whole working day brings
letters of many people and not one answer, or a history shows answers to few of them, the way of the answers is in
doubt, and not the diligence of the people.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from router.conversation.hours import ServiceHours

PEOPLE = 10  # who wrote on a working day
SHARE = 0.4  # of the letters of a history that have to show an answer
NO_SOURCE, NO_ANSWERS, FEW_ANSWERS = "no-source", "no-answers", "few-answers"

_WORKDAYS = range(5)
_BACK = 14  # days in which a working day is looked for


@dataclass(frozen=True, slots=True)
class Day:
    """What came in on a working day, and what went out since it began."""

    people: int  # different ones, who wrote a letter that needs an answer
    answers: int


def working_day(hours: ServiceHours | None, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime] | None:
    """The last whole working day before today: its beginning and its end."""
    today = now.astimezone(hours.zone if hours else zone).date()
    for back in range(1, _BACK + 1):
        day = today - timedelta(days=back)
        if _works(hours, day):
            where = hours.zone if hours else zone
            return datetime.combine(day, time(), where), datetime.combine(day + timedelta(days=1), time(), where)
    return None


def _works(hours: ServiceHours | None, day: date) -> bool:
    return bool(hours.opened_on(day)) if hours is not None else day.weekday() in _WORKDAYS


def of_day(day: Day, *, source: bool) -> str | None:
    """Why answers cannot be seen, by a working day; `source`: whether any way has ever shown one, or could."""
    if day.people < PEOPLE or day.answers:
        return None
    return NO_ANSWERS if source else NO_SOURCE


def of_history(letters: int, answered: int) -> str | None:
    """The same by a history that was read: conversations that needed an answer, and those that show one."""
    return FEW_ANSWERS if letters >= PEOPLE and answered < SHARE * letters else None
