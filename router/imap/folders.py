"""Folders: how a server calls them, that they are there, and what they allow.

A folder is given as a path with slashes, inside the account. The server's own name for it has the prefix and the
separator of the personal namespace (RFC 2342), or those that LIST tells; on the wire it is modified UTF-7 (RFC 3501
section 5.1.3), which the library makes.
"""

import imaplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient

from router.imap.errors import GONE, ImapError, NoFolder, Trouble, text
from router.imap.listing import listed

INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it stood when it was last looked at."""

    name: str  # the server's
    uidvalidity: int
    uidnext: int  # no mail that comes from now on has a smaller UID; 0: the server does not tell

    @property
    def note(self) -> dict[str, Any]:
        """Where to look for what may arrive from now on."""
        return {"folder": self.name, "uidvalidity": self.uidvalidity, "uidnext": self.uidnext}


class Folders:
    """The folders of one account, over one connection."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        self._style: tuple[str, str] | None = None
        self._others: list[str] = []  # where folders of other people and of nobody begin
        self._permanent: dict[str, Sequence[bytes]] = {}

    def name(self, path: str) -> str:
        """The server's name of a path, such as `INBOX.Customers.Automatic`."""
        prefix, separator = self._namespace()
        if prefix and path.startswith(prefix):
            path = path[len(prefix) :]  # somebody wrote the server's own name
        elif separator and "/" not in path and path.upper().startswith(INBOX + separator):
            path = path.replace(separator, "/")  # the same, where there is no prefix
        elif any(path.startswith((one, one.replace(separator or "/", "/"))) for one in self._others):
            return path.replace("/", separator) if separator else path
        # A separator inside a level would begin another one.
        levels = [level.replace(separator, "_") if separator else level for level in path.split("/") if level]
        if not levels or levels[0].upper() == INBOX:
            levels[:1], prefix = [INBOX], ""  # in no namespace, and in no case of letters (RFC 3501 section 5.1)
        return prefix + (separator or "_").join(levels)

    def open(self, name: str) -> Folder:
        """The folder, made and subscribed where it is missing. Raises `Trouble`, `NoFolder`."""
        try:
            return self.state(name)
        except NoFolder:
            if name == INBOX:
                raise
        self.make(name)
        return self.state(name)

    def state(self, name: str) -> Folder:
        """The folder as it stands. Raises `Trouble`, `NoFolder`."""
        with trouble(f"the folder {name} cannot be opened", NoFolder):
            found = self._client.folder_status(name, ["UIDNEXT", "UIDVALIDITY"])
        return Folder(name, int(found.get(b"UIDVALIDITY", 0)), int(found.get(b"UIDNEXT", 0)))

    def make(self, name: str) -> None:
        """Create a folder, and show it in mail programs that show only what is subscribed."""
        try:
            with trouble(f"the folder {name} is missing and cannot be made", NoFolder):
                self._client.create_folder(name)
        except NoFolder as error:
            if "ALREADYEXISTS" not in error.words.upper():  # RFC 5530
                raise
        with suppress(NoFolder), trouble("subscribe", NoFolder):  # mail arrives all the same
            self._client.subscribe_folder(name)

    def keeps(self, name: str, keyword: bytes) -> bool:
        """Whether mails there may bear a keyword (PERMANENTFLAGS, RFC 3501 section 7.1)."""
        if name not in self._permanent:
            with trouble(name), selected(self._client, name) as state:
                self._permanent[name] = [flag.lower() for flag in state.get(b"PERMANENTFLAGS", ())]
        allowed = self._permanent[name]
        return b"\\*" in allowed or keyword.lower() in allowed

    def drops(self, name: str, keyword: bytes) -> None:
        """It was refused there after all, whatever PERMANENTFLAGS says."""
        others = {b"\\*", keyword.lower()}
        self._permanent[name] = [flag for flag in self._permanent.get(name, ()) if flag not in others]

    def _namespace(self) -> tuple[str, str]:
        if self._style is None:
            with trouble("namespace"):
                self._style = self._asked()
        return self._style

    def _asked(self) -> tuple[str, str]:
        """Prefix and separator for folders of the account's owner."""
        told = self._told()
        if told is not None and told.personal:
            self._others = [prefix for prefix, _ in (*(told.other or ()), *(told.shared or ())) if prefix]
            prefix, separator = told.personal[0]
            return prefix, separator or ""
        # RFC 3501 section 6.3.8: an empty name asks for the separator.
        found = listed(self._client, "")
        separator = found[0][1] if found else None
        return "", separator.decode("ascii") if separator else ""

    def _told(self) -> Any:
        """The namespaces; the library falls over what an extension adds (RFC 2342 section 5)."""
        if not self._client.has_capability("NAMESPACE"):
            return None
        with suppress(ValueError):
            return self._client.namespace()
        return None


@contextmanager
def selected(client: IMAPClient, name: str, readonly: bool = False) -> Iterator[dict[bytes, Any]]:
    """A folder, selected for as long as it is needed: other sessions then see new mail as new."""
    state = client.select_folder(name, readonly=readonly)
    yield state
    if client.has_capability("UNSELECT"):
        client.unselect_folder()


@contextmanager
def trouble(what: str, refused: type[ImapError] = Trouble) -> Iterator[None]:
    """While nothing is on its way, a connection that ends is `Trouble`, and a NO is `refused`."""
    try:
        yield
    except GONE as error:
        raise Trouble(f"the connection ended: {text(error)}") from error
    except imaplib.IMAP4.error as error:
        raise refused(f"{what}: {text(error)}") from error
