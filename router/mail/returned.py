"""Owns the ids of the mail that a report is about: of the message or header that it encloses, or of a header quoted in
its words (RFC 6522, RFC 3464, RFC 8098 section 3.2.5). It must never look at more than its caps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from router.mail.header import split
from router.mail.ids import message_ids
from router.mail.mime import Part

PARTS_CAP = 5
BYTES_CAP = 64 * 1024  # of each
TEXT_CAP = 64 * 1024
IDS_CAP = 10

_ENCLOSES = (
    *("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"),
)
_FIELD = re.compile(r"^[ >]{0,8}(?:original-)?message-id:[ \t]*+(<[^<>\s]{1,998}+>)", re.IGNORECASE | re.MULTILINE)


def returned_ids(parts: Iterable[Part], reports: Iterable[str], text: str) -> tuple[str, ...]:
    """The Message-IDs of what is enclosed, else those that the report or its words name."""
    found: dict[str, None] = {}
    enclosed = [part for part in parts if part.content_type in _ENCLOSES][:PARTS_CAP]
    for part in enclosed:
        value = split(part.data()[:BYTES_CAP].lstrip()).first("message-id")
        found.update(dict.fromkeys(message_ids(value) if value else ()))
    if not found:
        for words in (*reports, text):
            named = [one[1] for one in _FIELD.finditer(words[:TEXT_CAP])] if "essage-" in words.lower() else []
            found.update((one, None) for value in named for one in message_ids(value.encode("utf-8", "replace")))
    return tuple(found)[:IDS_CAP]
