"""Trying an [[oauth]]: a token for each purpose, and how long its secret is still good."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from router.cli.checking.cause import of_token
from router.cli.checking.finding import FAULT, OK, REMARK, Finding
from router.oauth.cache import Keeper
from router.oauth.expiry import due
from router.oauth.tokens import NoToken, Purpose


@dataclass(frozen=True, slots=True)
class OAuthTry:
    """One of them."""

    keeper: Keeper
    accounts: Mapping[Purpose, str]  # for whom tokens are wanted
    what: str | None  # "certificate" or "secret", where its end is known
    ends: Callable[[], datetime] | None

    def run(self) -> list[Finding]:
        """What was found; blocks."""
        found = []
        try:
            for purpose, account in self.accounts.items():
                self.keeper.tokens(purpose, account).token()
        except NoToken as trouble:
            code, values = of_token(trouble, {})
            found.append(Finding("oauth", self.keeper.name, FAULT, code, values))
        else:
            code = "token-granted" if self.accounts else "oauth-unused"
            found.append(Finding("oauth", self.keeper.name, OK if self.accounts else REMARK, code))
        return [*found, *self._ending()]

    def _ending(self) -> list[Finding]:
        try:
            ends = self.ends() if self.ends else None
        except NoToken:  # said already
            return []
        if ends is None or (days := due(ends, datetime.now(UTC))) is None:
            return []
        detail = {"oauth": self.keeper.name, "what": self.what, "ends": ends.isoformat(), "days": days}
        return [Finding("oauth", self.keeper.name, REMARK, "secret-expires", {"detail": detail})]
