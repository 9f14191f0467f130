"""What a provider is: it grants tokens, and knows why a mail server does not want one."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

from router.oauth.tokens import Purpose


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token is for."""

    purpose: Purpose
    account: str


@dataclass(frozen=True, slots=True)
class Granted:
    """A token, and for how long it is good."""

    token: str = field(repr=False)
    seconds: float


class Provider(Protocol):
    """Grants tokens."""

    def key(self, wanted: Wanted) -> Hashable:
        """What has the same key is granted the same token."""

    def stamp(self) -> Hashable:
        """Changes when the secret does."""

    def fetch(self, wanted: Wanted) -> Granted:
        """Ask for a token; blocks. Raises `NoToken`."""

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        """Code and values of the likely cause for which a mail server did not take a token."""
