"""What a folder has, compared with what we have of it: what is missing is fetched, and told.

A mail can be missing although every look was right: a server left it out of an answer, or refused it that day. So every
night all UIDs since our first sight are asked for once more, and each must have a row.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from router.intake.imap.folder import Look
from router.intake.imap.session import Opened
from router.store import cursors
from router.store.cursors import Comparison, Cursor, Outcome
from router.store.keeping import RAISE_ALARM, alarm_row
from router.store.watched import MISSED

log = logging.getLogger(__name__)

_AT = time(2)  # in the zone of the router: hardly anybody needs the server then
_HELD = (Outcome.STORED, Outcome.SALVAGED, Outcome.KNOWN)
_NOT_OURS = (Outcome.PASSED, Outcome.OUR_COPY, Outcome.BEFORE)
_BACK = timedelta(days=14)  # in which a conversation may become known


def due(compared: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a night has come since."""
    if compared is None:
        return True
    local = now.astimezone(zone)
    last = datetime.combine(local.date(), _AT, zone)
    if last > local:
        last -= timedelta(days=1)
    return compared < last


@dataclass(slots=True)
class Comparing:
    """Compares folders over one session."""

    look: Look

    def compare(self, at: Cursor, opened: Opened, *, sent: bool) -> int:
        """Account for every mail of an opened folder; how many had been missed. Raises `Trouble`, `Stopped`."""
        desk, limits = self.look.desk, self.look.limits
        self.look.reconsider(at, _BACK, sent=sent)
        there = [
            uid for uid in self.look.session.present(at.first_uid, opened.uidnext, limits.search) if uid <= at.last_uid
        ]
        record = desk.read(partial(cursors.outcomes, at=at))
        missed = [uid for uid in there if uid not in record]
        again = [uid for uid in there if record.get(uid) in (Outcome.QUARANTINED, Outcome.VANISHED)]
        if missed or again:
            self.look.take(at, sorted([*missed, *again]), sent=sent, move=False)
            record = desk.read(partial(cursors.outcomes, at=at))
        ours = [uid for uid in there if record.get(uid) not in _NOT_OURS]
        found = Comparison(desk.clock.now(), len(ours), sum(record.get(uid) in _HELD for uid in ours))
        writes = [(cursors.SET_COMPARED, [cursors.compared_row(at, found)])]
        if missed:
            detail = {"source": at.source, "folder": at.folder, "count": len(missed)}
            writes.append((RAISE_ALARM, [alarm_row(MISSED, f"{at.source}/{at.folder}", detail, found.at)]))
            log.error("alarm %s: %d mails of %s in %s had been missed", MISSED, len(missed), at.folder, at.source)
        gone = {uid for uid in record if uid >= at.first_uid} - set(there)  # what is older came by an import
        desk.write(writes, partial(cursors.forget_uids, at=at, uids=gone))
        log.info("source %s: %d of %d mails of %s accounted for", at.source, found.stored, found.server, at.folder)
        return len(missed)
