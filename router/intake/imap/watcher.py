"""The thread of one source: one look after the other, over one connection, until it is stopped.

IDLE only wakes it up; what is new is found by a search, in every round. Nothing ends it but its stop: whatever goes wrong
ends the session, and the next one begins behind the last mail that is durable.
"""

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient

from router.imap.connection import Door, leave
from router.imap.errors import NoFolder, Trouble, text
from router.intake.imap.account import Watched, folders, whose
from router.intake.imap.answers import Meaning, meaning
from router.intake.imap.asking import Stopped
from router.intake.imap.doubts import Doubts
from router.intake.imap.folder import Look
from router.intake.imap.handing import Desk
from router.intake.imap.pauses import Pauses
from router.intake.imap.reading import read_folder
from router.intake.imap.session import Session
from router.intake.imap.source import Company, Manner, Source
from router.store.errors import RoleLost, StoreError
from router.store.waiting import ANSWERS_SEEN

log = logging.getLogger(__name__)

_BAD_IDLES = 3  # in a row, soon after the login: the server is asked again and again instead
_WITHOUT_IDLE = 3600.0  # seconds


@dataclass(slots=True)
class Watcher:
    """Watches one account."""

    source: Source
    company: Company
    desk: Desk
    spill: Path | None = None
    manner: Manner = field(default_factory=Manner)
    chance: Callable[[], float] = random.random
    _client: IMAPClient | None = field(default=None, init=False)
    _doubts: Doubts = field(default_factory=Doubts, init=False)
    _pauses: Pauses = field(init=False)
    _door: Door = field(init=False)
    _looked: dict[str, float] = field(default_factory=dict, init=False)  # when each further folder was read
    _answers_told: set[str] = field(default_factory=set, init=False)
    _listed: float = field(default=0.0, init=False)  # when the folders were last listed
    _gone: str = field(default="", init=False)  # a folder of sent mail that had another name or none the last time
    _bad_idles: int = field(default=0, init=False)
    _no_idle_until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._pauses = Pauses(self.manner.patience)
        self._door = Door(self.source.account)

    def run(self) -> None:
        """Watch until stopped. Raises `RoleLost` where another router watches by now, `StoreError` where the store is lost."""
        with suppress(Stopped):
            self.desk.load()
            while not self.desk.stopping.is_set():
                try:
                    self._session()
                except Trouble as error:
                    self._rest(error.words, of_login=error.of_login, of_mail=error.of_mail)
                except (Stopped, RoleLost, StoreError):
                    raise
                except Exception as error:
                    log.exception("source %s: a fault of ours", self.source.name)
                    self._rest(f"{type(error).__name__}: {text(error)}", of_login=False)

    def stop(self) -> None:
        """From another thread: end soon."""
        self.desk.stopping.set()
        self.kick()

    def kick(self) -> None:
        """From another thread: end the session, whatever it waits for."""
        client = self._client
        if client is not None:
            with suppress(OSError, AttributeError):
                client.socket().shutdown(2)

    def _rest(self, words: str, *, of_login: bool, of_mail: bool = False) -> None:
        """Say why, and wait before the next attempt."""
        if self.desk.stopping.is_set():
            return
        answer = meaning(words)
        pause = self._pauses.next(answer, self.chance(), of_mail=of_mail)
        throttled = answer.meaning is Meaning.THROTTLED
        self.desk.condition.fails(words, throttled=throttled, at_once=of_login)
        log.warning("source %s: %s; again in %.1f s", self.source.name, words, pause)
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0 and not self.desk.stopping.wait(min(left, 10.0)):
            self.desk.condition.progress()

    def _session(self) -> None:
        client = self._door.enter()
        self._client = client
        try:
            self._watch(Session(client))
        finally:
            self._client = None
            leave(client)

    def _watch(self, session: Session) -> None:
        """Rounds over one connection. Raises `Trouble`, `Stopped`."""
        main, others = self._folders(session)
        look = Look(session, self.source, self.company, self.desk, self._doubts, self.manner.limits, self.spill)
        patience = self.manner.patience
        self._looked.clear()
        rest = patience.idle_first
        while not self.desk.stopping.is_set():
            self.desk.condition.progress()
            now = time.monotonic()
            if not self.source.sent and now - self._listed >= patience.listed:
                main, others = self._again(session, main, others)
            asked = [one for one in others if now - self._looked.get(one.name, -patience.others) >= patience.others]
            new = sum([self._in(look, one) for one in (*asked, main)])
            self._looked.update((one.name, now) for one in asked)
            self.desk.condition.read()
            self.desk.caught_up()
            self._pauses.well(session.age)
            rest = patience.idle_first if new else min(2 * rest, patience.idle)
            self._wait(session, main, min(rest, patience.others) if others else rest)

    def _wait(self, session: Session, main: Watched, seconds: float) -> None:
        """Until the server tells of something, or it is time to look by oneself."""
        patience = self.manner.patience
        if main.name in self.desk.condition.folders or not session.idles or time.monotonic() < self._no_idle_until:
            self.desk.stopping.wait(min(patience.poll, max(seconds, 1.0)))
            return
        try:
            session.idle(seconds)
        except Trouble:
            self._bad_idles = self._bad_idles + 1 if session.age < patience.stable else 0
            if self._bad_idles >= _BAD_IDLES:
                self._no_idle_until, self._bad_idles = time.monotonic() + _WITHOUT_IDLE, 0
                log.warning("source %s: IDLE ends the connection again and again: it is not used", self.source.name)
            raise
        if session.age >= patience.stable:
            self._bad_idles = 0

    def _folders(self, session: Session) -> tuple[Watched, list[Watched]]:
        """The folder that tells of its news, and the others; our own words are read before what answers them."""
        every = folders(session, self.source)
        self._listed = time.monotonic()
        main = next((one for one in every if not one.sent), every[0])
        self.desk.condition.folders.clear()
        return main, [one for one in every if one != main]

    def _again(self, session: Session, main: Watched, others: list[Watched]) -> tuple[Watched, list[Watched]]:
        """A folder of sent mail may have been made or renamed meanwhile; one that is missed is not forgotten."""
        troubled = dict(self.desk.condition.folders)
        found = self._folders(session)
        names = {one.name for one in (found[0], *found[1])}
        if not any(one.sent for one in (found[0], *found[1])):
            found, names = (main, others), {one.name for one in (main, *others)}
        self.desk.condition.folders.update((name, words) for name, words in troubled.items() if name in names)
        return found

    def _in(self, look: Look, this: Watched) -> int:
        """One look into a folder; how many mails were new. A folder that cannot be had holds up no other one."""
        condition = self.desk.condition
        try:
            new, empty = read_folder(look, this.name, sent=this.sent)
        except NoFolder as error:
            if this.sent and not self.source.sent and self._gone != this.name:
                self._gone, self._listed = this.name, -self.manner.patience.listed  # it may be called otherwise by now
                return 0
            if condition.folders.get(this.name) != error.words:
                log.warning("source %s: %s", self.source.name, error.words)
            condition.folders[this.name] = error.words
            return 0
        condition.folders.pop(this.name, None)
        self._gone = "" if self._gone == this.name else self._gone
        if new and not this.sent:
            condition.mail()
        if this.sent and not empty:
            self._answers_seen(this)
        return new

    def _answers_seen(self, this: Watched) -> None:
        """A folder of sent mail was read to its end, and somebody sends by it.

        A shared mailbox of Exchange has such a folder, and by default nothing that is sent gets into it.
        """
        mailbox = whose(self.source, self.company)
        if mailbox is None or this.name in self._answers_told:
            return
        now = self.desk.clock.now()
        row = {"mailbox": mailbox, "source": self.source.name, "first": now, "last": now}
        self.desk.write([(ANSWERS_SEEN, [row])])
        self._answers_told.add(this.name)
