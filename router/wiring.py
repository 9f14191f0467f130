"""From settings to the plain values that the stages take. Here, and in the commands, the configuration ends."""

import shlex
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from router.clock import Clock
from router.config import Fault, Faults, Settings, accepts, digesting, mailing
from router.config.answering import answers_cure
from router.config.faults import BARE
from router.config.general import Retention as RetentionSettings
from router.config.joining import GoalsOf
from router.config.people import Digest as DigestSettings
from router.config.people import Inbox as InboxSettings
from router.config.provers import in_own_tenant
from router.config.service import schedule_of, service_hours
from router.config.transport import Smtp
from router.config.transport import Source as SourceSettings
from router.conversation.edition import Kind as EditionKind
from router.conversation.edition import bundles_of, months_of
from router.conversation.mornings import Mornings
from router.conversation.rhythm import Beat, Rhythm
from router.conversation.slots import Schedule
from router.destinations import bounces, relay_at, source_account
from router.digest.answer import Answers
from router.digest.bundle import Inbox as Bundled
from router.digest.bundle import Post
from router.digest.issue import Issuer
from router.digest.month import Term
from router.digest.plain import Plain
from router.digest.replies import ReplyStage
from router.digest.schedule import Plan
from router.digest.stage import DigestStage
from router.digest.urgent import Urgent
from router.digest.weekly.compose import composer
from router.intake.credentials import BadCertificate, Credentials, server_tls
from router.intake.imap.run import SourceRun
from router.intake.imap.source import Company as WatchedCompany
from router.intake.imap.source import Kind, Source
from router.intake.imap.source import Role as SourceRole
from router.intake.peers import within
from router.intake.smtp import Limits
from router.intake.users import BadUsers, read_users
from router.logins import Logins
from router.mail import mark
from router.mail.address import base, domain
from router.mail.kind import Company
from router.routing.kept import going_on
from router.routing.places import Inbox, Places, Role
from router.sdnotify import watchdog_seconds
from router.store import wishes as wished
from router.store.database import Database
from router.store.disk import Reserve
from router.store.retention import Ages
from router.store.settling import EXPIRES, Desk, Settling
from router.store.spool import Spool
from router.store.turn import Turn
from router.store.wishes import Wish
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

Room = Callable[[], None]  # raises `StoreFull` where no more mail should be taken
Watcher = tuple[str, Callable[[], Coroutine[Any, Any, None]]]


def places(settings: Settings, wishes: Sequence[Wish] = ()) -> Places:
    """What routing goes by."""
    beats, names = wished.beats(wishes), [inbox.name for inbox in settings.inboxes]

    def resolve(address: str) -> tuple[str | None, Role] | None:
        found = accepts(settings, address)
        return None if found is None else (found.mailbox, Role(found.role))

    return Places(
        resolve=resolve,
        mailbox_address={mailbox.name: mailbox.addresses[0] for mailbox in settings.mailboxes},
        inboxes=[_inbox(one, rhythm(settings, one, beats)) for one in settings.inboxes],
        rules=going_on(settings.rules, wished.kept(wishes), names),
        hours={hours.name: service_hours(hours) for hours in settings.hours},
        zone=settings.router.timezone,
        address=settings.router.address,
        company=Company(
            frozenset(settings.router.own_domains),
            frozenset(settings.router.trusted_authserv),
            settings.router.timezone,
        ),
        ours=lru_cache(maxsize=4096)(partial(_is_ours, settings)),
        loop_limit=settings.delivery.loop_limit,
        found_in=dict(_found_in(settings)),
        tenant=frozenset(one.name for one in settings.sources if in_own_tenant(settings, one)),
        trusts=lru_cache(maxsize=1024)(partial(within, networks=settings.router.trusted_hops)),
    )


def _found_in(settings: Settings) -> Iterator[tuple[str, str]]:
    """Whose inbox a watched account of an executive is: what is found there, its owner has."""
    for source in settings.sources:
        for inbox in settings.inboxes:
            if source.kind == "executive" and source.username.lower() in (
                inbox.address,
                (inbox.username or "").lower(),
            ):
                yield source.name, inbox.name


def _is_ours(settings: Settings, address: str) -> bool:
    """Whether an address is one of our side: by its domain, by name, or because it is one of the listener's or an inbox."""
    named = {*settings.router.staff, *settings.router.operator, *(inbox.address for inbox in settings.inboxes)}
    plain = base(address)
    return (
        domain(address) in settings.router.own_domains
        or not named.isdisjoint((address, plain))
        or any(accepts(settings, one) is not None for one in (address, plain))
    )


def rhythm(settings: Settings, inbox: InboxSettings, beats: Mapping[str, Beat]) -> Rhythm:
    """When copies for an inbox go, by its owner's wish or else by the configuration."""
    beat = beats.get(inbox.name, Beat(inbox.rhythm))
    return Rhythm(beat, inbox.away, inbox.bundle_at, settings.router.timezone)


def rhythmic(settings: Settings, wishes: Sequence[Wish]) -> list[Bundled]:
    """The inboxes that copies go to, as their bundles see them."""
    beats = wished.beats(wishes)
    return [
        Bundled(one.name, one.address, rhythm(settings, one, beats), one.bundle_mails, one.bundle_size)
        for one in settings.inboxes
        if one.deliver != "none"
    ]


def terms(settings: Settings, wishes: Sequence[Wish]) -> list[Term]:
    """The rules that have a last day."""
    return [Term(rule.name, rule.first_day, rule.last_day) for rule in settings.rules if rule.last_day is not None]


