"""Files with secrets: read anew each time, written so that a crash leaves the old one or the new one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from router.oauth.tokens import NoToken

Stamp = tuple[tuple[int, int] | None, ...]


def read(path: Path) -> str:
    """The text of a file. Raises `NoToken`."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise NoToken("file-malformed", file=str(path), said="it is no text") from error
    except OSError as error:
        raise NoToken("file-unreadable", file=str(path), said=error.strerror) from error


def write(path: Path, text: str) -> None:
    """Put `text` in the place of a file that only its owner reads; whose it was, it stays. Raises `OSError`."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            with suppress(OSError):  # root, at `router check`, must not take it from the daemon
                owner = path.stat()
                os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(made, path)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def stamp(*paths: Path | None) -> Stamp:
    """What changes when somebody puts another file there."""
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            state = path.stat() if path else None
        except OSError:
            state = None
        found.append((state.st_mtime_ns, state.st_size) if state else None)
    return tuple(found)
