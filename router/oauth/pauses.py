"""Who has failed rests: how long before it is tried again, for a provider and for an account at a mail server.

A pause grows with each failure of the same cause. An account is locked by those who keep knocking, and a provider that
is overrun asks for time. Where the file of the secret has changed it is tried at once.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from router.oauth.causes import OF_ONE_ACCOUNT, PASSING
from router.oauth.tokens import NoToken
from router.pauses import Span, pause

SOON: Span = (5.0, 300.0)  # what passes by itself
LATER: Span = (30.0, 900.0)  # where a person has to mend something
_SPOKEN_OF = 3  # failures of a passing cause from which on it is spoken of


@dataclass(frozen=True, slots=True)
class _Rest:
    """Nothing is asked before."""

    trouble: NoToken
    until: float
    times: int
    stamp: Hashable


class Pauses:
    """Those of one provider; safe to be used by several threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._rests: dict[Hashable, _Rest] = {}  # by the key of a token; None: whatever is wanted

    def resting(self, key: Hashable, stamp: Hashable) -> NoToken | None:
        """The last failure, while the pause after it lasts and the secret is the same."""
        with self._lock:
            rests = [rest for one in (None, key) if (rest := self._rests.get(one))]
        now = self._monotonic()
        return next((one.trouble for one in rests if now < one.until and one.stamp == stamp), None)

    def failed(self, key: Hashable, stamp: Hashable, trouble: NoToken) -> None:
        """Rest: all of the provider, or one account alone."""
        place = key if trouble.code in OF_ONE_ACCOUNT else None
        with self._lock:
            before = self._rests.get(place)
            times = before.times + 1 if before and before.trouble.code == trouble.code else 1
            seconds = pause(SOON if trouble.code in PASSING else LATER, times)
            seconds = max(seconds, float(trouble.values.get("wait") or 0.0))
            self._rests[place] = _Rest(trouble, self._monotonic() + seconds, times, stamp)

    def worked(self, key: Hashable) -> None:
        """It is well again."""
        with self._lock:
            for one in (None, key):
                self._rests.pop(one, None)

    def trouble(self) -> NoToken | None:
        """What will not pass by itself soon."""
        with self._lock:
            rests = list(self._rests.values())
        spoken_of = (one for one in rests if one.trouble.code not in PASSING or one.times >= _SPOKEN_OF)
        return next((one.trouble for one in spoken_of), None)
