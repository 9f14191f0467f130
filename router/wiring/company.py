"""Whose addresses are whose: one question of many stages."""

from router.config import Settings, accepts
from router.mail.address import base, domain


def is_ours(settings: Settings, address: str) -> bool:
    """Whether an address is one of our side: by its domain, by name, or because it is one of the listener's or an inbox."""
    named = {*settings.router.staff, *settings.router.operator, *(inbox.address for inbox in settings.inboxes)}
    plain = base(address)
    return (
        domain(address) in settings.router.own_domains
        or not named.isdisjoint((address, plain))
        or any(accepts(settings, one) is not None for one in (address, plain))
    )
