"""From [[hours]], [[goal]] and [[digest]] of a configuration to the hours, clocks, goals and schedules of policy."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from router.config.opening import DAYS
from router.config.people import Digest, Hours
from router.config.people import Goal as Wanted
from router.config.settings import Settings
from router.conversation.clocks import ServiceClock
from router.conversation.goal import Goal, Goals
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours, always
from router.conversation.periods import Length
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


def company_goals(settings: Settings) -> Goals:
    """Every [[goal]], with the hours of every mailbox; without hours all are open."""
    named = {hours.name: service_hours(hours) for hours in settings.hours}
    around_the_clock = always(settings.router.timezone)
    hours = {mailbox.name: named.get(mailbox.hours or "", around_the_clock) for mailbox in settings.mailboxes}
    return Goals(tuple(_goal(one, hours, settings.router.timezone) for one in settings.goals), hours)


def _goal(goal: Wanted, hours: Mapping[str, ServiceHours], zone: ZoneInfo) -> Goal:
    """Its periods begin by the clock of the hours of its mailboxes; where these have several, by the router's."""
    zones = {hours[name].zone.key: hours[name].zone for name in goal.mailboxes}
    return Goal(
        name=goal.name,
        mailboxes=frozenset(goal.mailboxes),
        within=goal.within,
        service=goal.clock == "service",
        first_only=goal.measure == "first-reply",
        share=goal.share,
        vip=goal.vip,
        period=Length(goal.period),
        zone=next(iter(zones.values())) if len(zones) == 1 else zone,
    )


def mailboxes_of_sources(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By the name of a watched account: the mailboxes whose letters or answers are not seen while it cannot be read."""
    every = tuple(mailbox.name for mailbox in settings.mailboxes)
    return {
        source.name: (source.mailbox,) if source.mailbox is not None else every
        for source in settings.sources
        if source.kind != "own"
    }
