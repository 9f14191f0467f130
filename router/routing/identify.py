"""Is this transmission a new mail, a repeat, or a known mail by another way? Pure policy.

Nothing is thrown away here: T2 records every verdict, `trace` shows it, and `release` undoes a repeat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from router.routing.analysis import Analysis
from router.store.messages import Hit

REPEAT_WITHIN = timedelta(days=7)  # a sender that missed our 250 comes again for some days (RFC 5321 section 4.5.4.1)
ANONYMOUS_REPEAT_WITHIN = timedelta(minutes=10)  # without Message-ID and Date, and only from the same peer


class Identity(StrEnum):
    """What a sighting turned out to be; stored as its verdict."""

    NEW = "new"
    REPEAT = "repeat"  # the same transmission once more
    SAME = "same"  # a known mail by another way or in another mailbox
    OWN = "own"  # a copy of ours that came back
    FAULT = "fault"  # could not be routed; set aside with an alarm
    SETTLED = "settled"  # this very sighting was routed before


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict, and the earlier sighting and message it refers to."""

    identity: Identity
    hit: Hit | None = None
    why: str = ""


def identify(this: Analysis, hits: Mapping[bytes, Sequence[Hit]]) -> Found:
    """Tell what `this` is, by earlier sightings that share an identity key (oldest first)."""
    seen = this.seen
    same_bytes = hits.get(this.same_bytes, ())
    if not seen.released:
        if own := next((hit for hit in same_bytes if hit.sighting == seen.id), None):
            return Found(Identity.SETTLED, own)
        if this.copy_of is not None:
            return Found(Identity.OWN, why="mark")
        if repeat := next((hit for hit in reversed(same_bytes) if _repeats(this, hit)), None):
            return Found(Identity.REPEAT, repeat, "bytes")
        if this.same_content is not None and (content := hits.get(this.same_content)):
            return Found(Identity.SAME, content[0], "content")
        if this.same_rebuilt is not None and (rebuilt := _elsewhere(this, hits.get(this.same_rebuilt, ()))):
            return Found(Identity.SAME, rebuilt, "rebuilt")
    return Found(Identity.NEW)


def _repeats(this: Analysis, hit: Hit) -> bool:
    age = this.seen.received - hit.at
    if this.anonymous:
        return age <= ANONYMOUS_REPEAT_WITHIN and hit.peer == this.seen.peer
    return age <= REPEAT_WITHIN


def _elsewhere(this: Analysis, hits: Sequence[Hit]) -> Hit | None:
    """Stores rebuild mail, senders do not: equal text counts only between different sources."""
    return next((hit for hit in hits if hit.source != this.seen.source), None)
