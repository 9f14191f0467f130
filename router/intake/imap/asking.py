"""What the reader of an account asks the store; it waits for one that is busy, until it is stopped."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from router.intake.imap.condition import Condition
from router.intake.imap.source import Patience, Source
from router.store.database import Database
from router.store.errors import StoreBusy, StoreFull

log = logging.getLogger(__name__)
T = TypeVar("T")


class Stopped(Exception):
    """The daemon or the command ends, or the source is somebody else's by now."""


@dataclass(slots=True)
class Asking:
    """For the thread of one source."""

    source: Source
    database: Database
    condition: Condition
    patience: Patience
    stopping: threading.Event = field(default_factory=threading.Event, kw_only=True)

    def read(self, query: Callable[[Any], T]) -> T:
        """Ask the database; as often as it takes."""
        while True:
            self._go_on()
            try:
                return self.database.read(query)
            except (StoreBusy, StoreFull) as error:
                self._rest(error)

    def _go_on(self) -> None:
        self.condition.progress()
        if self.stopping.is_set():
            raise Stopped

    def _rest(self, error: Exception) -> None:
        log.warning("source %s: the store takes no mail now: %s", self.source.name, error)
        self.condition.waits_for_store(str(error))
        self.stopping.wait(self.patience.copes)
