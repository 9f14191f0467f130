"""What a server means by its words, as far as it changes what we do next. Pure.

Exchange and Gmail refuse in words, not in response codes: "Request is throttled. Suggested Backoff Time: 299961
milliseconds", "User is authenticated but not connected", "Account exceeded command or bandwidth limits".
"""

import re
from enum import StrEnum
from typing import NamedTuple


class Meaning(StrEnum):
    """Why a server does not go on."""

    THROTTLED = "throttled"  # we ask for too much
    NOT_CONNECTED = "not-connected"  # Exchange took the login, and has no mailbox behind it
    OTHER = "other"


class Answer(NamedTuple):
    """A meaning, and the seconds that the server wants to be left alone."""

    meaning: Meaning
    seconds: float = 0.0


LONGEST = 3600.0  # seconds that a server's wish is obeyed
_BANDWIDTH, _CROWD, _LOST = 1800.0, 120.0, 60.0

_WISH = re.compile(r"backoff time:?\s{0,3}(\d{1,9})\s{0,3}(milliseconds|ms|seconds|s)\b", re.IGNORECASE)
_THROTTLED = re.compile(
    r"\[THROTTLED\]|throttl|rate.?limit|slow down|\[LIMIT\]|too many (requests|commands)", re.IGNORECASE
)
_SPENT = re.compile(r"bandwidth limit|\[OVERQUOTA\]|exceeded command|download limit", re.IGNORECASE)
_MANY = re.compile(
    r"too many (simultaneous |concurrent |open )?(connections|sessions)|connection limit"
    r"|max(imum)? (number of |simultaneous )?connections",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"authenticated but not connected", re.IGNORECASE)


def meaning(words: str) -> Answer:
    """What a refusal or a goodbye means."""
    words = words[:1000]
    if wish := _WISH.search(words):
        seconds = int(wish[1]) / (1000 if wish[2].lower().startswith("m") else 1)
        return Answer(Meaning.THROTTLED, min(seconds, LONGEST))
    if _NOBODY.search(words):
        return Answer(Meaning.NOT_CONNECTED, _LOST)
    if _SPENT.search(words):
        return Answer(Meaning.THROTTLED, _BANDWIDTH)
    if _MANY.search(words) or _THROTTLED.search(words):
        return Answer(Meaning.THROTTLED, _CROWD)
    return Answer(Meaning.OTHER)
