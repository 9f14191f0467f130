"""From settings to the plain values that the stages take. Here, and in the commands, the configuration ends."""

import shlex
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from router.clock import Clock
from router.config import Fault, Faults, Settings, accepts
from router.config.faults import BARE
from router.config.general import Retention as RetentionSettings
from router.config.people import Hours
from router.config.people import Inbox as InboxSettings
from router.config.providers import own_from_only, sends
from router.config.transport import Smtp
from router.conversation.holidays import holiday_dates
from router.conversation.hours import ServiceHours
from router.delivery.courier import Courier, InThread
from router.delivery.forms.form import Outward, Wrapper
from router.delivery.maildir import MaildirCourier
from router.delivery.pace import Pace
from router.intake.credentials import BadCertificate, Credentials, server_tls
from router.intake.smtp import Limits
from router.intake.users import BadUsers, read_users
from router.routing.places import Inbox, Places, Role
from router.sdnotify import watchdog_seconds
from router.store.channel import Channel
from router.store.database import Database
from router.store.disk import Reserve
from router.store.retention import Ages
from router.watch.alarms import Teller
from router.watch.calls import post_json, run_command
from router.watch.disk import DiskWatch
from router.watch.heartbeat import Heartbeat
from router.watch.pulse import Pulse
from router.wording import Wording

Watcher = tuple[str, Callable[[], Coroutine[Any, Any, None]]]


def service_hours(hours: Hours) -> ServiceHours:
    """The hours of one [[hours]]."""
    return ServiceHours(
        name=hours.name,
        zone=hours.timezone,
        week=hours.open,
        closed=frozenset(hours.closed),
        holidays=holiday_dates(hours.holidays) if hours.holidays else None,
    )


