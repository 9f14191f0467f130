"""Is this transmission a new mail, a repeat, or a known mail by another way? Pure policy.

Nothing is thrown away here: T2 records every verdict, `trace` shows it, and `release` undoes a repeat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from router.routing import returns
from router.routing.analysis import Analysis
from router.routing.journal import SOURCE
from router.routing.places import Role
from router.store.messages import Hit

REPEAT_WITHIN = timedelta(days=7)  # a sender that missed our 250 comes again for some days (RFC 5321 section 4.5.4.1)
ANONYMOUS_REPEAT_WITHIN = timedelta(minutes=10)  # without Message-ID and Date, and only from the same peer


class Identity(StrEnum):
    """What a sighting turned out to be; stored as its verdict."""

    NEW = "new"
    REPEAT = "repeat"  # the same transmission once more
    SAME = "same"  # a known mail by another way or in another mailbox
    OWN = "own"  # a copy of ours that came back
    RETURNED = "returned"  # what a copy of ours has set off: a bounce, an automatic reply
    FAULT = "fault"  # could not be routed; set aside with an alarm
    REPORT = "report"  # a journal report: the mail in it has a sighting of its own
    FOREIGN = "foreign"  # a journal report on mail that is none of ours: nothing of it is kept
    SETTLED = "settled"  # this very sighting was routed before


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict, and the earlier sighting and message it refers to."""

    identity: Identity
    hit: Hit | None = None
    why: str = ""


def identify(
    this: Analysis, hits: Mapping[bytes, Sequence[Hit]], role: Role = Role.INBOUND, ours: str | None = None
) -> Found:
    """Tell what `this` is, by earlier sightings that share an identity key (oldest first).

    `role` is what it came to, `ours` the address that munged copies come from.
    """
    seen, back = this.seen, this.back
    same_bytes = hits.get(this.same_bytes, ())
    if not seen.released:
        if own := next((hit for hit in same_bytes if hit.sighting == seen.id), None):
            return Found(Identity.SETTLED, own)
        if this.copy_of is not None:
            return Found(Identity.OWN, why="mark")
        if repeat := next((hit for hit in reversed(same_bytes) if _repeats(this, hit)), None):
            return Found(Identity.REPEAT, repeat, "bytes")
        content = hits.get(this.same_content, ()) if this.same_content is not None else ()
        if back is not None and returns.is_report(back, role):
            if seen.history:  # it has been seen to when it came
                return Found(Identity.OWN, why=back.by)
            return Found(Identity.RETURNED, next(iter(content), None), back.by)
        if back is not None and returns.is_copy(back, role):
            return Found(Identity.OWN, why=back.by)
        if content:
            return Found(Identity.SAME, content[0], "content")
        if ours and (munged := _munged(this, hits, ours)):
            return Found(Identity.OWN, munged, "munged")
        if this.same_rebuilt is not None and (rebuilt := _elsewhere(this, hits.get(this.same_rebuilt, ()))):
            return Found(Identity.SAME, rebuilt, "rebuilt")
    return Found(Identity.NEW)


def _repeats(this: Analysis, hit: Hit) -> bool:
    if this.seen.history:
        return True  # the past is read again and again, whatever is in it
    if hit.history:
        return False  # what came in as history was copied to nobody
    if SOURCE in (hit.source, this.seen.source) and hit.source != this.seen.source:
        return False  # the journal is another way: it says more than the mail itself, such as who wrote it
    age = this.seen.received - hit.at
    if this.anonymous:
        return age <= ANONYMOUS_REPEAT_WITHIN and hit.peer == this.seen.peer
    return age <= REPEAT_WITHIN


def _munged(this: Analysis, hits: Mapping[bytes, Sequence[Hit]], ours: str) -> Hit | None:
    """A copy in our name: we are its From, and everything else is a known mail whose From stands in Reply-To."""
    if this.same_unmunged is None or all(one.addr != ours for one in this.message.from_):
        return None
    return next(iter(hits.get(this.same_unmunged, ())), None)


def _elsewhere(this: Analysis, hits: Sequence[Hit]) -> Hit | None:
    """Stores rebuild mail, senders do not: equal text counts only between different sources.

    Files are of any number of stores, and no copy is lost where two mails of the past are taken for one.
    """
    return next((hit for hit in hits if hit.source != this.seen.source or this.seen.history), None)
