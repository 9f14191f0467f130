"""Mail that lies in files: an mbox, a Maildir, a folder of `.eml` files, a single mail; packed by gzip too.

Files are read as they are: nothing is moved, no flag is set. What is found is given one mail at a time, in the order of
names and of places in a file; a large mail is copied into a temporary file first, since its file may change. It must
never end at a mail that cannot be read: that one is named, and the next one is taken.
"""

import gzip
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from router.intake.spilled import Spilled
from router.mail import mbox
from router.mail.header import Header, split
from router.mail.reading import with_lines
from router.store.content import PIECE, SMALL, Content, InMemory

_HEAD = 64 * 1024  # octets by which a file is told
_BINARY = 4096  # octets of a header without a usual field in which no NUL may stand
_GZIP = b"\x1f\x8b\x08"
_BROKEN = (OSError, EOFError, zlib.error)  # what reading a file may end with, a packed one too
_MAILDIR = ("cur", "new")
# One of these stands in nearly every mail, and in hardly any other file.
_FIELDS = ("from", "to", "date", "subject", "message-id", "received", "return-path", "mime-version", "content-type")


class NotMail(Exception):
    """A path that does not exist, or is of no form that is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """One mail."""

    where: str  # its file, and which one it is within that
    content: Content
    header: Header
    separator: bytes  # the date of its From_ line; b"" where it has none
    stored: datetime  # when its file was written


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that should be a mail, and cannot be read as one."""

    where: str
    why: str


Reading = Iterator[Found | Unread]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken."""

    size: int  # octets of the largest mail
    folder: Path | None = None  # where large mail waits meanwhile; default: the system's


def opened(path: Path, limits: Limits) -> Callable[[], Reading]:
    """What reads the mails of a path. Raises `NotMail` where there is nothing that could be read."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            return _folder(path, limits)
        if not stat.S_ISREG(kind):
            raise NotMail(f"{path} is neither a file nor a folder")
        with _file(path) as (read, size):
            head = read(0, _HEAD)
        named = path.suffix.lower() == ".eml"
        if size and not (mbox.is_mbox(head) or _is_mail(head, split(head), surely=not named)):
            raise NotMail(f"{path} is neither an mbox nor a mail: it has no header of one")
    except _BROKEN as error:
        raise NotMail(f"{path}: {_why(error)}") from error
    return lambda: _mails(path, limits)


def _folder(path: Path, limits: Limits) -> Callable[[], Reading]:
    if all((path / name).is_dir() for name in _MAILDIR):
        return lambda: _maildir(path, limits)
    if next(_eml(path), None) is not None:
        return lambda: chain.from_iterable(_mails(one, limits) for one in _eml(path))
    raise NotMail(f"{path} is no Maildir (with the folders cur and new), and no .eml file is anywhere in it")


def _eml(folder: Path) -> Iterator[Path]:
    """The `.eml` files of a folder and all below, in the order of their names."""

    def broken(error: OSError) -> None:
        raise error

    for at, folders, names in os.walk(folder, onerror=broken):
        folders.sort()
        yield from (Path(at, name) for name in sorted(names) if name.lower().endswith(".eml"))


def _maildir(folder: Path, limits: Limits) -> Reading:
    """A mail may be read by somebody meanwhile, and so move from `new` to `cur`, or get other flags in its name."""
    names = sorted((name, at) for at in _MAILDIR for name in os.listdir(folder / at) if not name.startswith("."))
    for name, at in names:
        path = folder / at / name
        if not path.exists():
            unique = name.partition(":")[0]
            path = next((one for one in (folder / "cur").glob(f"{_literal(unique)}*")), path)
        if path.is_file() or not path.exists():
            yield from _mails(path, limits, alone=True)


def unread_folders(path: Path) -> list[str]:
    """The folders within a Maildir, which are read only where they are named: as Maildir++ has them, or plainly nested."""
    if not all((path / name).is_dir() for name in _MAILDIR):
        return []
    nested = (Path(at).relative_to(path) for at, folders, _ in os.walk(path) if Path(at) != path and "cur" in folders)
    return sorted(map(str, nested))


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _mails(path: Path, limits: Limits, *, alone: bool = False) -> Reading:
    """The mails of a file; `alone`: it is one mail, however it begins."""
    try:
        with _file(path) as (read, size):
            stored = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            head = read(0, _HEAD)
            if alone or not mbox.is_mbox(head):
                if size:
                    yield _mail(str(path), mbox.Span(0, size, bare=True), read, stored, limits)
                return
            for number, span in enumerate(mbox.spans(read, size), 1):
                yield _mail(f"{path}, mail {number}", span, read, stored, limits)
    except (*_BROKEN, OverflowError) as error:
        yield Unread(str(path), _why(error))


def _mail(where: str, span: mbox.Span, read: mbox.Read, stored: datetime, limits: Limits) -> Found | Unread:
    size = span.end - span.start
    if size > limits.size:
        return Unread(where, f"it has {size} octets, and max_message_size is {limits.size}")
    pieces = (read(at, min(PIECE, span.end - at)) for at in range(span.start, span.end, PIECE))
    if not span.bare:
        pieces = mbox.unquoted(pieces)  # type: ignore[assignment]
    content: Content
    if size <= SMALL:
        content = InMemory(b"".join(pieces))
    else:
        content = Spilled(limits.folder)
        for piece in pieces:
            content.write(piece)
    header = split(with_lines(content.head))
    if not _is_mail(content.head, header):
        return Unread(where, "no header of a mail")
    return Found(where, content, header, span.date, stored)


def _is_mail(head: bytes, header: Header, *, surely: bool = False) -> bool:
    """Whether it begins like a mail; what stands where mails stand may have an odd header, but no binary one."""
    if any(header.first(name) is not None for name in _FIELDS):
        return True
    return not surely and bool(header.fields) and b"\0" not in head[:_BINARY]


@contextmanager
def _file(path: Path) -> Iterator[tuple[mbox.Read, int]]:
    """A file to read at any place, and its size; what is packed is unpacked into a temporary file."""
    with path.open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            yield _at(file.fileno()), os.fstat(file.fileno()).st_size
            return
    with gzip.open(path) as packed, tempfile.TemporaryFile(buffering=0) as file:
        shutil.copyfileobj(packed, file, PIECE)
        yield _at(file.fileno()), os.fstat(file.fileno()).st_size


def _at(file: int) -> mbox.Read:
    return lambda at, size: os.pread(file, size, at)


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
