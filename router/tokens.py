"""Access tokens, for servers that take them in place of a password (RFC 6749, XOAUTH2)."""

from typing import Protocol


class NoToken(Exception):
    """No token is to be had now; the words say why."""


class Tokens(Protocol):
    """Where tokens for one account come from; kept in memory only."""

    def token(self) -> str:
        """One that is good for some minutes yet. May ask a server. Raises `NoToken`."""

    def refused(self) -> None:
        """The mail server did not take the last one: the next must be another."""
