"""Microsoft 365: tokens for an application (client credentials), or for a person who signed in with a code.

As an application it takes part in every mailbox that Exchange gives it; one token does for all of them, and for IMAP and
SMTP. As a person it takes part in what that person may read and send; the refresh token lies in a file.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.oauth import files, refusals
from router.oauth.certificate import Pair, read_pair
from router.oauth.claims import read_claims
from router.oauth.entra import Application, asking
from router.oauth.provider import Granted, Wanted
from router.oauth.tokens import NoToken

log = logging.getLogger(__name__)

_DELEGATED = ("IMAP.AccessAsUser.All", "SMTP.Send")


@dataclass(frozen=True, slots=True)
class ByApplication:
    """Client credentials (RFC 6749 section 4.4), with a certificate (RFC 7523) or a secret."""

    application: Application
    certificate: Path | None = None
    secret: Path | None = None

    def key(self, wanted: Wanted) -> str:
        """One for all."""
        return "application"

    def stamp(self) -> files.Stamp:
        """Changes with the file of its proof."""
        return files.stamp(self.certificate, self.secret)

    def fetch(self, wanted: Wanted) -> Granted:
        """Ask for a token; blocks. Raises `NoToken`."""
        from msal import ConfidentialClientApplication

        pair = read_pair(self.certificate) if self.certificate else None
        values = self.application.values | {"proof": "certificate" if pair else "secret"}
        if pair:
            values |= {"file": str(self.certificate), "thumbprint": pair.thumbprint, "ends": pair.ends.isoformat()}
        with asking(self.application, values) as asked:
            client = asked.client(ConfidentialClientApplication, client_credential=self._proof(pair))
            return asked.granted(client.acquire_token_for_client([f"{self.application.mail}/.default"]))

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        """Why a mail server did not take a token."""
        return refusals.microsoft(said, wanted.purpose, wanted.account, read_claims(token), app=True)

    def _proof(self, pair: Pair | None) -> str | dict[str, str]:
        if pair is not None:
            return {"private_key": pair.key, "public_certificate": pair.certificate}
        assert self.secret is not None
        if not (secret := files.read(self.secret).strip()):
            raise NoToken("file-malformed", file=str(self.secret), said="it is empty")
        return secret


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What somebody delegated by signing in with a code (RFC 8628)."""

    application: Application
    file: Path  # msal's cache, with the refresh token

    def key(self, wanted: Wanted) -> str:
        """One for all that this person may."""
        return "person"

    def stamp(self) -> files.Stamp:
        """Changes when somebody signs in anew, and when we keep a new refresh token."""
        return files.stamp(self.file)

    def fetch(self, wanted: Wanted) -> Granted:
        """Trade the refresh token for a token; blocks. Raises `NoToken`."""
        from msal import PublicClientApplication, SerializableTokenCache

        values = self.application.values | {"file": str(self.file), "account": wanted.account}
        if not self.file.exists():
            raise NoToken("not-signed-in", **values)
        cache = SerializableTokenCache()
        try:
            cache.deserialize(files.read(self.file))
        except ValueError as error:
            raise NoToken("file-malformed", file=str(self.file), said=str(error)) from error
        with asking(self.application, values) as asked:
            client = asked.client(PublicClientApplication, token_cache=cache)
            accounts = client.get_accounts(wanted.account) or client.get_accounts()
            if not accounts:
                raise NoToken("not-signed-in", **values)
            found = client.acquire_token_silent_with_error(_scopes(self.application), accounts[0], force_refresh=True)
            granted = asked.granted(found)
        try:
            files.write(self.file, cache.serialize())
        except OSError as error:  # the one that is there goes on to work for weeks
            log.error("the new refresh token cannot be kept in %s: %s", self.file, error.strerror)
        return granted

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        """Why a mail server did not take a token."""
        return refusals.microsoft(said, wanted.purpose, wanted.account, read_claims(token), app=False)

    def sign_in(self, tell: Callable[[str, str], None]) -> str:
        """Let somebody sign in: `tell` is given the code and the page. Blocks until then; returns whose account it is."""
        from msal import PublicClientApplication, SerializableTokenCache

        cache = SerializableTokenCache()
        with asking(self.application, self.application.values | {"file": str(self.file)}) as asked:
            client = asked.client(PublicClientApplication, token_cache=cache)
            flow = client.initiate_device_flow(_scopes(self.application))
            if "user_code" not in flow:
                raise asked.refusal(flow)
            tell(flow["user_code"], flow["verification_uri"])
            asked.granted(client.acquire_token_by_device_flow(flow))
            (account, *_) = client.get_accounts()
        try:
            files.write(self.file, cache.serialize())
        except OSError as error:
            raise NoToken("file-unwritable", file=str(self.file), said=error.strerror) from error
        return str(account["username"])


def _scopes(application: Application) -> list[str]:
    return [f"{application.mail}/{one}" for one in _DELEGATED]
