"""How a digest words times, in a few plain lines of the test's own."""

from datetime import datetime
from zoneinfo import ZoneInfo

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def span(minutes: int) -> str:
    """A customer's time: "3 days 14 h", "7 h 20", "12 min"."""
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes % 60:02}" if minutes % 60 else "")
    return f"{minutes} min"


def working(minutes: int) -> str:
    """Working hours, which make no days; from twenty hours on without minutes."""
    if minutes < 60:
        return f"{minutes} min" if minutes else ""
    return f"{minutes // 60} h" + (f" {minutes % 60:02}" if minutes % 60 and minutes < 1200 else "")


def moment(at: datetime, now: datetime, zone: str) -> str:
    """The clock today, the weekday within six days, else the date."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    apart = abs((now - at).total_seconds())
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if apart < 6 * 86400:
        return f"{local:%a %H:%M}"
    if apart < 300 * 86400:
        return f"{local:%a} {local.day} {local:%b}"
    return f"{local.day} {local:%b %Y}"


def ordinal(number: int) -> str:
    """The how many-th letter."""
    return _ORDINALS[number] if number < len(_ORDINALS) else nth(number)


def nth(number: int) -> str:
    """The how many-th night."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def day(at: datetime, zone: str) -> str:
    """A date in a subject."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}"
