"""Keeps the tokens of one provider in memory, and renews them before they end.

Of those who want the same token at the same time one asks, and the others wait for it. A token is renewed while it is
still good, so that a provider which is away for some minutes holds up nobody. Whose token is wanted at all has one before
the first login, so that a wrong secret is found out at the start. Who fails rests (`pauses`).
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from router.oauth.pauses import LATER, Pauses
from router.oauth.provider import Provider, Wanted
from router.oauth.tokens import NoToken, Purpose, TokenRefused
from router.pauses import pause

log = logging.getLogger(__name__)

MARGIN = 300.0  # seconds before its end from which a token is handed out no more, if another is to be had
AHEAD = 300.0  # seconds before that in which it is renewed by the way
ONCE_IN = 300.0  # seconds in which a refusal by a mail server makes us fetch another token once
_LEAST = 5.0  # seconds that a token has to be good for


@dataclass(slots=True)
class _Slot:
    """One token."""

    wanted: Wanted  # by whom it was wanted first
    asking: threading.Lock = field(default_factory=threading.Lock)  # held while somebody asks for it
    token: str = ""
    renew: float = 0.0  # from when on another is fetched
    ends: float = 0.0
    given_back: float | None = None  # when a refusal last made us fetch another


class Keeper:
    """The tokens of one provider."""

    def __init__(self, name: str, provider: Provider, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = name  # of the [[oauth]]
        self.provider = provider
        self._monotonic = monotonic
        self._lock = threading.Lock()  # for what stands below; never held while a provider is asked
        self._slots: dict[Hashable, _Slot] = {}
        self._pauses = Pauses(monotonic)

    def tokens(self, purpose: Purpose, account: str) -> "AccountTokens":
        """Tokens for one account, which are renewed from now on."""
        wanted = Wanted(purpose, account)
        self._slot(wanted)
        return AccountTokens(self, wanted, self._monotonic)

    def token(self, wanted: Wanted) -> str:
        """One that is good for some minutes yet. Raises `NoToken`."""
        slot = self._slot(wanted)
        if token := self._good(slot):
            return token
        with slot.asking:
            if token := self._good(slot):  # somebody else has asked meanwhile
                return token
            try:
                return self._fetch(slot, wanted)
            except NoToken:
                with self._lock:
                    if slot.token and self._monotonic() < slot.ends - _LEAST:
                        return slot.token
                raise

    def refused(self, wanted: Wanted, token: str, said: str) -> TokenRefused:
        """A mail server did not take a token: the next is another one, but not each time.

        A mailbox that is closed to us refuses every token; the first time it may have been withdrawn, or lack a right
        that was given meanwhile.
        """
        code, values = self.provider.refused(wanted, token, said)
        slot, now = self._slot(wanted), self._monotonic()
        with self._lock:
            again = slot.token != token
            if not again and (slot.given_back is None or now - slot.given_back >= ONCE_IN):
                slot.given_back, slot.token, again = now, "", True
        return TokenRefused(code, again=again, oauth=self.name, **values)

    def renew(self) -> None:
        """Fetch what is missing, or will be due before long, whoever waits or not; blocks."""
        for slot in list(self._slots.values()):
            with slot.asking:
                if not self._due(slot):
                    continue
                try:
                    self._fetch(slot, slot.wanted)
                except NoToken as trouble:
                    log.warning("%s gives no token: %s", self.name, trouble)

    def trouble(self) -> NoToken | None:
        """Why no tokens are to be had at present, where that will not pass by itself soon."""
        return self._pauses.trouble()

    def _slot(self, wanted: Wanted) -> _Slot:
        with self._lock:
            return self._slots.setdefault(self.provider.key(wanted), _Slot(wanted))

    def _good(self, slot: _Slot) -> str:
        with self._lock:
            return slot.token if self._monotonic() < slot.renew else ""

    def _due(self, slot: _Slot) -> bool:
        if self._pauses.resting(self.provider.key(slot.wanted), self.provider.stamp()) is not None:
            return False
        with self._lock:
            span = min(AHEAD, slot.ends - slot.renew)
            return not slot.token or self._monotonic() >= slot.renew - span

    def _fetch(self, slot: _Slot, wanted: Wanted) -> str:
        key, stamp = self.provider.key(wanted), self.provider.stamp()
        if (before := self._pauses.resting(key, stamp)) is not None:
            raise NoToken(before.code, **before.values)
        try:
            granted = self.provider.fetch(wanted)
        except NoToken as trouble:
            trouble.values["oauth"] = self.name
            self._pauses.failed(key, stamp, trouble)
            raise
        self._pauses.worked(key)
        with self._lock:
            slot.token, slot.ends = granted.token, self._monotonic() + granted.seconds
            slot.renew = slot.ends - min(MARGIN, granted.seconds / 2)
        return granted.token


class AccountTokens:
    """Tokens for one account: what couriers and watchers hold.

    Where a mail server refuses the account whatever token it is shown, nobody knocks again before a pause has passed,
    which grows as that of a provider does.
    """

    def __init__(self, keeper: Keeper, wanted: Wanted, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._keeper = keeper
        self._wanted = wanted
        self._monotonic = monotonic
        self._refusal: TokenRefused | None = None
        self._until = 0.0
        self._times = 0

    def token(self) -> str:
        """One that is good for some minutes yet. May ask a server, and blocks.

        Raises `NoToken`, and `TokenRefused` in the pause after a refusal.
        """
        refusal = self._refusal
        if refusal is not None and self._monotonic() < self._until:
            raise TokenRefused(refusal.code, **refusal.values)
        return self._keeper.token(self._wanted)

    def refused(self, token: str, said: str) -> TokenRefused:
        """The mail server did not take this one, and says why: the likely cause. Asks nobody."""
        refusal, now = self._keeper.refused(self._wanted, token, said), self._monotonic()
        if not refusal.again:
            long_ago = now - self._until > LATER[1]  # it was taken in between
            self._times = 1 if long_ago else self._times + 1
            self._refusal = refusal
            self._until = now + pause(LATER, self._times)
        return refusal
