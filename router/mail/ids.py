"""Owns message ids: reading them out of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4).

It must never raise and never take an ordinary mail address for an id where the field is prose: one wrong id that many
mails share would tie all of them into one conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ID_CAP = 998
KEPT = 50  # so many from the front and so many from the end: the root and the parents are there

_BRACKETS = re.compile(rb"<([^<>]*+)>")
_COMMENT = re.compile(rb"\([^()]*+\)")
_WHITE_AND_CONTROLS = bytes(range(33)) + b"\x7f"
_EDGE = b"<>()[]{}\"',;:"


def message_ids(value: bytes) -> tuple[str, ...]:
    """The ids in a field, without brackets, in order, each once."""
    found = [body.translate(None, _WHITE_AND_CONTROLS) for body in _BRACKETS.findall(value)]
    # Whoever writes brackets writes them around every id; what stands outside is a date, a name, an address.
    if not any(found):
        found = _bare(value)
    return capped(dict.fromkeys(each.decode("utf-8", "backslashreplace")[:ID_CAP] for each in found if each))


def capped(ids: Iterable[str]) -> tuple[str, ...]:
    """The first and the last ids of a long list: the beginning of a thread and the nearest ancestors."""
    listed = tuple(ids)
    return listed if len(listed) <= 2 * KEPT else listed[:KEPT] + listed[-KEPT:]


def _bare(value: bytes) -> list[bytes]:
    tokens = [token.strip(_EDGE) for token in re.split(rb"[\s,;]+", _COMMENT.sub(b" ", value))]
    tokens = [token.translate(None, _WHITE_AND_CONTROLS) for token in tokens if token]
    if len(tokens) == 1:
        # Some mailers write ids without an "at"; a word such as "none" is not one.
        return tokens if b"@" in tokens[0] or _has_digit(tokens[0]) else []
    ids = [token for token in tokens if _is_id(token)]
    if len(ids) == len(tokens):
        return ids
    # Among words ("message from anna@example.com of Friday") only what no mail address looks like.
    return [token for token in ids if _has_digit(token.partition(b"@")[0])]


def _is_id(token: bytes) -> bool:
    left, at, right = token.partition(b"@")
    return bool(left and at and right)


def _has_digit(token: bytes) -> bool:
    return any(48 <= byte <= 57 for byte in token)
