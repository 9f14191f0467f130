"""The IMAP courier: copies are appended to a folder of an account, one connection for all of them.

A copy arrives once: one that may have arrived is looked for first, and where a second attempt brings it although the
first had come through after all, the later of the two is removed.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from router.delivery.courier import Copy, Delivered, Outcome, Transient
from router.delivery.forms import Wrapper
from router.delivery.imap.append import size_limit
from router.delivery.imap.filing import Filing, Session, arrived
from router.imap.connection import Account, Door, leave
from router.imap.errors import NoFolder, Trouble
from router.imap.folders import Folders

KEPT = 300.0  # seconds for which an idle connection is trusted; something between may have forgotten it later


class ImapCourier:
    """Delivers into one account."""

    def __init__(
        self,
        account: Account,
        folder: str,
        wrapper: Wrapper,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door = Door(account, monotonic)
        self._folder = folder
        self._wrapper = wrapper
        self._now = now
        self._monotonic = monotonic
        self._session: Session | None = None
        self._used = 0.0

    def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy; a connection that ends is opened again as long as that helps."""
        ends: dict[str, Outcome] = {}
        while left := [copy for copy in copies if copy.id not in ends]:
            kept, before = self._session is not None, len(ends)
            try:
                self._deliver(left, ends)
            except Trouble as trouble:
                self._drop()
                if not kept and len(ends) == before:
                    ends.update((copy.id, Transient(trouble.words, trouble.of_login)) for copy in left)
            except BaseException:
                self._drop()  # it stands in the middle of a command
                raise
        return [ends[copy.id] for copy in copies]

    def find(self, copy: Copy) -> Delivered | None:
        """Look for the copy in its folder. Raises `ImapError`."""
        session = self._enter()
        try:
            folder = session.folders.state(session.folders.name(copy.folder or self._folder))
            return arrived(session, folder, [copy], self._now()).get(copy.id)
        except NoFolder:
            return None
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        """End the connection."""
        self._drop()

    def _deliver(self, copies: Sequence[Copy], ends: dict[str, Outcome]) -> None:
        """Settle copies as far as this connection goes. Raises `Trouble` where it ends."""
        session = self._enter()
        for path in dict.fromkeys(copy.folder or self._folder for copy in copies):
            there = [copy for copy in copies if (copy.folder or self._folder) == path]
            try:
                folder = session.folders.open(session.folders.name(path))
                Filing(session, folder, self._wrapper, self._now(), ends).file(there)
            except NoFolder as error:
                ends.update((copy.id, Transient(error.words)) for copy in there if copy.id not in ends)
            self._used = self._monotonic()

    def _enter(self) -> Session:
        if self._session is not None and self._monotonic() - self._used > KEPT:
            self._drop()
        if self._session is None:
            client = self._door.enter()
            several = bool(client.has_capability("MULTIAPPEND"))
            self._session = Session(client, Folders(client), size_limit(client), several)
            self._used = self._monotonic()
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            leave(self._session.client)
            self._session = None
