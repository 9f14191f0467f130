"""What stands in a token of Microsoft's: for whom it is, and what that one may do.

Only to name the cause of a refusal: a token is for the mail server to judge, and nothing here verifies it.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

_LONGEST = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Claims:
    """Of one token."""

    application: str = ""  # the application's id
    object_id: str = ""  # of the enterprise application, which Exchange wants to hear as -ServiceId or -ObjectId
    audience: str = ""
    rights: frozenset[str] = frozenset()  # application permissions, or what the person delegated

    @property
    def readable(self) -> bool:
        """Whether the token told anything; it need not."""
        return bool(self.application or self.audience)


def read_claims(token: str) -> Claims:
    """What a token tells; nothing where it is no JWT (RFC 7519)."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        return Claims()
    try:
        told = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return Claims()
    if not isinstance(told, dict):
        return Claims()
    roles = told.get("roles")
    rights = [one for one in roles if isinstance(one, str)] if isinstance(roles, list) else []
    return Claims(
        _text(told.get("appid") or told.get("azp")),
        _text(told.get("oid")),
        _text(told.get("aud")),
        frozenset([*rights, *_text(told.get("scp")).split()]),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
