"""From one [[hours]] to the hours that policy counts by."""

from router.config.people import Hours
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours


def service_hours(hours: Hours) -> ServiceHours:
    """The hours of one [[hours]]."""
    return ServiceHours(
        name=hours.name,
        zone=hours.timezone,
        week=hours.open,
        closed=frozenset(hours.closed),
        holidays=holiday_dates(hours.holidays) if hours.holidays else None,
    )
