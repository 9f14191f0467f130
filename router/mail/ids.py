"""Owns message ids: reading them out of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4).

It must never raise and never take an ordinary mail address for an id where the field is prose: one wrong id that many
mails share would tie all of them into one conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

ID_CAP = 998
KEPT = 50  # so many from the front and so many from the end: the root and the parents are there

_BRACKETS = re.compile(rb"<([^<>]*+)>")
_PERSON = re.compile(rb"(?i)\b(?:from|von|de|da|van)\s")
_COMMENT = re.compile(rb"\([^()]*+\)")
_WHITE_AND_CONTROLS = bytes(range(33)) + b"\x7f"
_BETWEEN = _WHITE_AND_CONTROLS + b",;"
_EDGE = b"<>()[]{}\"',;:"


def message_ids(value: bytes) -> tuple[str, ...]:
    """The ids in a field, without brackets, in order, each once."""
    found = [body.translate(None, _WHITE_AND_CONTROLS) for body in _BRACKETS.findall(value)]
    if any(found) and _BRACKETS.sub(b"", _COMMENT.sub(b"", value)).strip(_BETWEEN):
        found = _among_words(value, found)
    # Whoever writes brackets writes them around every id; what stands outside is a date, a name, an address.
    elif not any(found):
        found = _bare(value)
    return capped(dict.fromkeys(each.decode("utf-8", "backslashreplace")[:ID_CAP] for each in found if each))


def _among_words(value: bytes, found: list[bytes]) -> list[bytes]:
    """ "Message from Anna <anna@example.com> of Friday <1.2@example.com>": people stand in brackets too."""
    with_digit = [token for token in found if _has_digit(token.partition(b"@")[0])]
    return with_digit or [b"" if _PERSON.search(before) else token for token, before in _with_words(value, found)]


def _with_words(value: bytes, found: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each token, and what stands between it and the one before."""
    end = 0
    for token, match in zip(found, _BRACKETS.finditer(value), strict=True):
        yield token, value[end : match.start()]
        end = match.end()


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
