"""A copy of the database by SQLite's own backup, made while a daemon writes.

A copy of the file alone would lack what stands in the WAL. The source is opened read-only and held in one read
transaction: that is a snapshot of the moment it began, and without it every commit of the daemon would make SQLite
begin the copy anew. Writers go on; only the WAL grows meanwhile.

FILE appears whole, checked and synced, or not at all: the copy is made beside it under another name.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from router.faultpoint import reach
from router.store.disk import free_space
from router.store.errors import StoreBusy, StoreError, StoreFull
from router.store.soundness import quick_check

STEP = 256  # pages at a time
PAUSE = 0.001  # seconds between two steps, in which the disk is the daemon's
BUSY_SECONDS = 10.0

Progress = Callable[[int, int], None]  # told pages done and pages in all


def backup(source: Path, target: Path, *, replace: bool = False, progress: Progress | None = None) -> None:
    """Copy the database `source` to the new file `target`; with `replace`, also over an old one.

    Raises `StoreError`; then `target` is as it was.
    """
    if not source.exists():
        raise StoreError(f"there is no database at {source}")
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already: name a new file")
    if not target.parent.is_dir():
        raise StoreError(f"the folder of the backup does not exist: {target.parent}")
    with _temporary(target) as part:
        try:
            _copy(source, part, progress)
        except sqlite3.Error as error:
            raise _translated(error) from error
        if troubles := quick_check(part, "immutable=1"):
            raise StoreError(f"the copy is not sound, nor may the database be: {'; '.join(troubles[:3])}")
        reach("backup.copied")
        _sync(part)
        _put(part, target, replace)
        reach("backup.in-place")
        _sync(target.parent)


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A new empty file beside `target`, of which nothing is left at the end."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)  # customers' mail
        yield part
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + suffix).unlink()


def _copy(source: Path, part: Path, progress: Progress | None) -> None:
    def step(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)
        time.sleep(PAUSE)

    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as link,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        link.execute("BEGIN")
        link.execute("SELECT count(*) FROM sqlite_master").fetchone()  # only a read begins the snapshot
        size = link.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
        if (free := free_space(part.parent)) < size:
            raise StoreFull(f"the backup needs {size} bytes in {part.parent}, where {free} are free")
        copy.execute("PRAGMA synchronous=OFF")  # it is synced once, at the end
        link.backup(copy, pages=STEP, progress=step)


def _put(part: Path, target: Path, replace: bool) -> None:
    """Give the copy its name, at once; a file that appeared meanwhile is not overwritten."""
    if replace:
        os.replace(part, target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise StoreError(f"{target} is there already: name a new file") from None
    except OSError:  # a file system without links: a stick, a share
        if target.exists():
            raise StoreError(f"{target} is there already: name a new file") from None
        os.rename(part, target)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _translated(error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"the database is locked: {error}")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"no room for the backup: {error}")
    return StoreError(f"the backup failed: {error}")
