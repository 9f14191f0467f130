"""How a watched source stands, as its thread tells and the loop reads it; and which alarms that raises.

The thread writes plain attributes, one at a time; the loop only looks. Nothing here waits.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from router.clock import Clock, rfc3339
from router.conversation.hours import ServiceHours, open_between
from router.imap.errors import passes
from router.store.watched import BROKEN, QUIET

STARTING, WATCHING, BROKEN_STATE, THROTTLED, STORE = "starting", "watching", "broken", "throttled", "waits-for-store"
ELSEWHERE = "elsewhere"  # another router watches it


@dataclass(slots=True)
class Condition:
    """One source."""

    clock: Clock
    state: str = STARTING
    since: datetime = field(init=False)  # of that state
    last_success: datetime | None = None  # every folder was read
    last_mail: datetime | None = None  # something new was in a folder that customers write to
    first_sight: datetime | None = None
    last_error: str | None = None
    failing: datetime | None = None  # since when it has not been read as a whole
    told_at_once: bool = False  # waiting does not mend it: a login that is refused, a folder that is missing
    folders: dict[str, str] = field(default_factory=dict)  # what is wrong with single folders, by name
    moved: float = field(default_factory=time.monotonic)  # the last progress of any kind

    def __post_init__(self) -> None:
        self.since = self.clock.now()

    def progress(self) -> None:
        """The thread lives, and gets on."""
        self.moved = time.monotonic()

    def read(self) -> None:
        """Every folder that can be opened was read to its end."""
        self.progress()
        self.last_success = self.clock.now()
        if self.folders:
            said = "; ".join(f"{name}: {words}" for name, words in self.folders.items())
            self._fails(said, at_once=not all(map(passes, self.folders.values())))
            self._is(BROKEN_STATE)
            return
        self.failing, self.told_at_once = None, False
        self._is(WATCHING)

    def fails(self, words: str, *, throttled: bool, at_once: bool) -> None:
        """The session ended, or could not be had."""
        self.progress()
        self._fails(words, at_once=at_once)
        self._is(THROTTLED if throttled else BROKEN_STATE)

    def waits_for_store(self, words: str) -> None:
        """Mail is there, and cannot be stored now; that has an alarm of its own."""
        self.last_error = words
        self._is(STORE)

    def mail(self) -> None:
        """Something new came from outside."""
        self.last_mail = self.clock.now()

    def _fails(self, words: str, *, at_once: bool) -> None:
        self.last_error = words
        self.failing = self.failing or self.clock.now()
        self.told_at_once |= at_once  # until it works: later attempts may fail of something else

    def _is(self, state: str) -> None:
        if state != self.state:
            self.state, self.since = state, self.clock.now()


@dataclass(frozen=True, slots=True)
class Watchfulness:
    """When somebody is told."""

    source: str
    broken_after: timedelta
    quiet_limit: timedelta | None  # None: nobody expects mail there
    hours: ServiceHours | None  # None: at all hours


def standing(this: Condition, told: Watchfulness, now: datetime) -> Mapping[str, dict[str, Any]]:
    """The alarms that should stand now: code and detail."""
    found: dict[str, dict[str, Any]] = {}
    if this.failing is not None and (this.told_at_once or now - this.failing >= told.broken_after):
        since = rfc3339(this.failing)
        found[BROKEN] = {"source": told.source, "error": this.last_error or "?", "since": since}
    last = this.last_mail or this.first_sight
    if told.quiet_limit is not None and last is not None and this.failing is None:
        quiet = open_between(told.hours, last, now) if told.hours is not None else now - last
        if quiet >= told.quiet_limit:
            found[QUIET] = {"source": told.source, "since": rfc3339(last)}
    return found
