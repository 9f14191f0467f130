"""The Maildir courier: our own writer, since a receipt must mean that file and folder are on disk.

A copy is written to `tmp/`, synced, renamed into `new/` (into `cur/` where it counts as read) and the folders are
synced; only then there is a receipt. The
unique part of the file's name is made of the copy's id, so that every attempt has the same name, whatever a reader
appended to it since. The layout of folders is Maildir++: a folder `Customers/Automatic` is the directory
`.Customers.Automatic`, its name in the modified UTF-7 of RFC 3501 section 5.1.3.
"""

import itertools
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from router.delivery.courier import Copy, Delivered, Outcome, Transient
from router.faultpoint import reach

_SUBFOLDERS = ("tmp", "new", "cur")
_READ = ":2,S"  # only what lies in `cur/` can say that it was read


class MaildirCourier:
    """Delivers into one Maildir."""

    def __init__(self, path: Path, host: str | None = None) -> None:
        self._path = path
        # A slash or a colon would end the name or begin its flags (maildir(5)).
        self._host = (host or socket.gethostname()).replace("/", "\\057").replace(":", "\\072")

    def deliver(self, copies: Sequence[Copy]) -> list[Outcome]:
        """Deliver each copy; the folders are synced once for all that went into them."""
        outcomes: list[Outcome] = []
        touched: set[Path] = set()
        for copy in copies:
            try:
                outcomes.append(self._deliver(copy, touched))
            except OSError as error:
                outcomes.append(Transient(_words(error)))
        for folder in sorted(touched):
            try:
                _sync(folder)
            except OSError as error:
                # What was renamed may be gone after a power cut: try again, finding whatever is there.
                outcomes = [Transient(_words(error)) if isinstance(end, Delivered) else end for end in outcomes]
        reach("maildir.folder-synced")
        return outcomes

    def find(self, copy: Copy) -> Delivered | None:
        """Look for the copy in `new/` and `cur/`, where a reader may have given it flags."""
        folder = self._folder(copy)
        unique = _unique(copy)
        for place in ("new", "cur"):
            with suppress(FileNotFoundError), os.scandir(folder / place) as entries:
                for entry in entries:
                    if entry.name.startswith(unique):
                        return self._receipt(folder / place / entry.name)
        return None

    def close(self) -> None:
        """Nothing is kept open."""

    def _deliver(self, copy: Copy, touched: set[Path]) -> Outcome:
        folder = self._folder(copy)
        self._make(folder)
        if copy.look_first and (found := self.find(copy)):
            touched.update((folder / "new", folder / "cur"))  # the attempt that put it there may not have synced them
            return found
        name = f"{_unique(copy)}{self._host},S={len(copy.block) + copy.content.size}"
        temporary = folder / "tmp" / name
        final = folder / "cur" / f"{name}{_READ}" if copy.seen else folder / "new" / name
        with suppress(FileNotFoundError):
            temporary.unlink()  # left by an attempt that died
        self._write(temporary, copy)
        os.rename(temporary, final)
        reach("maildir.renamed")
        touched.update((folder / "tmp", final.parent))
        return self._receipt(final)

    def _write(self, path: Path, copy: Copy) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "wb", buffering=0) as file:
            for data in itertools.chain([copy.block], copy.content.pieces()):
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
            reach("maildir.written")
            os.fsync(fd)
        reach("maildir.synced")

    def _folder(self, copy: Copy) -> Path:
        if not copy.folder:
            return self._path
        from imapclient.imap_utf7 import encode as imap_utf7  # brings a whole client along, for folders that few have

        levels = [level for level in copy.folder.split("/") if level]
        # A dot separates levels; one inside a level has to look like something else.
        name = ".".join(imap_utf7(level.replace(".", "_")).decode("ascii") for level in levels)
        return self._path / f".{name}"

    def _make(self, folder: Path) -> None:
        """Create the folder where it is missing, durably."""
        if all((folder / part).is_dir() for part in _SUBFOLDERS):
            return
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for part in _SUBFOLDERS:
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder != self._path:
            (folder / "maildirfolder").touch(mode=0o600)
        for one in {folder, *(path.parent for path in missing)}:
            _sync(one)

    def _receipt(self, path: Path) -> Delivered:
        return Delivered({"file": str(path)})


def _unique(copy: Copy) -> str:
    """The name up to the host: seconds, then our part, as maildir(5) has it.

    The host stands for readers only. It is no part of the search: a container has another one at every start.
    """
    return f"{int(copy.received.timestamp())}.R{copy.id}."


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _words(error: OSError) -> str:
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
