"""The past of a watched account: what was in its folders before the watcher's first sight.

It is read as the watcher reads, over a session of its own that is begun anew where it breaks. Whatever has a smaller UID
than the first that is the watcher's belongs to us, and nothing else: so that no mail is lost between the two, nor
comes twice. A folder that was never seen is seen first by us, and the watcher begins there.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from router.clock import Clock
from router.imap.connection import Door, leave
from router.imap.errors import Trouble
from router.intake.files import Unread
from router.intake.imap import account
from router.intake.imap.account import Watched
from router.intake.imap.answers import meaning
from router.intake.imap.asking import Asking, Stopped
from router.intake.imap.doubts import Doubts
from router.intake.imap.mails import Mails
from router.intake.imap.pauses import Pauses
from router.intake.imap.reading import sight
from router.intake.imap.session import Opened, Session
from router.intake.imap.source import Company, Limits, Patience, Source
from router.intake.imap.taken import Taken
from router.intake.past import Known, Mail
from router.store import cursors
from router.store.cursors import Cursor, Outcome
from router.store.ids import new_id
from router.store.spool import Sighting

T = TypeVar("T")

PATIENCE = Patience(first_pause=0.5, longest_pause=30.0)
ATTEMPTS = 20  # in a row without a mail: one that the server cannot give is set aside after fewer
_HELD = (Outcome.STORED, Outcome.SALVAGED, Outcome.KNOWN)
_MARGIN = timedelta(days=1)  # servers search by days of a zone of their own


@dataclass(slots=True)
class History:
    """Reads one account; for one thread at a time."""

    source: Source
    company: Company
    desk: Asking
    clock: Clock
    since: date | None  # None: from the beginning
    tell: Callable[[str], None]  # what went wrong and is tried again
    spill: Path | None = None
    limits: Limits = field(default_factory=Limits)
    chance: Callable[[], float] = random.random
    _doubts: Doubts = field(default_factory=Doubts, init=False)
    _session: Session | None = field(default=None, init=False)
    _door: Door = field(init=False)
    _pauses: Pauses = field(init=False)
    _settled: set[tuple[str, int, int]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self._door, self._pauses = Door(self.source.account), Pauses(self.desk.patience)

    def folders(self) -> list[Watched]:
        """Those to be read, in their order. Raises `Trouble`."""
        return self._insist(partial(account.folders, source=self.source))

    def sight(self, name: str) -> Cursor:
        """A folder as the first to see it would note it. Raises `Trouble`, `NoFolder`."""
        now = self.clock.now()
        return self._insist(lambda session: sight(session, self.source.name, session.examine(name), now))

    def mails(self, at: Cursor, *, sent: bool) -> Iterator[Mail | Known | Unread]:
        """What a folder had before `at`; nothing twice, however often it is asked. Raises `Trouble`, `NoFolder`."""
        while True:
            try:
                yield from self._mails(self._live(), at, sent=sent)
                return
            except Trouble as error:
                self._rest(error)

    def stop(self) -> None:
        """From another thread: end soon."""
        self.desk.stopping.set()
        session = self._session
        if session is not None:
            with suppress(OSError, AttributeError):
                session.client.socket().shutdown(2)

    def close(self) -> None:
        """Leave the server."""
        if self._session is not None:
            leave(self._session.client)
            self._session = None

    def _live(self) -> Session:
        if self._session is None:
            self._session = Session(self._door.enter())
        return self._session

    def _insist(self, work: Callable[[Session], T]) -> T:
        while True:
            try:
                return work(self._live())
            except Trouble as error:
                self._rest(error)

    def _rest(self, error: Trouble) -> None:
        """Wait before the next attempt; not when it is in vain."""
        self.close()
        if self.desk.stopping.is_set():
            raise Stopped from error
        if error.of_login or self._pauses.failures >= ATTEMPTS:
            raise error
        pause = self._pauses.next(meaning(error.words), self.chance())
        self.tell(f"{error.words}; again in {pause:.0f} s")
        if self.desk.stopping.wait(pause):
            raise Stopped from error

    def _mails(self, session: Session, at: Cursor, *, sent: bool) -> Iterator[Mail | Known | Unread]:
        opened = session.examine(at.folder)
        here = replace(at, uidvalidity=opened.uidvalidity)
        record = self.desk.read(partial(cursors.outcomes, at=here))
        there = [uid for uid in self._there(session, at, opened, record) if self._place(here, uid) not in self._settled]
        held = [uid for uid in there if record.get(uid) in _HELD]
        self._settled.update(self._place(here, uid) for uid in held)
        if held:
            yield Known(len(held))
        wanted = [uid for uid in there if record.get(uid) not in _HELD]
        mails = Mails(session, self.source, self.company, self.desk, self._doubts, self.limits, self.spill)
        for start in range(0, len(wanted), self.limits.sizes):
            for taken, _ in mails.steps(here, wanted[start : start + self.limits.sizes], sent=sent):
                for one in taken:
                    if one.outcome is not Outcome.PASSED:  # what that belongs to may come in later
                        self._settled.add(self._place(here, one.uid))
                    if (item := self._item(here, one)) is not None:
                        self._pauses.failures = 0
                        yield item
                    self._doubts.well(self._place(here, one.uid))

    def _place(self, at: Cursor, uid: int) -> tuple[str, int, int]:
        return at.folder, at.uidvalidity, uid

    def _there(self, session: Session, at: Cursor, opened: Opened, record: dict[int, Outcome]) -> list[int]:
        """The UIDs of the past, ascending."""
        when = ["SINCE", _day(self.since)] if self.since is not None else []
        if at.uidvalidity == opened.uidvalidity and not session.set_back(opened, at.last_uid):
            there = session.present(1, opened.uidnext, self.limits.search, *when)
            # Where UIDs were given anew, the watcher has noted which of them are older than its first sight.
            return [uid for uid in there if uid < at.first_uid or record.get(uid) is Outcome.BEFORE]
        # They were given anew, and nobody has found out yet which is which: so much is surely older.
        when += ["BEFORE", _day(at.first.date() - _MARGIN)]
        return session.present(1, opened.uidnext, self.limits.search, *when)

    def _item(self, at: Cursor, one: Taken) -> Mail | Unread | None:
        now = self.clock.now()
        if one.outcome is Outcome.QUARANTINED:
            why = self._doubts.error(self._place(at, one.uid)) or "the server does not give it"
            return Unread(f"{at.source}: mail {one.uid} of {at.folder}", why)
        if one.content is None:
            return None
        when = one.received or now
        seen = Sighting(new_id(), one.content, at.source, None, None, one.sender, one.recipients, when, history=True)
        return Mail(seen, cursors.fetched_row(at, one.uid, one.outcome, seen.id, now))


def _day(day: date) -> str:
    return day.strftime("%d-%b-%Y")
