"""Owns the reading of what Amazon SES tells a mailbox through SNS: what became of a mail, as JSON in a plain text.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html; the text may have a footer behind the JSON, which
may be wrapped in a second layer. It must never raise.
"""

from __future__ import annotations

import json
from typing import Any

TEXT_CAP = 64 * 1024
RECIPIENTS_CAP = 100
_LAYERS = 2

WHAT = {"bounce": "failed", "complaint": "complaint", "delivery": "delivered", "deliverydelay": "delayed"}


def notification(text: str) -> dict[str, Any] | None:
    """The JSON of a notification, or None where the text is none."""
    text = text[:TEXT_CAP].lstrip()
    for _ in range(_LAYERS):
        if not text.startswith("{"):
            return None
        try:
            # Mail wraps long lines, within strings too.
            told, _ = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError):
            return None
        if what(told):
            return dict(told)
        text = str(told.get("Message", ""))
    return None


def what(told: dict[str, Any]) -> str:
    """What became of the mail: "failed", "delayed", "delivered", "complaint", or "" where that is not said."""
    return WHAT.get(str(told.get("notificationType") or told.get("eventType")).lower(), "")


def recipients(told: dict[str, Any]) -> list[dict[str, str]]:
    """Of whom it speaks: "emailAddress", and "status" and "diagnosticCode" where they are given."""
    for name, of in (("bounce", "bouncedRecipients"), ("deliveryDelay", "delayedRecipients")):
        part = told.get(name)
        found = part.get(of) if isinstance(part, dict) else None
        if isinstance(found, list):
            return [
                {str(key): str(value)[:2_000] for key, value in each.items()}
                for each in found[:RECIPIENTS_CAP]
                if isinstance(each, dict)
            ]
    return []
