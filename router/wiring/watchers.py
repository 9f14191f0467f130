"""What watches over the stages, and the ways by which the operator is told."""

import shlex
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from router.clock import Clock
from router.config import Settings
from router.config.answering import answers_cure
from router.config.service import service_hours
from router.destinations import bounces, relay_at
from router.logins import Logins
from router.mail import mark
from router.sdnotify import watchdog_seconds
from router.store.database import Database
from router.store.disk import Reserve
from router.watch.alarms import Channel, Teller
from router.watch.answers import AnswersWatch, Box
from router.watch.calling import Calling
from router.watch.calls import post_json, run_command
from router.watch.disk import DiskWatch
from router.watch.heartbeat import Heartbeat
from router.watch.letters import Letters
from router.watch.logins import LoginWatch
from router.watch.pulse import Pulse
from router.wording import Wording

Watcher = tuple[str, Callable[[], Coroutine[Any, Any, None]]]  # a name, and what runs until it is cancelled


def reserve(settings: Settings, database: Database) -> Reserve:
    """The free space below which mail is put off."""
    folder = database.path.parent if database.path is not None else None
    return Reserve(folder, settings.router.min_free_space or 0)


def watchers(
    settings: Settings, database: Database, clock: Clock, reserve: Reserve, key: bytes, logins: Logins
) -> list[Watcher]:
    """What watches over the stages, and tells the operator; each has its name. `key` signs our mail."""
    alarm, hostname = settings.alarm, settings.router.hostname
    pulse = Pulse(database, clock, watchdog_seconds())
    if alarm.heartbeat_url is not None:
        heartbeat = Heartbeat(alarm.heartbeat_url, clock)
        pulse.on_well = lambda: None if reserve.low() else heartbeat.well()
    channels: list[Channel] = []
    if alarm.command is not None:
        channels.append(Calling("command", partial(run_command, shlex.split(alarm.command)), hostname))
    if alarm.webhook is not None:
        channels.append(Calling("webhook", partial(post_json, alarm.webhook), hostname))
    channels += _letters(settings, clock, key, logins)
    found: list[Watcher] = [("disk", DiskWatch(database, clock, reserve).run), ("pulse", pulse.run)]
    found.append(("answers", AnswersWatch(database, clock, boxes(settings), settings.router.timezone).run))
    if logins.keepers:
        found.append(("logins", LoginWatch(database, clock, list(logins.keepers.values()), logins.endings).run))
    found += [(f"alarm {channel.name}", Teller(channel, database, clock).run) for channel in channels]
    return found


def boxes(settings: Settings) -> list[Box]:
    """The mailboxes, and what to do where their answers cannot be seen."""
    named = {hours.name: service_hours(hours) for hours in settings.hours}
    return [Box(one.name, named.get(one.hours or ""), answers_cure(settings, one)) for one in settings.mailboxes]


def _letters(settings: Settings, clock: Clock, key: bytes, logins: Logins) -> Iterator[Letters]:
    """Mail to the operator, where there is a way for it."""
    router, relay = settings.router, settings.relay
    if not router.operator or router.address is None or relay is None:
        return
    yield Letters(
        relay=relay_at(settings, relay, logins),
        recipients=router.operator,
        address=router.address,
        hostname=router.hostname,
        token=partial(mark.make, key),
        bounces=bounces(settings, key),
        wording=partial(Wording(router.templates, router.timezone).surely, "alarm.txt.j2"),
        now=clock.now,
    )
