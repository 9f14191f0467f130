"""One connection to a watched account: folders opened for reading, bounded searches, idling.

It ends by `Trouble` whatever goes wrong, a library that cannot read an answer included: a session that stands in the
middle of something is never used again (RFC 3501 has no way back).
"""

import imaplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from imapclient import IMAPClient

from router.imap.errors import GONE, NoFolder, Trouble, text
from router.imap.folders import Folders, trouble
from router.imap.listing import listed
from router.intake.imap.answers import Meaning, meaning
from router.intake.imap.names import sent_folders

_LAST_UID = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as EXAMINE showed it."""

    name: str
    uidvalidity: int
    uidnext: int  # 0: the server does not tell
    exists: int


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Answers that the library cannot read are the end of a session, too."""
    try:
        yield
    except (Trouble, NoFolder, *GONE, imaplib.IMAP4.error):
        raise
    except Exception as error:
        raise Trouble(f"{what}: the answer cannot be read: {type(error).__name__} {text(error)}") from error


@dataclass(slots=True)
class Session:
    """A logged-in client; for one thread."""

    client: IMAPClient
    folders: Folders = field(init=False)
    since: float = field(default_factory=time.monotonic)  # the login

    def __post_init__(self) -> None:
        self.folders = Folders(self.client)

    @property
    def age(self) -> float:
        """Seconds since the login."""
        return time.monotonic() - self.since

    @property
    def idles(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return bool(self.client.has_capability("IDLE"))

    def sent(self) -> tuple[str, ...]:
        """The server's names of the folders of sent mail."""
        with understood("list"), trouble("the folders cannot be listed"):
            return sent_folders(listed(self.client))

    def examine(self, name: str) -> Opened:
        """Open a folder for reading, anew: only that shows new UIDs of the whole. Raises `Trouble`, `NoFolder`."""
        with self._of_folder("examine", f"the folder {name} cannot be opened"):
            state = self.client.select_folder(name, readonly=True)
            uidvalidity, uidnext = int(state.get(b"UIDVALIDITY", 0)), int(state.get(b"UIDNEXT", 0))
            return Opened(name, uidvalidity, uidnext, int(state[b"EXISTS"]))

    def newer(self, last: int, uidnext: int, most: int) -> list[int]:
        """UIDs above `last`, ascending: those that a bounded search finds first, none where there are none.

        A search to "*" always names the last mail (RFC 3501 section 6.4.8): what is not above `last` is left out.
        """
        width = most
        while last < _LAST_UID:
            bounded = uidnext - last > width
            found = self.search(f"{last + 1}:{last + width if bounded else '*'}")
            if uids := sorted(uid for uid in set(found) if uid > last):
                return uids
            if not bounded:
                break
            last, width = last + width, 2 * width  # a wide gap is crossed in few steps
        return []

    def present(self, first: int, uidnext: int, most: int, *more: str) -> list[int]:
        """All UIDs from `first` on, ascending, by bounded searches; with `more` only those that fit it."""
        found: set[int] = set()
        while uidnext - first > most:
            found.update(self.search(f"{first}:{first + most - 1}", *more))
            first += most
        found.update(uid for uid in self.search(f"{first}:*", *more) if uid >= first)
        return sorted(found)

    def set_back(self, opened: Opened, last: int) -> bool:
        """Whether UIDs up to `last` are given out a second time: a folder was restored from a backup.

        Some servers do not know their UIDNEXT; then there are mails at or above it.
        """
        if not 0 < opened.uidnext <= last:
            return False
        return all(uid < opened.uidnext for uid in self.search(f"{opened.uidnext}:*"))

    def search(self, uids: str, *more: str) -> list[int]:
        """The UIDs of a range that are there. Raises `Trouble`, `NoFolder`."""
        with self._of_folder("search", "the folder cannot be searched"):
            # The library reads one line, and some servers answer in several.
            status, lines = self.client._imap.uid("SEARCH", "UID", uids, *more)
            if status != "OK":
                raise imaplib.IMAP4.error(f"search failed: {text(lines[0] if lines else status)}")
            return [int(uid) for line in lines if line for uid in line.partition(b"(")[0].split()]

    @contextmanager
    def _of_folder(self, what: str, refused: str) -> Iterator[None]:
        """A refusal is that of one folder, unless the server says otherwise."""
        try:
            with understood(what), trouble(refused, NoFolder):
                yield
        except NoFolder as error:
            if meaning(error.words).meaning is not Meaning.OTHER:
                raise Trouble(error.words) from error  # it would say so of every folder
            raise

    def noop(self) -> None:
        """Show the server, and the firewalls between, that we are there."""
        with understood("noop"), trouble("noop"):
            self.client.noop()

    def idle(self, seconds: float) -> None:
        """Wait until the server tells of new mail, or for so long; it may be told in vain."""
        end = time.monotonic() + seconds
        with understood("idle"), trouble("idle"):
            self.client.idle()
            while (left := end - time.monotonic()) > 0:
                begun = time.monotonic()
                told = self.client.idle_check(timeout=left)
                # At the end of a connection the library says nothing, at once, for ever.
                if not told and time.monotonic() - begun < 0.9 * left:
                    raise Trouble("the connection ended while the server had nothing to tell")
                if _listen(told):
                    break
            _, told = self.client.idle_done()  # what came with the first answer is told only here
            _listen(told)


def _listen(told: list[tuple[object, ...]]) -> bool:
    """Whether something arrived; raises `Trouble` at a goodbye."""
    for one in told:
        if one and one[0] == b"BYE":
            raise Trouble(f"the server says goodbye: {' '.join(text(word) for word in one[1:])}")
    return any(len(one) > 1 and one[1] in (b"EXISTS", b"RECENT") for one in told)
