"""Why a mail server cannot be used, as a code: made of the exceptions behind a failure and of what providers say. Pure."""

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from aiosmtplib import SMTPAuthenticationError, SMTPResponseException
from imapclient.exceptions import CapabilityError, LoginError

from router.cli.checking.finding import Way
from router.delivery.smtp.replies import Reply
from router.delivery.words import plain
from router.imap.errors import code as response_code
from router.imap.errors import text
from router.mail.words import clean
from router.oauth.causes import OF_ONE_ACCOUNT
from router.oauth.tokens import NoToken, OAuthTrouble

_GOOGLE = (".gmail.com", ".googlemail.com", ".google.com")
_MICROSOFT = (".office365.com", ".outlook.com", ".office.com")

# What a refused login means; the first line that fits counts. Ends of the host ("": any), and words of the server.
_LOGINS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("",), r"SmtpClientAuthentication is disabled|smtp_auth_disabled", "smtp-auth-disabled"),
    (("",), r"basic authentication is disabled|BasicAuthBlocked", "basic-off"),
    (_GOOGLE, r"", "app-password"),
    (("",), r"application-specific password", "app-password"),
    (_MICROSOFT, r"", "basic-off"),
)
_SEND_AS = re.compile(r"SendAsDenied|not allowed to send as|permissions to send as", re.IGNORECASE)


def words(said: object) -> str:
    """What a server or a library says: one line, without controls."""
    return clean(plain(text(said)))


def cause(error: BaseException, way: Way) -> tuple[str, dict[str, Any]]:
    """Code and values of a failure before any mail: connection, TLS, login."""
    values = way.values | {"said": words(error)}
    if (trouble := login_by_token(error)) is not None:
        return of_token(trouble, way.values)
    for one in _chain(error):
        if (code := _code(one, way)) is not None:
            return code, values | {"said": _said(one) or values["said"]}
    said = values["said"]
    if "takes no password over this connection" in said or "offers no login by password" in said:
        return "login-not-offered", values
    if "offers no XOAUTH2" in said:
        return "no-xoauth2", values
    if "STARTTLS" in said:
        return "no-starttls", values
    return "failed", values


def login_by_token(error: BaseException) -> OAuthTrouble | None:
    """What of an error is about a token."""
    return next((one for one in _chain(error) if isinstance(one, OAuthTrouble)), None)


def waits_for_token(error: BaseException) -> bool:
    """Whether there is no token for anybody: that is told once, of the [[oauth]]."""
    trouble = login_by_token(error)
    return isinstance(trouble, NoToken) and trouble.code not in OF_ONE_ACCOUNT


def of_token(trouble: OAuthTrouble, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Code and values of a token that is not to be had, or is refused."""
    detail = {key: words(one) if key == "said" else one for key, one in trouble.values.items()}
    return f"oauth-{trouble.code}", values | {"said": detail.get("said", trouble.code), "detail": detail}


def send_as(reply: Reply) -> bool:
    """Whether a server says that this login may not send from that address (Exchange)."""
    return reply.status in ("5.7.60", "5.2.252") or bool(_SEND_AS.search(reply.text))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """From the innermost out: the system knows best."""
    if error is not None:
        yield from _chain(error.__cause__ or error.__context__)
        yield error


def _code(error: BaseException, way: Way) -> str | None:
    match error:
        case ssl.SSLCertVerificationError():
            return _certificate(error)
        case ssl.SSLError():
            plain_text = "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER" in str(error)
            return "no-tls-there" if plain_text else "tls"
        case socket.gaierror():
            return "name-unknown"
        case ConnectionRefusedError():
            return "refused"
        case TimeoutError():
            return "silent"
        case CapabilityError():
            return "no-starttls"
        case UnicodeEncodeError():
            return "ascii-password"
        case SMTPAuthenticationError() if error.code < 500:
            return "login-later"
        case LoginError() if response_code(text(error)) == "UNAVAILABLE":
            return "login-later"
        case LoginError() | SMTPAuthenticationError():
            return _login(words(error), way)
        case OSError() if error.filename is not None:
            return "password-unreadable"
        case ConnectionError():
            return "ended"
    return None


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    said = error.verify_message.lower()
    if "mismatch" in said or "not valid for" in said:
        return "certificate-name"
    return "certificate-expired" if "expired" in said else "certificate-unknown"


def _login(said: str, way: Way) -> str:
    host = f".{way.host.lower()}"
    for ends, pattern, code in _LOGINS:
        if any(host.endswith(end) for end in ends) and re.search(pattern, said, re.IGNORECASE):
            return code
    return "login-refused"


def _said(error: BaseException) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return words(error.verify_message)
        case SMTPResponseException():
            return words(f"{error.code} {error.message}")
        case OSError() if error.strerror:
            return words(error.strerror)
    return words(error)
