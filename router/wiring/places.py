"""What routing goes by: mailboxes, inboxes, rules and hours as plain values."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

from router.config import Settings, accepts
from router.config.people import Inbox as InboxSettings
from router.config.provers import in_own_tenant
from router.config.service import service_hours
from router.conversation.rhythm import Rhythm
from router.intake.peers import within
from router.mail.kind import Company
from router.routing.kept import going_on
from router.routing.places import Inbox, Places, Role
from router.store import wishes as wished
from router.store.wishes import Wish
from router.wiring.company import is_ours
from router.wiring.founders import rhythm


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
        ours=lru_cache(maxsize=4096)(partial(is_ours, settings)),
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
