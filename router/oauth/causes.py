"""From the words of a provider to a code, which `templates/oauth.txt.j2` words with its cure. Pure.

Microsoft numbers its errors (learn.microsoft.com/entra/identity-platform/reference-error-codes); Google has the error codes
of RFC 6749 section 5.2 and tells the rest in words. What nobody knows is `provider-refuses`, with the provider's words.
"""

import re
from collections.abc import Iterable, Mapping

UNKNOWN = "provider-refuses"
PASSING = frozenset({"unreachable", "provider-down", "throttled"})  # these end by themselves
OF_ONE_ACCOUNT = frozenset({"account-unknown"})  # other accounts get their tokens

_MICROSOFT: Mapping[int, str] = {
    90002: "tenant-unknown",
    900021: "tenant-unknown",
    900023: "tenant-unknown",
    90013: "tenant-unknown",
    700016: "application-unknown",
    700038: "application-unknown",
    7000112: "application-disabled",
    7000215: "secret-wrong",
    7000216: "secret-wrong",
    7000222: "secret-expired",
    700027: "certificate-unknown",
    700030: "certificate-unknown",
    1000502: "certificate-expired",
    700024: "clock-wrong",
    500133: "clock-wrong",
    65001: "consent-missing",
    65004: "consent-missing",
    7000229: "consent-missing",  # the application is not among the tenant's own: nobody there has agreed to it
    90094: "consent-missing",
    50194: "tenant-unknown",  # "common" stands where a tenant should
    70011: "scope-wrong",
    650057: "scope-wrong",
    1002012: "scope-wrong",
    500011: "exchange-missing",
    650052: "exchange-missing",
    7000218: "public-client-off",
    70043: "sign-in-again",
    70008: "sign-in-again",
    700082: "sign-in-again",
    700084: "sign-in-again",
    50173: "sign-in-again",
    54005: "sign-in-again",
    50076: "sign-in-again",
    50079: "sign-in-again",
    50055: "sign-in-again",
    50057: "account-disabled",
    70016: "code-unused",
    70018: "code-unused",
    70020: "code-unused",
    53000: "conditional-access",
    53001: "conditional-access",
    53002: "conditional-access",
    53003: "conditional-access",
    53004: "conditional-access",
    53011: "conditional-access",
    530032: "conditional-access",
    530034: "conditional-access",
    530035: "conditional-access",
    50196: "throttled",
    90055: "throttled",
    90033: "provider-down",
    90006: "provider-down",
    90024: "provider-down",
}

# Google: error, words of the description ("": any), code; the first line that fits counts.
_GOOGLE: tuple[tuple[str, str, str], ...] = (
    ("invalid_grant", "signature", "key-wrong"),
    ("invalid_grant", "timeframe", "clock-wrong"),
    ("invalid_grant", "iat and exp", "clock-wrong"),
    ("invalid_grant", "email or user id", "account-unknown"),
    ("invalid_grant", "account not found", "service-account-unknown"),
    ("invalid_grant", "not a valid email", "account-unknown"),
    ("invalid_grant", "account has been deleted", "account-unknown"),
    ("invalid_grant", "account disabled", "account-unknown"),
    ("invalid_grant", "expired or revoked", "sign-in-again"),
    ("invalid_grant", "", "sign-in-again"),
    ("unauthorized_client", "", "delegation-missing"),
    ("access_denied", "", "delegation-missing"),
    ("invalid_scope", "", "scope-wrong"),
    ("invalid_client", "not found", "application-unknown"),
    ("deleted_client", "", "application-unknown"),
    ("disabled_client", "", "application-disabled"),
    ("org_internal", "", "consent-missing"),
    ("admin_policy_enforced", "", "conditional-access"),
    ("invalid_client", "", "secret-wrong"),
    ("rate_limit_exceeded", "", "throttled"),
    ("temporarily_unavailable", "", "provider-down"),
    ("internal_failure", "", "provider-down"),
    ("server_error", "", "provider-down"),
)

_AADSTS = re.compile(r"AADSTS(\d{4,8})")
_LONGEST = 300  # characters of a provider's words


def microsoft(error: str, description: str, numbers: Iterable[int] = ()) -> str:
    """The code of an answer of Microsoft's."""
    if "key used is expired" in description.lower():  # 700027 as well, which says more often that it is not known
        return "certificate-expired"
    known = [_MICROSOFT[one] for one in (*numbers, *map(int, _AADSTS.findall(description))) if one in _MICROSOFT]
    if known:
        return known[0]
    by_name = {
        "invalid_client": "secret-wrong",
        "unauthorized_client": "application-unknown",
        "invalid_scope": "scope-wrong",
        "invalid_grant": "sign-in-again",
        "interaction_required": "sign-in-again",
        "expired_token": "code-unused",
        "authorization_pending": "code-unused",
        "authorization_declined": "code-declined",
        "temporarily_unavailable": "provider-down",
    }
    return by_name.get(error, UNKNOWN)


def google(error: str, description: str) -> str:
    """The code of an answer of Google's."""
    words = description.lower()
    return next((code for one, part, code in _GOOGLE if one == error and part in words), UNKNOWN)


def said(description: str) -> str:
    """What a provider says, in one line, without the numbers of its trace."""
    words = " ".join(description.partition("Trace ID:")[0].split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
