"""Microsoft 365: tokens for an application (client credentials), or for a person who signed in with a code.

As an application it takes part in every mailbox that Exchange gives it; one token does for all of them, and for IMAP and
SMTP. As a person (RFC 8628) it takes part in what that person may read and send; the refresh token lies in a file.

msal is asked anew each time, with files read anew, so that a new certificate needs no restart. Its own cache would keep
tokens that a mail server has refused.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from router.oauth import causes, files, refusals
from router.oauth.cache import Granted, Wanted
from router.oauth.certificate import Pair, read_pair
from router.oauth.claims import read_claims
from router.oauth.tokens import NoToken
from router.oauth.web import SKEWED, Web, no_answer, web

log = logging.getLogger(__name__)

AUTHORITY = "https://login.microsoftonline.com"
# National clouds have mail servers of their own; by the host of the authority.
_MAIL = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
    "login.chinacloudapi.cn": "https://partner.outlook.cn",
}
_USUAL_MAIL = "https://outlook.office365.com"
_DELEGATED = ("IMAP.AccessAsUser.All", "SMTP.Send")


@dataclass(frozen=True, slots=True)
class Application:
    """One that is registered at Microsoft."""

    tenant: str
    client_id: str
    authority: str = AUTHORITY

    @property
    def mail(self) -> str:
        """What its tokens are for."""
        return _MAIL.get(urlsplit(self.authority).hostname or "", _USUAL_MAIL)

    @property
    def values(self) -> dict[str, Any]:
        """For the wording of a cause."""
        return {"tenant": self.tenant, "client_id": self.client_id, "authority": self.authority}


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
        with _asking(self.application, values) as asked:
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
        with _asking(self.application, values) as asked:
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
        with _asking(self.application, self.application.values | {"file": str(self.file)}) as asked:
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


@dataclass(slots=True)
class _Asked:
    """One conversation with Microsoft."""

    application: Application
    values: dict[str, Any]
    web: Web

    def client(self, kind: Any, **options: Any) -> Any:
        """An application of msal's; asks where the tenant's endpoints are. Raises `NoToken`."""
        app = self.application
        try:
            return kind(
                app.client_id,
                authority=f"{app.authority.rstrip('/')}/{app.tenant}",
                instance_discovery=False,  # it asks a host of Microsoft's, which an authority of one's own is not known to
                http_client=self.web.session,
                **options,
            )
        except ValueError as error:
            words = str(error.__context__ or error)
            code = causes.microsoft("", words)
            if code == causes.UNKNOWN:
                code = "tenant-unknown" if 400 <= self.web.status < 500 else "provider-down"
            code = "throttled" if self.web.status == 429 else code
            raise NoToken(code, **self.values, said=causes.said(_description(words)), wait=self.web.wait) from error

    def granted(self, answer: dict[str, Any] | None) -> Granted:
        """The token of an answer. Raises `NoToken`."""
        if answer is None:
            raise NoToken("not-signed-in", **self.values)
        if "access_token" not in answer:
            raise self.refusal(answer)
        return Granted(str(answer["access_token"]), float(answer.get("expires_in", 3600)))

    def refusal(self, answer: dict[str, Any]) -> NoToken:
        """What an answer without a token means."""
        description = str(answer.get("error_description", ""))
        error = str(answer.get("error", ""))
        code = causes.microsoft(error, description, cast(list[int], answer.get("error_codes") or []))
        if self.web.status == 429:
            code = "throttled"
        if code == "clock-wrong" or (code == "certificate-unknown" and abs(self.web.skew) > SKEWED):
            code, self.values["skew"] = "clock-wrong", round(self.web.skew)
        return NoToken(code, **self.values, said=causes.said(description or error), wait=self.web.wait)


@contextmanager
def _asking(application: Application, values: dict[str, Any]) -> Iterator[_Asked]:
    """Whatever the libraries raise on the way becomes a `NoToken`."""
    from msal.exceptions import MsalError
    from requests import RequestException

    asked = _Asked(application, values, web())
    try:
        yield asked
    except RequestException as error:
        raise no_answer(error, application.authority) from error
    except (MsalError, RuntimeError, ValueError, KeyError) as error:
        # Pages of a proxy and of a service that is down are no JSON, or lack what was asked for.
        code = "throttled" if asked.web.status == 429 else "provider-down"
        told = causes.said(str(error))
        raise NoToken(code, **values, said=told, status=asked.web.status, wait=asked.web.wait) from error
    finally:
        asked.web.close()


def _description(words: str) -> str:
    """The error within the words that msal makes of an answer."""
    _, found, rest = words.partition("AADSTS")
    return f"AADSTS{rest}" if found else words
