"""From a row to a line: what strangers wrote is made fit to stand among words of ours."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from router.conversation.agenda import Entry, Waiter
from router.conversation.goallines import Limit
from router.digest.plan import ClockOf, Plan
from router.digest.view import ClearedLine, Line, Ours
from router.mail.address import person
from router.mail.words import shown
from router.store.listed import Gone

log = logging.getLogger(__name__)

_NAME, _SUBJECT, _WORDS, _PHRASE = 60, 90, 160, 160  # characters
_FINDABLE = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[\w.-]{1,80}")
_NONE, _WEEK = timedelta(0), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Liner:
    """Makes the lines of one edition."""

    plan: Plan
    now: datetime
    clock_of: ClockOf
    limits: Mapping[str, Limit]
    longest: timedelta  # wait in this edition
    names: Mapping[str, str] = field(default_factory=dict)  # of customers, by conversation, where a row has none
    returned: Mapping[str, datetime] = field(default_factory=dict)  # when a mail of ours last bounced, by conversation

    def line(self, entry: Entry) -> Line:
        """A line; of a row that cannot be shown the number alone, so that the others go out."""
        try:
            return self._line(entry)
        except Exception:
            log.exception("conversation %s cannot be shown in a digest", entry.item.thread)
            return self._bare(entry)

    def _line(self, entry: Entry) -> Line:
        item, row = entry.item, entry.row
        mailbox = next((name for name in row.mailboxes if name in self.plan.mailboxes), None)
        since = row.listed_since
        limit = self.limits.get(item.thread)
        return Line(
            number=item.number,
            name=called(row.customer_name or self.names.get(item.thread), row.customer),
            address=findable(row.customer),
            mailbox=mailbox if len(self.plan.mailboxes) > 1 else None,
            vip=row.vip,
            subject=shown(row.subject, _SUBJECT),
            words=shown(row.snippet or "", _WORDS) if row.since is not None else "",
            since=since,
            wrote=row.wrote,
            seconds=_seconds(self.now - since),
            service_seconds=_seconds(self.clock_of(mailbox).since(since)),
            limit=limit,
            missed=limit is not None and limit.due <= self.now,
            bar=self._bar(self.now - since),
            letters=row.letters,
            again=row.again,
            nights=item.nights,
            ours=_ours(row),
            returned=self._returned(row),
            promise=shown(row.promise, _PHRASE) if row.promise else None,
            promised_by=person(row.promised_by) if row.promised_by else None,
            promise_due=last_minute(row.promise_due, self.plan),
            taken_by=person(row.taken_by) if row.taken_by else None,
        )

    def _returned(self, row: Waiter) -> datetime | None:
        """A bounce of this wait: without it, whoever has answered would read that nobody has."""
        bounced = self.returned.get(row.thread)
        return bounced if bounced is not None and row.since is not None and bounced > row.since else None

    def _bare(self, entry: Entry) -> Line:
        item, row = entry.item, entry.row
        waited = _seconds(self.now - item.since)
        return Line(item.number, item.since, row.wrote, waited, waited, item.nights, vip=row.vip)

    def _bar(self, waited: timedelta) -> int:
        """Beside the longest wait, but at most beside a week: one of fourteen months would make all others look alike."""
        whole = min(self.longest, _WEEK)
        return max(2, min(100, int(100 * waited / whole))) if whole > _NONE else 2


def last_minute(due: datetime | None, plan: Plan) -> datetime | None:
    """What is promised for a day is due at the midnight that ends it, and belongs to that day for whoever reads it.

    That midnight is one of the zone in which promises are read; the reader may live by the clock of another.
    """
    if due is None or (local := due.astimezone(plan.promising or plan.zone)).time() != time():
        return due
    day = (local - timedelta(minutes=1)).date()
    return datetime.combine(day, time(23, 59), plan.zone).astimezone(UTC)


def cleared_line(gone: Gone) -> ClearedLine:
    """A line of what was cleared."""
    one = gone.cleared
    return ClearedLine(
        number=one.item.number,
        name=called(gone.customer_name, gone.customer),
        subject=shown(gone.subject, _SUBJECT),
        why=one.why.value,
        at=one.at,
        by=person(one.by) if one.by else None,
        founder=one.founder is not None,
        until=one.until,
        said=shown(one.said, _SUBJECT) if one.said else None,
    )


def called(name: str | None, address: str | None) -> str | None:
    """How a customer is called: by name, else by the address."""
    return shown(name or "", _NAME) or shown(address or "", _NAME) or None


def findable(address: str | None) -> str | None:
    """An address that can be searched for."""
    return address if address and _FINDABLE.fullmatch(address) else None


def _ours(row: Waiter) -> Ours | None:
    if row.answered is None:
        return None
    by = person(row.answered_by) if row.answered_by else None
    return Ours(row.answered, by, row.founder is not None, row.phoned)


def _seconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds()))
