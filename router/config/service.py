"""From [[hours]] and [[digest]] of a configuration to the hours, clocks and schedules that policy goes by."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from router.config.opening import DAYS
from router.config.people import Digest, Hours
from router.config.settings import Settings
from router.conversation.clocks import ServiceClock
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours, always
from router.conversation.slots import Schedule


def service_hours(hours: Hours) -> ServiceHours:
    """The hours of one [[hours]]."""
    return ServiceHours(
        name=hours.name,
        zone=hours.timezone,
        week=hours.open,
        closed=frozenset(hours.closed),
        holidays=holiday_dates(hours.holidays) if hours.holidays else None,
    )


def schedule_of(digest: Digest) -> Schedule:
    """When one [[digest]] is due."""
    return Schedule(digest.at, frozenset(map(DAYS.index, digest.days)), digest.timezone)


def service_clocks(settings: Settings, first: datetime, now: datetime) -> Callable[[str | None], ServiceClock]:
    """The service clock of each mailbox up to `now`, for instants not before `first`; without hours all are open."""
    named = {hours.name: service_hours(hours) for hours in settings.hours}
    of = {mailbox.name: mailbox.hours for mailbox in settings.mailboxes}

    @cache
    def clock(hours: str | None) -> ServiceClock:
        return ServiceClock(named.get(hours or "") or always(settings.router.timezone), first, now)

    return lambda mailbox: clock(of.get(mailbox or ""))