def post(settings: Settings, key: bytes) -> Post:
    """In whose name letters to the owners of inboxes are written. `key` signs their marks."""
    router = settings.router
    answerable = router.address is not None or router.bounce_domain is not None
    return Post(
        key=key,
        hostname=router.hostname,
        sender=router.address or f"router@{router.hostname}",
        reply=bounces(settings, key) if answerable else lambda name: None,
        wording=Wording(router.templates, router.timezone),
    )


def _inbox(inbox: InboxSettings, rhythm: Rhythm) -> Inbox:
    return Inbox(
        name=inbox.name,
        address=inbox.address,
        delivers=inbox.deliver != "none",
        findable=inbox.deliver != "smtp",
        skip_addressed=inbox.copy_ == "skip-if-addressed",
        automatic_folder=inbox.automatic_folder,
        answers=inbox.answers,
        marked=inbox.deliver == "imap" and inbox.mark_answered,
        rhythm=rhythm,
    )


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


def sources(
    settings: Settings, database: Database, spool: Spool, clock: Clock, room: Room, key: bytes, logins: Logins
) -> list[Watcher]:
    """The accounts that are watched; each has its name. `key` signs the marks of our copies."""
    company = watched_company(settings, key)
    lease = settings.delivery.lease
    return [
        (
            f"watch {one.name}",
            SourceRun(
                watched_source(settings, one, logins),
                company,
                database,
                spool,
                clock,
                room,
                Turn(database, clock, lease, f"watch {one.name}"),
            ).run,
        )
        for one in settings.sources
    ]


def watched_source(settings: Settings, source: SourceSettings, logins: Logins) -> Source:
    """What is watched of one [[source]]."""
    named = {hours.name: hours for hours in settings.hours}
    theirs = {one.hours for one in settings.mailboxes if source.mailbox in (None, one.name)}
    only = theirs.pop() if len(theirs) == 1 else None  # of several with hours of their own, somebody is always expected
    return Source(
        name=source.name,
        kind=Kind(source.kind),
        account=source_account(source, logins),
        mailbox=source.mailbox,
        inbound=source.inbound,
        sent=source.sent,
        quiet_limit=source.quiet_limit,
        hours=service_hours(named[only]) if only is not None else None,
        zone=settings.router.timezone,
    )


def watched_company(settings: Settings, key: bytes) -> WatchedCompany:
    """The addresses that mail of watched accounts is known by; `key` signs the marks of our copies."""

    def resolve(address: str) -> tuple[str | None, SourceRole] | None:
        found = accepts(settings, address)
        return None if found is None else (found.mailbox, found.role)

    return WatchedCompany(
        resolve=resolve,
        inbound={one.name: one.addresses[0] for one in settings.mailboxes},
        outbound={one.name: one.outbound[0] for one in settings.mailboxes},
        router=settings.router.address,
        ours=lru_cache(maxsize=4096)(partial(_is_ours, settings)),
        is_copy=lambda value: mark.verify(key, value) is not None,
    )


def digests(
    settings: Settings, database: Database, clock: Clock, look: Callable[[str], None], key: bytes
) -> DigestStage | None:
    """What makes digests; None where there are none. `key` signs our mail, `look` wakes the courier of a channel."""
    router = settings.router
    if not settings.digests or router.address is None:
        return None
    wording = Wording(router.templates, router.timezone)
    goals = GoalsOf(settings)
    compose = composer(
        digesting.plans(settings),
        digesting.office(settings, goals.lines, goals.limits),
        digesting.post(settings, key),
    )
    issuer = Issuer(
        database=database,
        clock=clock,
        look=look,
        ways=mailing.ways(settings),
        composers=(compose,),
        plain=Plain(key, router.address, router.hostname, partial(wording.surely, "digest/plain.txt.j2")),
    )
    plans = [_plan(one) for one in settings.digests]
    return DigestStage(plans, issuer, Urgent(issuer, mailing.founders(settings), goals.vip_late))


def _plan(digest: DigestSettings) -> Plan:
    return Plan(
        name=digest.name,
        kind=EditionKind(digest.kind),
        schedule=schedule_of(digest),
        recipients=tuple(dict.fromkeys(digest.to)),
        mailboxes=frozenset(digest.mailboxes),
        at_once=digest.at_once,
    )


def reply_stage(
    settings: Settings, database: Database, clock: Clock, key: bytes, look: Callable[[str], None]
) -> ReplyStage | None:
    """What carries out replies to digests; `key` signs the mails back, `look` wakes the courier of an inbox."""
    router = settings.router
    if router.address is None:
        return None
    answers = Answers(
        key=key,
        address=router.address,
        hostname=router.hostname,
        reply_to=bounces(settings, key),
        wording=partial(Wording(router.templates, router.timezone).surely, "digest/reply.txt.j2"),
        days=EXPIRES.days,
    )
    # Founders are told at once of what does not wait, and reply to that.
    founders = mailing.founders(settings)
    desks = {
        one.name: Desk(frozenset((*one.to, *(founders if one.at_once else ()))), Mornings(schedule_of(one)))
        for one in settings.digests
    }
    ways = mailing.ways(settings)
    for inbox in settings.inboxes:
        evenings = Mornings(Schedule(inbox.bundle_at, frozenset(range(7)), router.timezone))
        letters = bundles_of(inbox.name), months_of(inbox.name)
        desks |= dict.fromkeys(letters, Desk(frozenset({inbox.address}), evenings))
        if inbox.deliver != "none":
            ways.setdefault(inbox.address, inbox.name)
    return ReplyStage(database, clock, Settling(desks, answers, ways.get), look)


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
