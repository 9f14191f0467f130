"""How the invented customers' mail is sent: by the standard library's SMTP client, on the loopback.

`post` sends one letter and says when its last byte was handed over. `MailServer` is a sender as RFC 5321 section 4.5.4.1 wants
it: it keeps a mail until it was answered 250, and comes again after a lost connection or a 4xx. Neither looks into a folder.
"""

import smtplib
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from router.cli.demonstration.invented import Letter

HOST = "127.0.0.1"
_PATIENCE = 10.0  # seconds for one reply
_PAUSE = 0.05  # before the next attempt


class _Link(smtplib.SMTP):
    """A connection that remembers when it last handed bytes over."""

    handed_over = 0.0

    def __init__(self, port: int) -> None:
        # Named, since the library would ask the resolver for this machine's name, and may wait long for it.
        super().__init__(HOST, port, local_hostname="mx.customer.example", timeout=_PATIENCE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """After a fault nothing is said any more: an answer that is still to come would be taken for that to QUIT."""
        if kind is None:
            super().__exit__(kind, error, trace)
        else:
            self.close()

    def send(self, s: bytes | str) -> None:  # type: ignore[override] # typeshed has a wider buffer
        super().send(s)
        self.handed_over = time.monotonic()

    def put(self, letter: Letter) -> float:
        """Send one letter; the instant at which its last byte had been handed over."""
        self.sendmail(letter.sender, [letter.recipient], letter.raw, mail_options=["BODY=8BITMIME"])
        return self.handed_over


def post(port: int, letter: Letter) -> float:
    """Send one letter over a connection of its own, as `_Link.put` does."""
    with _Link(port) as link:
        return link.put(letter)


class MailServer:
    """Sends letters over several connections at once, until each was answered 250 or it is told to stop."""

    def __init__(self, port: int, letters: Sequence[Letter], connections: int = 4) -> None:
        self.answered: list[Letter] = []  # 250
        self._port = port
        self._queue = deque(letters)
        self._total = len(letters)
        self._stop = threading.Event()
        self._links: set[_Link] = set()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(connections)]

    def __enter__(self) -> "MailServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    @property
    def connected(self) -> bool:
        """Whether any connection is open; a server that was killed may have answers under way until none is."""
        return bool(self._links)

    @property
    def done(self) -> bool:
        """Whether every letter was answered 250."""
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while self._queue and not self._stop.is_set():
            with suppress(
                OSError, IndexError
            ):  # lost, refused or answered otherwise; or another thread took the last one
                self._session()
            self._stop.wait(_PAUSE)

    def _session(self) -> None:
        with _Link(self._port) as link:
            self._links.add(link)
            try:
                while not self._stop.is_set():
                    self._send(link, self._queue.popleft())
            finally:
                self._links.discard(link)

    def _send(self, link: _Link, letter: Letter) -> None:
        try:
            link.put(letter)
        except BaseException:
            self._queue.append(letter)  # kept, for the next session of any thread
            raise
        self.answered.append(letter)
