"""How the inboxes of one place are: since when one takes nothing, how long it is let rest, which alarms stand. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.clock import rfc3339
from router.delivery.courier import Delivered, Outcome, Permanent, Transient, Unknown
from router.delivery.words import plain
from router.store.keeping import CLEAR_ALARM, RAISE_ALARM, alarm_row, clear_row
from router.store.rows import Row
from router.store.writer import Statement

LONG = timedelta(minutes=15)  # an inbox that takes nothing for so long is spoken of
REFUSES, UNREACHABLE = "inbox-refuses", "inbox-unreachable"


@dataclass(slots=True)
class Condition:
    """One inbox, as its last attempts showed it."""

    inbox: str
    failing: datetime | None = None  # since when nothing arrived there
    rests: int = 0  # how often it was let rest since
    raised: set[str] = field(default_factory=set)  # alarms, since then
    shut_out: bool = False  # the alarm stands since our login was refused
    clean: bool = False  # no alarm stands; at the start an earlier process may have left one

    def rest(self, shortest: float, longest: float) -> float:
        """Seconds before the next attempt; each time twice as many."""
        self.rests += 1
        return min(shortest * (1 << min(self.rests - 1, 30)), longest)

    def well(self) -> list[str]:
        """Something arrived; returns the alarms that end with that."""
        ended = [] if self.clean else [REFUSES, UNREACHABLE]
        self.failing, self.rests, self.raised, self.shut_out, self.clean = None, 0, set(), False, True
        return ended

    def let_in(self, outcomes: Sequence[Outcome]) -> list[str]:
        """A refusal is an answer to somebody who is logged in; returns the alarm that ends with it."""
        if not self.shut_out or not any(isinstance(end, Permanent) for end in outcomes):
            return []
        self.shut_out = False
        self.raised.discard(UNREACHABLE)
        return [UNREACHABLE]

    def ill(self, outcomes: Sequence[Outcome], now: datetime) -> list[tuple[str, str]]:
        """Nothing of a batch arrived; returns the alarms to be raised for it, each with the last error."""
        self.failing = since = self.failing or now
        raised: dict[str, str] = {}
        for end in outcomes:
            if isinstance(end, Permanent):
                raised |= {} if end.of_mail or end.of_size else {REFUSES: end.error}
            elif isinstance(end, Transient | Unknown) and (now - since >= LONG or _of_login(end)):
                raised[UNREACHABLE] = end.error
                self.shut_out |= _of_login(end)
        new = [(code, error) for code, error in raised.items() if code not in self.raised]
        self.raised.update(raised)
        self.clean = self.clean and not raised
        return new


def _of_login(end: Transient | Unknown) -> bool:
    return isinstance(end, Transient) and end.of_login


class Conditions:
    """All inboxes of a place."""

    def __init__(self) -> None:
        self._of: dict[str, Condition] = {}

    def of(self, inbox: str) -> Condition:
        """The one of an inbox."""
        return self._of.setdefault(inbox, Condition(inbox))

    def alarms(self, outcomes: Mapping[str, Sequence[Outcome]], now: datetime) -> list[tuple[Statement, list[Row]]]:
        """What the outcomes of one batch, by inbox, raise and clear."""
        raised: list[Row] = []
        cleared: list[Row] = []
        for inbox, ends in outcomes.items():
            condition = self.of(inbox)
            if any(isinstance(end, Delivered) for end in ends):
                cleared += [clear_row(code, inbox, now) for code in condition.well()]
                continue
            cleared += [clear_row(code, inbox, now) for code in condition.let_in(ends)]
            for code, error in condition.ill(ends, now):
                detail = {"inbox": inbox, "error": plain(error), "since": rfc3339(condition.failing)}
                raised.append(alarm_row(code, inbox, detail, now))
        return [(RAISE_ALARM, raised), (CLEAR_ALARM, cleared)]
