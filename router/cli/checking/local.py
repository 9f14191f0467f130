"""Trying what is on this machine: folders, the database, the listener's address. Nothing stays behind."""

import os
import pwd
import secrets
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from router.cli.checking.finding import FAULT, OK, REMARK, Finding
from router.store.database import open_to_read
from router.store.disk import free_space
from router.store.errors import SchemaOlder, StoreError


def sqlite(path: Path, least: int) -> list[Finding]:
    """The folder of a SQLite database, and its room: `least` octets."""
    found = [_folder("database", path.name, path.parent)]
    with suppress(OSError):  # it may not be there yet
        if (free := free_space(path.parent)) < least:
            values = {"free": free, "folder": str(path.parent), "least": least}
            found.append(Finding("database", path.name, FAULT, "cramped", values))
    with suppress(OSError, KeyError):
        owner = path.stat().st_uid
        if owner != os.geteuid():
            names = {"owner": pwd.getpwuid(owner).pw_name, "user": pwd.getpwuid(os.geteuid()).pw_name}
            found.append(Finding("database", path.name, REMARK, "other-user", names))
    return found


def server(url: str) -> list[Finding]:
    """A database on a server."""
    try:
        open_to_read(url).close()
    except SchemaOlder as error:
        return [Finding("database", "postgresql", REMARK, "older", {"said": str(error)})]
    except StoreError as error:
        return [Finding("database", "postgresql", FAULT, "database", {"said": str(error)})]
    return [Finding("database", "postgresql", OK, "database-works")]


def maildir(name: str, path: Path) -> list[Finding]:
    """A Maildir, or the folder that it will be made in."""
    if not (path / "tmp").is_dir():
        return [_folder("inbox", name, path)]
    file = path / "tmp" / f"router-check-{secrets.token_hex(6)}"
    try:
        for part in ("tmp", "new"):
            if not os.access(path / part, os.W_OK | os.X_OK):
                raise PermissionError(13, os.strerror(13), str(path / part))
        _write(file)
    except OSError as error:
        values = {"folder": str(path), "existing": str(Path(error.filename or file).parent), "said": error.strerror}
        values["existing"] = str(error.filename) if Path(error.filename or "").is_dir() else values["existing"]
        return [Finding("inbox", name, FAULT, "unwritable", values)]
    return [Finding("inbox", name, OK, "folder-works", {"folder": str(path)})]


def _write(file: Path) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, b"to see whether it goes to the disk")
        os.fsync(fd)
    finally:
        os.close(fd)
        file.unlink()


def _folder(what: str, name: str, folder: Path) -> Finding:
    """A folder that is there or can be made."""
    existing = next(one for one in (folder, *folder.parents) if os.path.exists(one))  # a dead mount is none
    values = {"folder": str(folder), "existing": str(existing)}
    if not existing.is_dir():
        return Finding(what, name, FAULT, "not-a-folder", values)
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"to see whether it goes to the disk")
            os.fsync(file.fileno())
    except OSError as error:
        return Finding(what, name, FAULT, "unwritable", values | {"said": error.strerror})
    return Finding(what, name, OK, "folder-works" if existing == folder else "folder-to-be-made", values)


def listener(host: str, port: int) -> list[Finding]:
    """The listener's address; a router that listens there already is well."""
    name = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=2) as link:
            link.settimeout(2)
            greeting = link.recv(200)
    except OSError:
        return [_bound(name, host, port)]
    ours = greeting.startswith((b"220", b"554", b"421"))
    return [Finding("listener", name, OK, "listens") if ours else Finding("listener", name, FAULT, "taken")]


def _bound(name: str, host: str, port: int) -> Finding:
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return Finding("listener", name, OK, "can-listen")
    except OSError as error:
        return Finding("listener", name, FAULT, "cannot-listen", {"said": error.strerror})
