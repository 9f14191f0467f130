"""From the settings to what a composer of digests is given."""

from router.config.answering import answers_cure
from router.config.people import Digest
from router.config.service import service_clocks, service_hours
from router.config.settings import Settings
from router.config.weekly import digest_scope
from router.delivery.bounces import Bounces
from router.digest.plan import Goals, Limits, Office, Plan, Post, no_goals, no_limits
from router.mail import mark

_NAMED = 2  # mailboxes in a title; a digest of more has a name


def plans(settings: Settings) -> dict[str, Plan]:
    """Every [[digest]], by its name."""
    return {digest.name: _plan(settings, digest) for digest in settings.digests}


def _plan(settings: Settings, digest: Digest) -> Plan:
    mine = [one for one in settings.sources if one.kind != "own" and one.mailbox in (None, *digest.mailboxes)]
    named = digest.mailboxes if len(digest.mailboxes) <= _NAMED else (digest.name,)
    return Plan(
        name=digest.name,
        title=", ".join(name[:1].upper() + name[1:] for name in named),
        mailboxes=digest.mailboxes,
        zone=digest.timezone,
        promising=settings.router.timezone,
        sources=frozenset(one.name for one in mine),
        listener=settings.smtp is not None and not any(one.kind == "mailbox" for one in mine),
        name_staff=digest.name_staff,
        weekly=digest.kind == "weekly",
        whole=set(digest.mailboxes) >= {one.name for one in settings.mailboxes},
        founders=frozenset(inbox.address for inbox in settings.inboxes),
        shared=frozenset(address for mailbox in settings.mailboxes for address in mailbox.addresses),
        scope=digest_scope(settings, digest),
        stop_words=digest.stop_words,
    )


def office(settings: Settings, goals: Goals = no_goals, limits: Limits = no_limits) -> Office:
    """What is the same for every digest."""
    named = {one.name: one for one in settings.hours}
    return Office(
        clocks=lambda first, now: service_clocks(settings, first, now),
        cures={mailbox.name: answers_cure(settings, mailbox) for mailbox in settings.mailboxes},
        hours={one.name: service_hours(named[one.hours]) for one in settings.mailboxes if one.hours in named},
        templates=settings.router.templates,
        goals=goals,
        limits=limits,
    )


def post(settings: Settings, key: bytes) -> Post:
    """In whose name digests go out; `key` signs the addresses that people reply to."""
    made = Bounces(key, settings.router.address, settings.router.bounce_domain)
    return Post(
        address=settings.router.address or f"router@{settings.router.hostname}",
        hostname=settings.router.hostname,
        token=lambda name: mark.make(key, name),
        reply=made.of_token,
    )
