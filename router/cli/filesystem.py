"""Where a SQLite database must not lie: on file systems of a network, unless the operator insists."""

from router.config import Fault, Settings
from router.store.dialect import sqlite_path
from router.store.mounts import unsafe_file_system


def refused(settings: Settings) -> tuple[Fault, ...]:
    """The fault of a database on such a file system; none where it may lie."""
    path = sqlite_path(settings.router.database)
    if path is None or settings.router.force_network_filesystem:
        return ()
    kind = unsafe_file_system(path.parent)
    if kind is None:
        return ()
    expected = (
        f"a folder on a disk of this machine; {path.parent} is on {kind}, where SQLite's files get damaged: "
        "move the database, or say router.force_network_filesystem = true"
    )
    return (Fault(settings.file.name, "router.database", settings.router.database, expected),)
