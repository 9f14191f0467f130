"""Google: tokens by a service account that may act for everybody of a domain, or by one account's refresh token.

Tokens of a service account are each for one account, and for one scope; Google wants another scope for IMAP than for
SMTP there (developers.google.com/gmail/imap/xoauth2-protocol).
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.oauth import causes, files, refusals
from router.oauth.provider import Granted, Wanted
from router.oauth.tokens import NoToken, Purpose
from router.oauth.web import no_answer, web

log = logging.getLogger(__name__)

AUTHORITY = "https://oauth2.googleapis.com"
SCOPES: dict[Purpose, str] = {
    "imap": "https://www.googleapis.com/auth/gmail.imap_admin",
    "smtp": "https://mail.google.com/",
}


@dataclass(frozen=True, slots=True)
class ByService:
    """A service account with domain-wide delegation (RFC 7523)."""

    file: Path  # the key, as Google hands it out
    authority: str | None = None  # None: what the file says

    def key(self, wanted: Wanted) -> tuple[str, str]:
        """One for each account and scope."""
        return wanted.purpose, wanted.account

    def stamp(self) -> files.Stamp:
        """Changes with the key."""
        return files.stamp(self.file)

    def fetch(self, wanted: Wanted) -> Granted:
        """Ask for a token; blocks. Raises `NoToken`."""
        from google.oauth2.service_account import Credentials

        info = _document(self.file, ("client_email", "private_key", "token_uri"))
        if self.authority:
            info["token_uri"] = f"{self.authority.rstrip('/')}/token"
        values = {
            "file": str(self.file),
            "account": wanted.account,
            "service_account": info["client_email"],
            "client_id": str(info.get("client_id", "")),
            "scopes": sorted(SCOPES.values()),
        }
        scope = SCOPES[wanted.purpose]
        try:
            make: Any = Credentials.from_service_account_info
            credentials = make(info, scopes=[scope], subject=wanted.account)
        except ValueError as error:
            raise NoToken("file-malformed", file=str(self.file), said=causes.said(str(error))) from error
        return _refreshed(credentials, str(info["token_uri"]), values)

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        """Why a mail server did not take a token."""
        return refusals.google(said, wanted.purpose, wanted.account, service=True)


@dataclass(frozen=True, slots=True)
class ByRefreshToken:
    """What the owner of one account has granted once (RFC 6749 section 6)."""

    file: Path  # client_id, client_secret, refresh_token, as Google's tools write them
    authority: str = AUTHORITY

    def key(self, wanted: Wanted) -> str:
        """The account is that of the file."""
        return "account"

    def stamp(self) -> files.Stamp:
        """Changes with the file."""
        return files.stamp(self.file)

    def fetch(self, wanted: Wanted) -> Granted:
        """Trade the refresh token for a token; blocks. Raises `NoToken`."""
        from google.oauth2.credentials import Credentials

        info = _document(self.file, ("client_id", "client_secret", "refresh_token"))
        uri = f"{self.authority.rstrip('/')}/token"
        make: Any = Credentials
        credentials = make(
            None,
            refresh_token=info["refresh_token"],
            client_id=info["client_id"],
            client_secret=info["client_secret"],
            token_uri=uri,
        )
        values = {"file": str(self.file), "account": wanted.account, "client_id": info["client_id"]}
        granted = _refreshed(credentials, uri, values)
        if credentials.refresh_token != info["refresh_token"]:
            try:
                files.write(self.file, json.dumps(info | {"refresh_token": credentials.refresh_token}, indent=2))
            except OSError as error:
                log.error("the new refresh token cannot be kept in %s: %s", self.file, error.strerror)
        return granted

    def refused(self, wanted: Wanted, token: str, said: str) -> tuple[str, dict[str, Any]]:
        """Why a mail server did not take a token."""
        return refusals.google(said, wanted.purpose, wanted.account, service=False)


def _document(file: Path, wanted: tuple[str, ...]) -> dict[str, Any]:
    """A file of Google's. Raises `NoToken`."""
    try:
        found = json.loads(files.read(file))
    except ValueError as error:
        raise NoToken("file-malformed", file=str(file), said=str(error)) from error
    lacking = [key for key in wanted if not (isinstance(found, dict) and isinstance(found.get(key), str))]
    if lacking:
        raise NoToken("file-malformed", file=str(file), said=f"it lacks {', '.join(lacking)}")
    return dict(found)


def _refreshed(credentials: Any, uri: str, values: dict[str, Any]) -> Granted:
    from google.auth.transport.requests import Request

    asked = web()
    try:
        with _refusals(uri, values):
            credentials.refresh(Request(asked.session))
    except NoToken as error:
        if error.code == "clock-wrong":
            error.values["skew"] = round(asked.skew)
        if asked.status == 429:
            error.code = "throttled"
        error.values["wait"] = asked.wait
        raise
    finally:
        asked.close()
    ends = credentials.expiry  # of Google's library: in UTC, and not aware
    left = (ends.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds() if ends else 3600.0
    return Granted(str(credentials.token), left)


@contextmanager
def _refusals(uri: str, values: dict[str, Any]) -> Iterator[None]:
    """Whatever Google's library raises becomes a `NoToken`."""
    from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError

    try:
        yield
    except TransportError as error:
        raise no_answer(error, uri) from error
    except RefreshError as error:
        answer = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
        name, words = str(answer.get("error", "")), str(answer.get("error_description", ""))
        code = causes.google(name, words) if name else "provider-down"
        told = causes.said(f"{name}: {words}" if words else name or str(error))
        raise NoToken(code, **values, said=told) from error
    except (GoogleAuthError, ValueError) as error:
        raise NoToken("provider-down", **values, said=causes.said(str(error))) from error