def places(settings: Settings) -> Places:
    """What routing goes by."""

    def resolve(address: str) -> tuple[str | None, Role] | None:
        found = accepts(settings, address)
        return None if found is None else (found.mailbox, Role(found.role))

    return Places(
        resolve=resolve,
        mailbox_address={mailbox.name: mailbox.addresses[0] for mailbox in settings.mailboxes},
        inboxes=[
            Inbox(one.name, one.address, one.deliver != "none", one.deliver != "smtp") for one in settings.inboxes
        ],
        rules=settings.rules,
        hours={hours.name: service_hours(hours) for hours in settings.hours},
        zone=settings.router.timezone,
    )


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that one courier serves, and the inboxes there."""

    name: str
    inboxes: tuple[str, ...]
    courier: Courier
    look_after: timedelta  # before a copy of unknown outcome is looked for, or sent again
    lanes: int = 1  # batches under way at the same time


def channels(settings: Settings, names: Sequence[str]) -> list[Channel]:
    """How these inboxes are to be filled."""
    return [
        Channel(one.name, Pace(one.per_minute, one.per_hour, bytes_per_day=one.bytes_per_day), one.newest_first)
        for one in settings.inboxes
        if one.name in names
    ]


def pace(settings: Settings, names: Sequence[str]) -> Pace:
    """What the server lets us send to the inboxes of one place together."""
    by_smtp = (one for one in settings.inboxes if one.name in names and one.deliver == "smtp")
    hosts = {one.host or (settings.relay.host if settings.relay else None) for one in by_smtp}
    limits = sends(hosts.pop()) if len(hosts) == 1 else {}
    return Pace(limits.get("per_minute"), per_day=limits.get("per_day"))


def destinations(settings: Settings) -> list[Destination]:
    """Where copies go; an inbox that somebody else fills has no place here."""
    return [_maildir(inbox) for inbox in settings.inboxes if inbox.deliver == "maildir"]


def _maildir(inbox: InboxSettings) -> Destination:
    assert inbox.path is not None
    # It is looked into at once: nobody else can still be writing our copy there.
    courier = InThread(f"deliver {inbox.name}", MaildirCourier(inbox.path))
    return Destination(inbox.name, (inbox.name,), courier, look_after=timedelta(0))


def wrapper(settings: Settings) -> Wrapper:
    """In whose name mail of ours is written, and its wording."""
    wording = Wording(settings.router.templates, settings.router.timezone)
    return Wrapper(
        # Without an address there is no relay: the From is then only seen where we file the mail ourselves.
        address=settings.router.address or f"router@{settings.router.hostname}",
        hostname=settings.router.hostname,
        mailboxes={one: box.name[:1].upper() + box.name[1:] for box in settings.mailboxes for one in box.addresses},
        sender=partial(wording.surely, "sender.txt.j2"),
        cover=partial(wording.surely, "wrapped.txt.j2"),
    )


def outward(settings: Settings, inbox: InboxSettings) -> Outward:
    """The relay of an SMTP inbox, as far as the form of a copy goes."""
    place = inbox if inbox.host is not None else settings.relay
    return Outward(
        wrapper=wrapper(settings),
        from_mode=inbox.from_mode,
        # Whom we log in at as an application of Microsoft or Google lets us write in the account's name only.
        own_from_only=place is not None and (place.oauth is not None or own_from_only(place.host)),
        trusted_authserv=frozenset(settings.router.trusted_authserv),
    )


def reserve(settings: Settings, database: Database) -> Reserve:
    """The free space below which mail is put off."""
    folder = database.path.parent if database.path is not None else None
    return Reserve(folder, settings.router.min_free_space or 0)


def watchers(settings: Settings, database: Database, clock: Clock, reserve: Reserve) -> list[Watcher]:
    """What watches over the stages, and tells the operator; each has its name."""
    alarm, hostname = settings.alarm, settings.router.hostname
    pulse = Pulse(database, clock, watchdog_seconds())
    if alarm.heartbeat_url is not None:
        heartbeat = Heartbeat(alarm.heartbeat_url, clock)
        pulse.on_well = lambda: None if reserve.low() else heartbeat.well()
    calls: dict[str, Callable[[bytes], None]] = {}
    if alarm.command is not None:
        calls["command"] = partial(run_command, shlex.split(alarm.command))
    if alarm.webhook is not None:
        calls["webhook"] = partial(post_json, alarm.webhook)
    found: list[Watcher] = [("disk", DiskWatch(database, clock, reserve).run), ("pulse", pulse.run)]
    found += [(f"alarm {name}", Teller(name, call, database, clock, hostname).run) for name, call in calls.items()]
    return found


def limits(smtp: Smtp) -> Limits:
    """What the listener allows."""
    return Limits(
        message_size=smtp.max_message_size,
        recipients=smtp.max_recipients,
        connections=smtp.max_connections,
        connections_per_peer=smtp.max_connections_per_peer,
        idle_seconds=smtp.command_timeout.total_seconds(),
        mail_seconds=smtp.data_timeout.total_seconds(),
        bytes_in_flight=smtp.max_bytes_in_flight,
    )


def ages(retention: RetentionSettings) -> Ages:
    """How long things are kept."""
    return Ages(retention.raw, retention.text, retention.metadata)


def credentials(settings: Settings) -> Credentials:
    """What the listener proves itself with, and what its peers may; reads files. Raises `Faults`."""
    smtp = settings.smtp
    tls = users = None
    faults = []
    if smtp is not None and smtp.tls_certificate is not None and smtp.tls_key is not None:
        try:
            tls = server_tls(smtp.tls_certificate, smtp.tls_key, smtp.tls_client_ca)
        except BadCertificate as error:
            faults.append(_bad_file(settings, "tls_certificate", smtp.tls_certificate, error))
    if smtp is not None and smtp.users_file is not None:
        try:
            users = read_users(smtp.users_file)
        except BadUsers as error:
            faults.append(_bad_file(settings, "users_file", smtp.users_file, error))
    if faults:
        raise Faults(faults)
    return Credentials(tls, smtp is not None and smtp.require_tls, users)


def _bad_file(settings: Settings, key: str, path: Path, error: Exception) -> Fault:
    return Fault(settings.file.name, f"smtp.{key}", BARE, f"{path}: {error}")
