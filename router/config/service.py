"""From the [[hours]] of a configuration to the hours and clocks that policy counts by."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from router.config.people import Hours
from router.config.settings import Settings
from router.conversation.clocks import ServiceClock
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours, always


def service_hours(hours: Hours) -> ServiceHours:
    """The hours of one [[hours]]."""
    return ServiceHours(
        name=hours.name,
        zone=hours.timezone,
        week=hours.open,
        closed=frozenset(hours.closed),
        holidays=holiday_dates(hours.holidays) if hours.holidays else None,
    )


def service_clocks(settings: Settings, first: datetime, now: datetime) -> Callable[[str | None], ServiceClock]:
    """The service clock of each mailbox up to `now`, for instants not before `first`; without hours all are open."""
    named = {hours.name: service_hours(hours) for hours in settings.hours}
    of = {mailbox.name: mailbox.hours for mailbox in settings.mailboxes}

    @cache
    def clock(hours: str | None) -> ServiceClock:
        return ServiceClock(named.get(hours or "") or always(settings.router.timezone), first, now)

    return lambda mailbox: clock(of.get(mailbox or ""))
