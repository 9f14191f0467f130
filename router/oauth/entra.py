"""Asking Microsoft through msal: an application, one conversation at a time, and what its answers mean.

msal is asked anew each time, with files read anew, so that a new certificate needs no restart. Its own cache would keep
tokens that a mail server has refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from router.oauth import causes
from router.oauth.provider import Granted
from router.oauth.tokens import NoToken
from router.oauth.web import SKEWED, Web, no_answer, web

AUTHORITY = "https://login.microsoftonline.com"
# National clouds have mail servers of their own; by the host of the authority.
_MAIL = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
    "login.chinacloudapi.cn": "https://partner.outlook.cn",
}
_USUAL_MAIL = "https://outlook.office365.com"


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


@dataclass(slots=True)
class Asked:
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
def asking(application: Application, values: dict[str, Any]) -> Iterator[Asked]:
    """Whatever the libraries raise on the way becomes a `NoToken`."""
    from msal.exceptions import MsalError
    from requests import RequestException

    asked = Asked(application, values, web())
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
