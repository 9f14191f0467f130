"""What makes digests, and what carries out the replies to them."""

from collections.abc import Callable
from functools import partial

from router.clock import Clock
from router.config import Settings, digesting, mailing
from router.config.joining import GoalsOf
from router.config.people import Digest as DigestSettings
from router.config.service import schedule_of
from router.conversation.edition import Kind as EditionKind
from router.conversation.edition import bundles_of, months_of
from router.conversation.mornings import Mornings
from router.conversation.slots import Schedule
from router.destinations import bounces
from router.digest.answer import Answers
from router.digest.issue import Issuer
from router.digest.plain import Plain
from router.digest.replies import ReplyStage
from router.digest.schedule import Plan
from router.digest.stage import DigestStage
from router.digest.urgent import Urgent
from router.digest.weekly.compose import composer
from router.store.database import Database
from router.store.settling import EXPIRES, Desk, Settling
from router.wording import Wording


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
