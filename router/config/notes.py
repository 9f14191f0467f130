"""What `router check` says of a configuration that is right: risks, and parts that this version does not carry out yet.

It must never stop anything: what stops is a fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from router.config.base import Part
from router.config.check_files import named_by, readable_by_others
from router.config.expand import label
from router.config.people import Inbox
from router.config.provers import can_prove
from router.config.settings import Settings
from router.config.transport import OAuth, Security, Source
from router.routing.globs import any_matches
from router.routing.rules import Conditions, Rule

_USUAL_SIZE = 50_000_000  # what big providers let in from outside


def notes(settings: Settings) -> tuple[str, ...]:
    """Every warning, in a fixed order."""
    found = (
        _uncopied,
        _deaf,
        _idle,
        _small,
        _silent,
        _echoes,
        _unproven,
        _clockless,
        _unmarked,
        _open_secrets,
        _clear_passwords,
    )
    return tuple(text for one in found for text in one(settings))


def _uncopied(settings: Settings) -> Iterator[str]:
    """Mailboxes that no rule copies anywhere."""
    for mailbox in settings.mailboxes:
        if not any(_copies(rule, mailbox.name) for rule in settings.rules):
            yield f'no rule copies mailbox "{mailbox.name}" to any inbox'


def _copies(rule: Rule, mailbox: str) -> bool:
    """Whether a rule can copy mail of a mailbox at all, whatever else it asks."""
    wanted, spared = rule.when.mailbox, rule.unless
    only_mailbox = spared and spared.mailbox and replace(spared, mailbox=None) == Conditions()
    if spared and only_mailbox and any_matches(spared.mailbox or (), (mailbox,)):
        return False
    return bool(rule.copy_to) and (wanted is None or any_matches(wanted, (mailbox,)))


def _deaf(settings: Settings) -> Iterator[str]:
    """No way in."""
    if settings.smtp is None and not settings.sources:
        yield "neither [smtp] nor a [[source]] is there: no mail comes in"


def _idle(settings: Settings) -> Iterator[str]:
    """Networks that nothing is taken from."""
    if settings.smtp and settings.smtp.journal_from and not settings.smtp.journal:
        yield "smtp.journal_from is there, and no smtp.journal: no address takes journal reports"


def _small(settings: Settings) -> Iterator[str]:
    """A limit below that of the servers in front turns mail that they took into bounces."""
    if settings.smtp and settings.smtp.max_message_size < _USUAL_SIZE:
        limit = settings.smtp.max_message_size
        yield f"smtp.max_message_size = {limit}: servers in front often take {_USUAL_SIZE}; what is larger is refused"


def _silent(settings: Settings) -> Iterator[str]:
    """Nobody is told when something breaks."""
    alarm = settings.alarm
    if not settings.router.operator and not (alarm.command or alarm.webhook):
        yield "neither router.operator nor alarm.command nor alarm.webhook is there: nobody hears of trouble"
    elif settings.router.operator and not (settings.relay and settings.router.address):
        yield "router.operator is there, and no [relay] or no router.address: no mail can tell the operator of trouble"


def _echoes(settings: Settings) -> Iterator[str]:
    """Our own mail to an address that customers write to comes back in."""
    taken = settings.recipients()
    told = [("router.operator", address) for address in settings.router.operator]
    told += [(f'digest "{digest.name}".to', address) for digest in settings.digests for address in digest.to]
    for key, address in told:
        if address in taken:
            yield f"{key} names {address}, which the router itself reads: what it sends there comes back in"


def _unproven(settings: Settings) -> Iterator[str]:
    """Digests that nobody can reply to."""
    if not settings.digests or settings.router.address is None:
        return
    if settings.smtp is None and not any(source.kind == "own" for source in settings.sources):
        yield (
            f"replies to digests come to {settings.router.address}, which nothing reads: "
            'a [[source]] of kind "own" does, or [smtp] where mail for it is sent there'
        )
    elif not can_prove(settings):
        yield (
            "replies to digests need router.trusted_authserv, [smtp] users_file with the people's own addresses, or a "
            '[[source]] of kind "own" at Microsoft 365: without one of them nothing proves who wrote, and none counts'
        )


def _clockless(settings: Settings) -> Iterator[str]:
    """A goal in working hours for a mailbox that has none."""
    hours = {mailbox.name: mailbox.hours for mailbox in settings.mailboxes}
    for goal in settings.goals:
        without = [f'"{name}"' for name in goal.mailboxes if goal.clock == "service" and hours[name] is None]
        if without:
            yield f'goal "{goal.name}" counts service hours, and {", ".join(without)} has none: all hours count'


def _unmarked(settings: Settings) -> Iterator[str]:
    """A goal for VIPs where nobody is one."""
    if any(rule.vip for rule in settings.rules):
        return
    for goal in settings.goals:
        if goal.vip:
            yield f'goal "{goal.name}" counts VIPs only, and no rule has vip = true: it counts nothing'


def _parts(settings: Settings) -> Iterator[tuple[str, Part | None]]:
    """Every table that can name a file or log in somewhere."""
    yield "smtp", settings.smtp
    yield "relay", settings.relay
    several: dict[str, Sequence[OAuth | Inbox | Source]] = {
        "oauth": settings.oauths,
        "inbox": settings.inboxes,
        "source": settings.sources,
    }
    for table, listed in several.items():
        for index, part in enumerate(listed):
            yield label(table, index, {"name": part.name}), part


def _open_secrets(settings: Settings) -> Iterator[str]:
    """Files of secrets that anybody on this machine can read."""
    for where, part in _parts(settings):
        for file in named_by(where, part):
            if file.secret and readable_by_others(file.path):
                yield f"{file.key}: every user of this machine can read {file.path}; chmod 600 cures it"


def _clear_passwords(settings: Settings) -> Iterator[str]:
    """Logins over a connection that anybody between can read."""
    for where, part in _parts(settings):
        security: Security | None = getattr(part, "security", None)
        host: str = getattr(part, "host", None) or ""
        proof = getattr(part, "password_file", None) or getattr(part, "oauth", None)
        if security == "none" and proof and host not in ("localhost", "127.0.0.1", "::1"):
            yield f'{where}.security = "none": the login to {host} can be read on its way'
