"""The accounts that are watched, as the watcher sees them."""

from collections.abc import Callable
from functools import lru_cache, partial

from router.clock import Clock
from router.config import Settings, accepts
from router.config.service import service_hours
from router.config.transport import Source as SourceSettings
from router.destinations import source_account
from router.intake.imap.run import SourceRun
from router.intake.imap.source import Company as WatchedCompany
from router.intake.imap.source import Kind, Source
from router.intake.imap.source import Role as SourceRole
from router.logins import Logins
from router.mail import mark
from router.store.database import Database
from router.store.spool import Spool
from router.store.turn import Turn
from router.wiring.company import is_ours
from router.wiring.watchers import Watcher

Room = Callable[[], None]  # raises `StoreFull` where no more mail should be taken


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
        ours=lru_cache(maxsize=4096)(partial(is_ours, settings)),
        is_copy=lambda value: mark.verify(key, value) is not None,
    )
