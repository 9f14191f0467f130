"""Who gets digests, and on which way: by [relay], else by the courier of the [[inbox]] with that address.

It must never look at what a digest says.
"""

from collections.abc import Mapping, Sequence

from router.config.people import Inbox
from router.config.settings import Settings


def recipients(settings: Settings) -> tuple[str, ...]:
    """Everybody whom a digest, or a matter at once, may go to."""
    found = [address for digest in settings.digests for address in digest.to]
    if any(digest.at_once for digest in settings.digests):
        found += founders(settings)
    return tuple(dict.fromkeys(found))


def founders(settings: Settings) -> tuple[str, ...]:
    """The owners of the inboxes that copies go to, as far as mail reaches them."""
    return tuple(
        inbox.address for inbox in settings.inboxes if has_way(settings.inboxes, settings.relay, inbox.address)
    )


def inbox_of(inboxes: Sequence[Inbox], address: str) -> Inbox | None:
    """The [[inbox]] with this address that we fill."""
    return next((one for one in inboxes if one.address == address and one.deliver != "none"), None)


def has_way(inboxes: Sequence[Inbox], relay: object, address: str) -> bool:
    """Whether a digest gets to this address."""
    return relay is not None or inbox_of(inboxes, address) is not None


def by_mail(settings: Settings) -> Mapping[str, Inbox | None]:
    """Those who get digests by a mail server: None for [relay], else the inbox that has a server of its own."""
    if settings.relay is not None:
        return dict.fromkeys(recipients(settings))
    found = {address: inbox_of(settings.inboxes, address) for address in recipients(settings)}
    return {address: inbox for address, inbox in found.items() if inbox is not None and inbox.deliver == "smtp"}


def ways(settings: Settings) -> dict[str, str]:
    """The channel to each of them: the address itself by mail, else the name of the inbox."""
    mailed = by_mail(settings)
    found: dict[str, str] = {}
    for address in recipients(settings):
        inbox = inbox_of(settings.inboxes, address)
        if address in mailed:
            found[address] = address
        elif inbox is not None:
            found[address] = inbox.name
    return found
