"""How long a client may be silent, how slow it may send, how long a mail may take (RFC 5321 section 4.5.3.2).

One timer for the whole session would cut slow, legal senders in the midst of a mail. It must never look at a clock:
`now` comes from whoever asks, in seconds of any steady count.
"""

from dataclasses import dataclass, field
from enum import Enum

WINDOW = 180.0  # seconds: RFC 5321 section 4.5.3.2.5 gives each block of a mail 3 minutes
LEAST = 512  # octets in each window: a line every few seconds is enough, an octet every ten is none


class Verdict(Enum):
    """Why a session is ended."""

    IDLE = "idle"  # no command within the limit
    SLOW = "slow"  # a mail that drips
    LONG = "long"  # a mail that takes more than its whole time


class _Phase(Enum):
    COMMANDS = 1
    MAIL = 2
    OURS = 3  # the client waits for us: nothing that it does could be too slow


@dataclass(slots=True)
class Watch:
    """What one session has to keep to."""

    idle_seconds: float  # between two commands
    mail_seconds: float  # from the 354 to the final dot
    _phase: _Phase = field(init=False, default=_Phase.COMMANDS)
    _since: float = field(init=False, default=0.0)  # the last command, or the begin of the mail
    _window: float = field(init=False, default=0.0)  # the begin of the present window
    _octets: int = field(init=False, default=0)  # in the present window

    def heard(self, now: float) -> None:
        """A command came, or its reply was handed over: the client has its time again."""
        self._phase, self._since = _Phase.COMMANDS, now

    def mail_begins(self, now: float) -> None:
        """The client was asked for the mail."""
        self._phase, self._since, self._window, self._octets = _Phase.MAIL, now, now, 0

    def received(self, octets: int) -> None:
        """Another piece of the mail came."""
        self._octets += octets

    def our_turn(self) -> None:
        """The client is done, and waits for what we make of it."""
        self._phase = _Phase.OURS

    def verdict(self, now: float) -> Verdict | None:
        """Whether the session has to end; to be asked every few seconds."""
        if self._phase is _Phase.COMMANDS:
            return Verdict.IDLE if now - self._since >= self.idle_seconds else None
        if self._phase is _Phase.OURS:
            return None
        if now - self._since >= self.mail_seconds:
            return Verdict.LONG
        if now - self._window >= WINDOW:
            if self._octets < LEAST:
                return Verdict.SLOW
            self._window, self._octets = now, 0
        return None
