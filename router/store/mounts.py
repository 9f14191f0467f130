"""Which file system a path is on, read from the text of /proc/self/mountinfo (proc(5)).

SQLite's WAL needs memory that all its users share and locks that hold: file systems of a network, and those that a
program serves, promise neither, and a database there is damaged sooner or later.
"""

import re
from collections.abc import Iterator
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

_UNSAFE = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "coda", "ncpfs", "ceph", "davfs"),
        *("glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2", "ocfs2", "gfs2", "acfs"),
        *("vboxsf", "vmhgfs", "prl_fs", "drvfs"),  # folders that a virtual machine shares with its host
    }
)


def unsafe(kind: str) -> bool:
    """Whether SQLite should not be used on a file system of this kind."""
    return kind in _UNSAFE or kind.startswith("fuse")


def file_system(path: Path, mountinfo: str) -> str | None:
    """The kind of the file system that an absolute path without links is on; None where no mount holds it."""
    found: tuple[int, str] | None = None
    for place, kind in _mounts(mountinfo):
        depth = len(place.parts)
        # Of two mounts at one place the later one is seen.
        if path.is_relative_to(place) and (found is None or depth >= found[0]):
            found = depth, kind
    return found[1] if found else None


def _mounts(mountinfo: str) -> Iterator[tuple[Path, str]]:
    """Place and kind of each mount, in their order."""
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if dash and len(fields) > 4:
            yield Path(_plain(fields[4])), after.split(" ")[0]


def _plain(text: str) -> str:
    """White space and backslashes stand there in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def unsafe_file_system(folder: Path) -> str | None:
    """The kind of a folder's file system where SQLite should not be used on it; None where it may."""
    try:
        mountinfo = MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None  # no Linux, or no /proc: nobody can tell
    kind = file_system(folder.resolve(), mountinfo)
    return kind if kind and unsafe(kind) else None
