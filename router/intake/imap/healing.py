"""A folder whose UIDs have changed (RFC 3501 section 2.3.1.1): what we have of it is found again, the rest is taken.

Compared are Message-ID and octets, each as often as it is there; whatever does not fit is fetched, and T2 knows by its
content what was here before. Nothing comes twice, and nothing that came meanwhile is lost.

What arrived before we saw the folder first is none of our business, whatever its new UID. A server that dates all mail
anew, as after a move, would make ten years of it look new: where much more is unknown than an outage explains, what was
written before our first sight is left alone, and the alarm says how much that is.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from router.intake.imap import fetch
from router.intake.imap.fetch import Size
from router.intake.imap.folder import Look
from router.intake.imap.session import Opened
from router.intake.imap.taken import Taken
from router.mail.message import Message, read
from router.store import cursors
from router.store.cursors import Cursor, Outcome
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.watched import CHANGED

log = logging.getLogger(__name__)

_MARGIN = timedelta(days=1)  # servers search by days of a zone of their own


@dataclass(slots=True)
class _Found:
    """A mail under its new UID."""

    size: Size
    mail: Message

    @property
    def key(self) -> tuple[str, int]:
        """What it is compared by."""
        return self.mail.message_id or "", self.size.octets


@dataclass(slots=True)
class Healing:
    """Heals folders over one session."""

    look: Look

    def heal(self, old: Cursor, opened: Opened, *, sent: bool) -> int:
        """Go on under the new UIDs; how many mails that brought. Raises `Trouble`, `Stopped`."""
        log.warning("source %s: the UIDs of %s have changed", old.source, old.folder)
        uids = self._candidates(old, opened)
        last = max(uids[-1] if uids else 0, opened.uidnext - 1)
        new = replace(old, uidvalidity=opened.uidvalidity, first_uid=uids[0] if uids else last + 1, last_uid=last)
        there = [one for some in _some(uids, self.look.limits.sizes) for one in self._there(new, some)]
        known = self._known(old, there)
        early = {one.size.uid for one in there if _before(one, old)} - known
        unknown = [one for one in there if one.size.uid not in known | early]
        left: set[int] = set()
        if len(unknown) > self.look.limits.healed:
            left = {
                one.size.uid for one in unknown if one.mail.date is not None and one.mail.date < old.first - _MARGIN
            }
        among = self.look.session.present(new.first_uid, opened.uidnext, self.look.limits.search)
        early |= {uid for uid in among if uid <= last}.difference(uids)  # dated before our first sight
        wanted = [one.size.uid for one in unknown if one.size.uid not in left]
        stored = self.look.take(new, wanted, sent=sent, move=False)
        settled = [Taken(uid, Outcome.KNOWN) for uid in known] + [Taken(uid, Outcome.BEFORE) for uid in early | left]
        detail = {"source": old.source, "folder": old.folder, "new": stored, "known": len(known), "left": len(left)}
        alarm = alarm_row(CHANGED, f"{old.source}/{old.folder}", detail, self.look.desk.clock.now())
        self.look.desk.step(new, settled, [(RAISE_ALARM, [alarm])])
        self.look.desk.write([], partial(cursors.forget_others, at=new))
        log.warning("source %s: %s holds %d known mails, %d others", old.source, old.folder, len(known), stored)
        return stored

    def _candidates(self, old: Cursor, opened: Opened) -> list[int]:
        """What arrived since we saw the folder first."""
        since = (old.first - _MARGIN).strftime("%d-%b-%Y")
        return self.look.session.present(1, opened.uidnext, self.look.limits.search, "SINCE", since)

    def _there(self, new: Cursor, uids: Sequence[int]) -> list[_Found]:
        session = self.look.session
        there = self.look.each(new, uids, partial(fetch.sizes, session), lambda uid: Size(uid, 0, None))
        headers = self.look.each(new, list(there), partial(fetch.headers, session), lambda uid: b"")
        self.look.desk.condition.progress()
        return [_Found(size, read(headers.get(uid, b""))) for uid, size in sorted(there.items())]

    def _known(self, old: Cursor, there: Sequence[_Found]) -> set[int]:
        """The UIDs of those that we have."""
        keys = [one.key for one in there if one.mail.message_id]
        stored = self.look.desk.read(partial(cursors.stored_like, source=old.source, mails=keys))
        counts = Counter(keys)
        return {one.size.uid for one in there if one.mail.message_id and counts[one.key] <= stored.get(one.key, 0)}


def _before(one: _Found, old: Cursor) -> bool:
    """The day of our first sight is searched as a whole; servers tell whole seconds."""
    return one.size.arrived is not None and one.size.arrived < old.first.replace(microsecond=0)


def _some(uids: Sequence[int], count: int) -> list[Sequence[int]]:
    return [uids[at : at + count] for at in range(0, len(uids), count)]
