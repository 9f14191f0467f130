"""Files that the configuration names: they are there.

Owns which keys are files. It must never open one; what a secret holds is read by whoever needs it. One that cannot
even be looked for is a fault like any other, and hides none.
"""

import stat
from collections.abc import Iterator
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
            if wanted := _missing(file):
                yield Fault(draft.file, file.key, draft.written(file.path), wanted)
    for key in ("rules", "templates"):
        path = getattr(draft.router, key, None)
        if isinstance(path, Path) and (wanted := _missing_folder(path)):
            yield Fault(draft.file, f"router.{key}", draft.written(path), wanted)


def _missing(file: Named) -> str | None:
    """What was expected of a file, or None where it is so."""
    try:
        there = file.path.is_file()
    except OSError as error:
        return f"{_FILE}; {error.strerror}"
    return None if there or file.key.endswith(f".{_MADE}") else _FILE


def _missing_folder(path: Path) -> str | None:
    """The same of a folder."""
    try:
        return None if path.is_dir() else _FOLDER
    except OSError as error:
        return f"{_FOLDER}; {error.strerror}"
