"""One look at one folder: what is new there goes to the store, in the order of its UIDs, and the cursor with it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from router.intake.imap.handing import Desk
from router.intake.imap.mails import Mails
from router.intake.imap.session import Opened
from router.intake.imap.taken import Taken
from router.store import cursors, messages
from router.store.cursors import Cursor, Outcome
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.watched import QUARANTINED

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Look(Mails):
    """Reads folders over one session."""

    desk: Desk
    _judged: dict[tuple[str, timedelta], str] = field(default_factory=dict)  # the newest event that was known then

    def new(self, at: Cursor, opened: Opened, *, sent: bool) -> int:
        """Take everything behind the cursor; how many mails that were. Raises `Trouble`, `Stopped`."""
        count = 0
        while uids := self.session.newer(at.last_uid, opened.uidnext, self.limits.search):
            self.take(at, uids, sent=sent)
            at = replace(at, last_uid=uids[-1])
            count += len(uids)
        return count

    def take(self, at: Cursor, uids: Sequence[int], *, sent: bool, move: bool = True) -> int:
        """Settle these mails, in ascending order; how many were stored. `move`: and the cursor with them."""
        stored = 0
        for start in range(0, len(uids), self.limits.sizes):
            some = uids[start : start + self.limits.sizes]
            for taken, last in self.steps(at, some, sent=sent):
                alarms = [self._alarm(at, one) for one in taken if one.outcome in _TROUBLED]
                also = [(RAISE_ALARM, alarms)] if alarms else []
                self.desk.step(replace(at, last_uid=last), taken, also, move=move)
                stored += sum(one.content is not None for one in taken)
                for one in taken:
                    self.doubts.well((at.folder, at.uidvalidity, one.uid))
        return stored

    def reconsider(self, at: Cursor, since: timedelta, *, sent: bool) -> int:
        """Take what was none of our business, and belongs to a conversation that is known by now; how many that were.

        A customer's mail may come by the mailbox after the founder's answer was looked at.
        """
        newest = self.desk.read(messages.newest) if self.source.kind.by_header else ""
        if newest == self._judged.get((at.folder, since), ""):
            return 0
        uids = self.desk.read(partial(cursors.passed, at=at, since=self.desk.clock.now() - since))
        wanted = self.belonging(at, uids, sent=sent)
        self._judged[at.folder, since] = newest
        return self.take(at, wanted, sent=sent, move=False)

    def _alarm(self, at: Cursor, one: Taken) -> dict[str, object]:
        place = (at.folder, at.uidvalidity, one.uid)
        detail = {
            "source": self.source.name,
            "folder": at.folder,
            "uid": one.uid,
            "error": self.doubts.error(place),
            "then": "copied" if one.content is not None else "left",
        }
        log.error("alarm %s: mail %d of %s in %s", QUARANTINED, one.uid, at.folder, self.source.name)
        about = f"{self.source.name}/{at.folder}/{at.uidvalidity}/{one.uid}"
        return alarm_row(QUARANTINED, about, detail, self.desk.clock.now())


_TROUBLED = (Outcome.SALVAGED, Outcome.QUARANTINED)
