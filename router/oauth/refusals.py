"""Why a mail server did not take a token: made of what it says and of what stands in the token. Pure.

Exchange says hardly more than "AUTHENTICATE failed": what is missing is told apart by the token itself.
"""

import re
from typing import Any

from router.oauth.claims import Claims
from router.oauth.tokens import Purpose

# The login is good, and the mailbox stays closed: Exchange says so after it, by IMAP and by SMTP.
CLOSED = re.compile(r"authenticated but not connected|STOREDRV|mailbox logon failure|OpenMailbox", re.IGNORECASE)

# Application permissions, and what a person delegates.
_RIGHTS = {
    "imap": ("IMAP.AccessAsApp", "IMAP.AccessAsUser.All"),
    "smtp": ("SMTP.SendAsApp", "SMTP.Send"),
}
_SMTP_AUTH_OFF = re.compile(r"SmtpClientAuthentication is disabled|smtp_auth_disabled", re.IGNORECASE)
_IMAP_OFF = re.compile(r"not enabled for IMAP|IMAP access is disabled|protocol is disabled", re.IGNORECASE)
_SCOPE = re.compile(r"\(status 40[03]\)|insufficient.{0,20}scope", re.IGNORECASE)


def microsoft(said: str, purpose: Purpose, account: str, claims: Claims, *, app: bool) -> tuple[str, dict[str, Any]]:
    """Code and values of a refusal by Exchange Online; `app`: we log in as an application, not as a person."""
    values: dict[str, Any] = {
        "said": said,
        "account": account,
        "application": claims.application,
        "object_id": claims.object_id,
        "purpose": purpose,
    }
    if _SMTP_AUTH_OFF.search(said):
        return "smtp-auth-disabled", values | {"everywhere": "for the tenant" in said.lower()}
    if _IMAP_OFF.search(said):
        return "imap-off", values
    if CLOSED.search(said):
        return "mailbox-closed" if app else "mailbox-closed-to-person", values
    right = _RIGHTS[purpose][0 if app else 1]
    if claims.readable and right not in claims.rights:
        return ("role-missing" if app else "consent-missing"), values | {"right": right}
    return ("principal-missing" if app else "account-refused"), values


def google(said: str, purpose: Purpose, account: str, *, service: bool) -> tuple[str, dict[str, Any]]:
    """The same by Gmail; `service`: a service account, which acts for others."""
    values = {"said": said, "account": account, "purpose": purpose, "service": service}
    if _IMAP_OFF.search(said):
        return "imap-off", values
    if _SCOPE.search(said):
        return "scope-wrong", values
    return ("gmail-refuses" if service else "account-refused"), values
