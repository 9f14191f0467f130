"""Who may connect, how often at once, and whose mail is taken without a further proof."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any


class Peers:
    """The networks of the configuration, and the connections that are open."""

    def __init__(
        self,
        allow_from: Sequence[IPv4Network | IPv6Network],
        most: int,
        most_each: int,
        journal_from: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        networks = tuple(allow_from)
        # "Everywhere" says who may connect. It never stands for a proof of who somebody is.
        trusted = tuple(network for network in allow_from if network.prefixlen > 0)
        # The same few peers come again and again.
        self._named = lru_cache(maxsize=1024)(partial(within, networks=networks))
        self._trusted = lru_cache(maxsize=1024)(partial(within, networks=trusted))
        self._reports = lru_cache(maxsize=1024)(partial(within, networks=tuple(journal_from)))
        self._most = most
        self._most_each = most_each
        self._open: Counter[str] = Counter()

    def named(self, peer: str) -> bool:
        """Whether a network holds this address, be it the whole world."""
        return self._named(peer)

    def trusted(self, peer: str) -> bool:
        """Whether a network that is narrower than the world holds it."""
        return self._trusted(peer)

    def reports(self, peer: str) -> bool:
        """Whether journal reports are taken from this address."""
        return self._reports(peer)

    def enter(self, peer: str) -> bool:
        """Count a connection; false where there are too many."""
        if self._open.total() >= self._most or self._open[peer] >= self._most_each:
            return False
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """A connection that was counted is closed."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]


def address_of(peer: Any) -> str:
    """The peer's address without its port and zone."""
    return str(peer[0]).partition("%")[0] if peer else ""


def within(peer: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether one of the networks holds this address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped  # ::ffff:127.0.0.1 is 127.0.0.1
    return any(address in network for network in networks)
