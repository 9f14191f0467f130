"""Access tokens, for servers that take them in place of a password (RFC 6749, XOAUTH2).

    OAuthTrouble
    ├── NoToken        none is to be had; nobody was asked to take one
    └── TokenRefused   a mail server did not take one

Each has a code, for which `templates/oauth.txt.j2` has the words and the cure, and values.
"""

from typing import Any, Literal, Protocol

Purpose = Literal["imap", "smtp"]


class OAuthTrouble(Exception):
    """No login by token now."""

    def __init__(self, code: str, **values: Any) -> None:
        said = values.get("said")
        super().__init__(f"{code} ({said})" if said else code)
        self.code = code
        self.values = values


class NoToken(OAuthTrouble):
    """No token is to be had now."""


class TokenRefused(OAuthTrouble):
    """The mail server did not take a token; the code is the likely cause."""

    def __init__(self, code: str, *, again: bool = False, **values: Any) -> None:
        super().__init__(code, **values)
        self.again = again  # whether another token is worth a try at once


class Tokens(Protocol):
    """Where tokens for one account come from; safe to be called by several threads."""

    def token(self) -> str:
        """One that is good for some minutes yet. May ask a server, and blocks.

        Raises `NoToken`, and `TokenRefused` in the pause after a refusal.
        """

    def refused(self, token: str, said: str) -> TokenRefused:
        """The mail server did not take this one, and says why: the likely cause. Asks nobody."""
