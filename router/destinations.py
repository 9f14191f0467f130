"""From settings to the places that copies go to: one courier for each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from router.config import Settings, mailing
from router.config.people import Inbox
from router.config.providers import own_from_only, sends, sessions
from router.config.transport import Relay as RelaySettings
from router.config.transport import Source
from router.delivery.apart import CourierApart
from router.delivery.bounces import Bounces
from router.delivery.courier import Copy, Courier, InThread
from router.delivery.forms import Form, Outward, Wrapper, as_is, for_relay
from router.delivery.imap.courier import ImapCourier
from router.delivery.maildir import MaildirCourier
from router.delivery.marking import Marks
from router.delivery.pace import Pace
from router.delivery.smtp.courier import Addressee, SmtpCourier, is_within
from router.delivery.smtp.session import Relay
from router.imap.connection import Account
from router.logins import Logins
from router.store.answered import Due, Mark
from router.store.channel import Channel
from router.wording import Wording


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that one courier serves, and the inboxes there."""

    name: str
    channels: tuple[Channel, ...]
    courier: Courier
    look_after: timedelta  # before a copy of unknown outcome is looked for, or sent again
    lanes: int = 1  # batches under way at the same time
    mark: Marks | None = None  # marks copies that lie there as answered
    pace: Pace = field(default_factory=Pace)  # what the server lets us send to all of them together


def destinations(settings: Settings, key: bytes, logins: Logins) -> list[Destination]:
    """Where copies go; an inbox that somebody else fills has no place here. `key` signs the addresses of bounces."""
    ours = wrapper(settings)
    ways: dict[str, Callable[[Inbox], Destination]] = {
        "maildir": _maildir,
        "imap": partial(_imap, settings, ours, logins),
    }
    apart = [ways[inbox.deliver](inbox) for inbox in settings.inboxes if inbox.deliver in ways]
    return [*apart, *_relays(settings, ours, key, logins)]


def _channel(inbox: Inbox) -> Channel:
    """How an inbox is to be filled."""
    pace = Pace(inbox.per_minute, inbox.per_hour, bytes_per_day=inbox.bytes_per_day)
    return Channel(inbox.name, pace, inbox.newest_first)


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


def _maildir(inbox: Inbox) -> Destination:
    assert inbox.path is not None
    # It is looked into at once: nobody else can still be writing our copy there.
    courier = InThread(f"deliver {inbox.name}", MaildirCourier(inbox.path))
    return Destination(inbox.name, (_channel(inbox),), courier, look_after=timedelta(0))


def _imap(settings: Settings, ours: Wrapper, logins: Logins, inbox: Inbox) -> Destination:
    imap = ImapCourier(imap_account(inbox, logins), inbox.folder, ours)
    courier = InThread(f"deliver {inbox.name}", imap)

    async def mark(copies: Sequence[Due]) -> Mapping[str, Mark]:
        return await courier.call(partial(imap.mark, copies))

    return Destination(
        inbox.name,
        (_channel(inbox),),
        courier,
        settings.delivery.look_after,
        mark=mark if inbox.mark_answered else None,
    )


def imap_account(inbox: Inbox, logins: Logins) -> Account:
    """Where an inbox with deliver "imap" is."""
    assert inbox.host is not None
    assert inbox.port is not None
    assert inbox.username is not None
    proof = inbox.password_file or logins.tokens(inbox.oauth, "imap", inbox.username)
    assert proof is not None
    return Account(inbox.host, inbox.port, inbox.security, inbox.username, proof)


def source_account(source: Source, logins: Logins) -> Account:
    """Where a watched account is."""
    proof = source.password_file or logins.tokens(source.oauth, "imap", source.username)
    assert proof is not None
    return Account(source.host, source.port, source.security, source.username, proof, connect_seconds=15.0)


@dataclass(slots=True)
class _Behind:
    """Who is behind one login at a mail server."""

    inboxes: list[Inbox] = field(default_factory=list)
    people: list[str] = field(default_factory=list)  # the addresses of those who get digests there


def _relays(settings: Settings, ours: Wrapper, key: bytes, logins: Logins) -> Iterator[Destination]:
    """One place for each login at a mail server that takes mail of ours, with everybody behind it."""
    behind: dict[Relay, _Behind] = {}
    for inbox in settings.inboxes:
        if inbox.deliver == "smtp":
            relay = relay_at(settings, settings.way_out(inbox), logins)
            behind.setdefault(relay, _Behind()).inboxes.append(inbox)
    for address, own in mailing.by_mail(settings).items():
        if (way := own or settings.relay) is not None:
            behind.setdefault(relay_at(settings, way, logins), _Behind()).people.append(address)
    domains = frozenset(settings.router.copy_domains)
    for relay, those in behind.items():
        addressees = {address: Addressee(address, as_is) for address in those.people}
        forms: dict[str, Callable[[Copy], Form]] = {}  # equal ones are one object: their copies share a transaction
        for inbox in those.inboxes:
            form = forms.setdefault(inbox.from_mode, partial(for_relay, relay=outward(settings, inbox, ours)))
            addressees[inbox.name] = Addressee(inbox.address, form)
        courier = SmtpCourier(
            relay,
            addressees,
            bounces(settings, key),
            partial(is_within, domains),
        )
        name = f"{relay.host}:{relay.port}"
        if sum((one.host, one.port) == (relay.host, relay.port) for one in behind) > 1:
            name += f" as {relay.username or 'nobody'}, {relay.security}"
        limits = sends(relay.host)
        yield Destination(
            name,
            (*map(_channel, those.inboxes), *map(Channel, those.people)),
            # Tokens are kept here, for all who log in by them: such a courier works beside them.
            CourierApart(name, courier) if relay.tokens is None else courier,
            look_after=settings.delivery.resend_after,
            lanes=sessions(relay.host),
            pace=Pace(limits.get("per_minute"), per_day=limits.get("per_day")),
        )


def outward(settings: Settings, inbox: Inbox, ours: Wrapper) -> Outward:
    """The relay of an SMTP inbox, as far as the form of a copy goes."""
    way = settings.way_out(inbox)
    return Outward(
        wrapper=ours,
        from_mode=inbox.from_mode,
        # Whom we log in at as an application of Microsoft or Google lets us write in the account's name only.
        own_from_only=way.oauth is not None or own_from_only(way.host),
        trusted_authserv=frozenset(settings.router.trusted_authserv),
    )


def relay_at(settings: Settings, way: Inbox | RelaySettings, logins: Logins) -> Relay:
    """The mail server that an inbox of its own, or [relay], names."""
    assert way.host is not None
    assert way.port is not None
    tokens = logins.tokens(way.oauth, "smtp", way.username)
    return Relay(way.host, way.port, way.security, settings.router.hostname, way.username, way.password_file, tokens)


def bounces(settings: Settings, key: bytes) -> Bounces:
    """Where bounces of copies come back to."""
    return Bounces(key, settings.router.address, settings.router.bounce_domain)
