"""Counts the words of finished weeks by and by, so that a letter need not: beside everything else, and after it.

A week is read in one go, in a thread that rests twice as long as it works; mail that comes meanwhile goes before. What
was counted is kept only if nothing came into that week, or was erased, in the meantime.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from router.clock import Clock
from router.conversation import rising
from router.conversation.rising import Counted
from router.conversation.voice import Voice
from router.conversation.weeks import Week
from router.conversation.words import WordReader
from router.store import wordweeks
from router.store.database import Database
from router.store.rising import due
from router.store.texts import voices
from router.store.wordweeks import Scope
from router.store.writer import Unit

log = logging.getLogger(__name__)

WEEKS = 60  # that are kept: a year, and those before it that its first letters compare with
SETTLED = timedelta(hours=1)  # after the end of a week: by then the mail of its last minutes is routed
_WORK = 20  # letters between two rests
_REST = 2  # times as long as the work


class _Stopped(Exception):
    """The daemon ends."""


@dataclass(slots=True)
class WeekCounter:
    """In the daemon; `scopes` are those of the present configuration."""

    database: Database
    clock: Clock
    scopes: Callable[[], Sequence[Scope]]
    _stopped: threading.Event = field(default_factory=threading.Event)

    async def run(self) -> int:
        """Count every finished week that is not counted yet; returns how many."""
        done = 0
        scopes = self.scopes()
        while scopes:
            now = self.clock.now() - SETTLED
            next_ = await self.database.aread(partial(due, scopes=scopes, now=now, weeks=WEEKS))
            if next_ is None or not await self._count(*next_):
                break
            done += 1
        oldest = self.clock.now() - timedelta(weeks=WEEKS + 2)
        prune = partial(wordweeks.prune, scopes=scopes, before=oldest)
        await self.database.writer.submit(Unit("count", call=prune))
        return done

    def stop(self) -> None:
        """Let go of the week in hand."""
        self._stopped.set()

    async def _count(self, scope: Scope, week: Week) -> bool:
        """Count one week; False where the daemon stops, or something came between: the next hour tries again."""
        try:
            counted, stand = await self.database.aread(partial(self._read, scope=scope, week=week))
        except _Stopped:
            return False
        keep = partial(_keep, scope=scope, week=week, counted=counted, stand=stand)
        kept: bool = await self.database.writer.submit(Unit("count", call=keep))
        return kept

    def _read(self, connection: Connection, scope: Scope, week: Week) -> tuple[Counted, tuple[int, int]]:
        begin, end = week.begin(scope.zone), week.end(scope.zone)
        stand = wordweeks.stand_of(connection, begin, end)
        letters = self._resting(voices(connection, begin, end, scope.mailboxes))
        return rising.count(letters, WordReader(scope.product_words)), stand

    def _resting(self, letters: Iterable[Voice]) -> Iterator[Voice]:
        begun = time.monotonic()
        for number, letter in enumerate(letters, 1):
            yield letter
            if number % _WORK == 0:
                if self._stopped.wait(_REST * (time.monotonic() - begun)):
                    raise _Stopped
                begun = time.monotonic()


def _keep(connection: Connection, scope: Scope, week: Week, counted: Counted, stand: tuple[int, int]) -> bool:
    if wordweeks.stand_of(connection, week.begin(scope.zone), week.end(scope.zone)) != stand:
        return False
    wordweeks.keep(connection, scope, week, counted, stand[0])
    return True
