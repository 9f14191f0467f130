"""Files that the configuration names: they are there.

Owns which keys are files. It must never open one; what a secret holds is read by whoever needs it. One that cannot
even be looked for is a fault like any other, and hides none.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from router.config.base import Part
from router.config.draft import Draft, Entry
from router.config.faults import Fault

_SECRET = (
    "password_file",
    "certificate_file",
    "client_secret_file",
    "service_account_file",
    "refresh_token_file",
    "token_file",
    "users_file",
    "tls_key",
)
_MADE = "token_file"  # by us; it may not be there yet
_PLAIN = ("tls_certificate", "tls_client_ca")
_FILE = "a file that is there"
_FOLDER = "a folder that is there"


@dataclass(frozen=True, slots=True)
class Named:
    """One file, the key that names it, and whether it holds a secret."""

    key: str
    path: Path
    secret: bool


def named_by(label: str, part: Part | None) -> Iterator[Named]:
    """The files that one table names."""
    for key in (*_SECRET, *_PLAIN):
        path = getattr(part, key, None)
        if isinstance(path, Path):
            yield Named(f"{label}.{key}", path, key in _SECRET)


def readable_by_others(path: Path) -> bool:
    """Whether anybody on this machine can read a file."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def files(draft: Draft) -> Iterator[Fault]:
    """Each file that is named is there, and each folder."""
    parts: list[tuple[str, Part | None]] = [("smtp", draft.smtp), ("relay", draft.relay)]
    entries: tuple[Entry[Part], ...] = (*draft.oauths, *draft.inboxes, *draft.sources)
    parts += [(one.label, one.value) for one in entries]
    for label, part in parts:
        for file in named_by(label, part):
            made = file.key.endswith(f".{_MADE}")
            if wanted := _missing(file.path.is_file, _FILE, made=made):
                yield Fault(draft.file, file.key, draft.written(file.path), wanted)
    for key in ("rules", "templates"):
        path = getattr(draft.router, key, None)
        if isinstance(path, Path) and (wanted := _missing(path.is_dir, _FOLDER)):
            yield Fault(draft.file, f"router.{key}", draft.written(path), wanted)


def _missing(there: Callable[[], bool], wanted: str, *, made: bool = False) -> str | None:
    """What was expected of a place, or None where it is so; of one that we make ourselves, that it can be looked for."""
    try:
        return None if there() or made else wanted
    except OSError as error:
        return f"{wanted}; {error.strerror}"
