"""From the settings to logins by token: one keeper of tokens for each [[oauth]], for all who log in by it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from router.config import Settings
from router.config.transport import OAuth
from router.oauth import entra, google, microsoft
from router.oauth.cache import Keeper
from router.oauth.certificate import read_pair
from router.oauth.expiry import end_of
from router.oauth.provider import Provider
from router.oauth.tokens import Purpose, Tokens


@dataclass(frozen=True, slots=True)
class Ending:
    """Something of an [[oauth]] that runs out some day."""

    oauth: str
    what: str  # "certificate" or "secret"
    ends: Callable[[], datetime]  # raises `NoToken` where its file cannot be read


class Logins:
    """Every [[oauth]] of a configuration, with the tokens that it has."""

    def __init__(self, settings: Settings) -> None:
        self.keepers = {one.name: Keeper(one.name, provider(one)) for one in settings.oauths}
        self.endings = [found for one in settings.oauths if (found := _ending(one))]
        self._tokens: dict[tuple[str, Purpose, str], Tokens] = {}

    def tokens(self, oauth: str | None, purpose: Purpose, username: str | None) -> Tokens | None:
        """Tokens for an account, the same object for the same; None where it logs in otherwise."""
        if oauth is None or username is None:
            return None
        key = (oauth, purpose, username)
        return self._tokens.setdefault(key, self.keepers[oauth].tokens(purpose, username))


def provider(oauth: OAuth) -> Provider:
    """Who grants the tokens of one [[oauth]]."""
    if oauth.provider == "google":
        if oauth.service_account_file is not None:
            return google.ByService(oauth.service_account_file, oauth.authority)
        assert oauth.refresh_token_file is not None
        return google.ByRefreshToken(oauth.refresh_token_file, oauth.authority or google.AUTHORITY)
    application = _application(oauth)
    if oauth.token_file is not None:
        return microsoft.ByPerson(application, oauth.token_file)
    return microsoft.ByApplication(application, oauth.certificate_file, oauth.client_secret_file)


def _application(oauth: OAuth) -> entra.Application:
    assert oauth.tenant is not None
    assert oauth.client_id is not None
    return entra.Application(oauth.tenant, oauth.client_id, oauth.authority or entra.AUTHORITY)


def _ending(oauth: OAuth) -> Ending | None:
    """What is known of its end: that of a certificate stands in the file, that of a secret in the settings."""
    if (file := oauth.certificate_file) is not None:
        return Ending(oauth.name, "certificate", lambda: read_pair(file).ends)
    if (day := oauth.secret_expires) is not None:
        return Ending(oauth.name, "secret", lambda: end_of(day))
    return None
