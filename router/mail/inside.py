"""Owns the search for our own marks in what a mail encloses.

A bounce returns the mail or its header, a redirect hides it in an attachment, old mail servers write it under their
own words. What is found only looks like a mark: whoever has the key verifies it. It must never look at more than its
caps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from router.mail.mime import Part

PARTS_CAP = 20  # enclosed messages that are looked into
BYTES_CAP = 64 * 1024  # of each
MARKS_CAP = 20

_MESSAGES = ("message/rfc822", "message/global", "message/partial")
# RFC 6522 section 4, and RFC 6533 section 5 for headers in UTF-8.
_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")

# Our field, folded or quoted; and the Message-ID of a mail of ours. In lower case.
_FIELD = re.compile(rb"x-router-copy:[\s>]{0,40}+([0-9a-z]{1,64}+\.[a-z2-7]{16})(?![0-9a-z])")
_ID = re.compile(rb"<([0-9a-z]{1,64}+\.[a-z2-7]{16})\.[a-z]{1,20}+@")


def enclosed(parts: Iterable[Part]) -> tuple[str, ...]:
    """What looks like a mark in enclosed messages and returned headers."""
    found: dict[str, None] = {}
    for number, part in enumerate(part for part in parts if _encloses(part)):
        if number == PARTS_CAP or len(found) >= MARKS_CAP:
            break
        data = part.data()[:BYTES_CAP].lower()
        found.update(dict.fromkeys(_marks(data, _FIELD, _ID)))
    return tuple(found)[:MARKS_CAP]


def quoted(text: str) -> tuple[str, ...]:
    """What looks like a mark behind the name of our field in a text."""
    if "-router-copy:" not in text.lower():
        return ()
    data = text.encode("utf-8", "replace").lower()
    return tuple(dict.fromkeys(_marks(data, _FIELD)))[:MARKS_CAP]


def _encloses(part: Part) -> bool:
    return part.content_type in (*_MESSAGES, *_HEADERS) or part.filename.lower().endswith(".eml")


def _marks(data: bytes, *patterns: re.Pattern[bytes]) -> Iterator[str]:
    for pattern in patterns:
        for number, found in enumerate(pattern.finditer(data)):
            if number == MARKS_CAP:
                break
            yield found[1].decode("ascii")
