"""Whether the last daemon ended cleanly, and whether the database file is sound."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, select

from router.store.tables import meta
from router.store.upsert import pick, updating

_NAME = "last-stop"
_SET = updating(meta, ["name"], lambda new: {"value": new.value})
_RUNNING, _CLEAN = b"running", b"clean"
SHOWN = 20  # lines of what is wrong


def begin(connection: Connection) -> bool:
    """Note that a daemon runs; returns whether the one before it ended cleanly. A new database had none before."""
    found = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    _note(connection, _RUNNING)
    return found in (None, _CLEAN)


def end(connection: Connection) -> None:
    """Note a clean stop: the last write of a daemon."""
    _note(connection, _CLEAN)


def _note(connection: Connection, value: bytes) -> None:
    connection.execute(pick(_SET, connection), {"name": _NAME, "value": value})


def quick_check(path: Path, options: str = "mode=ro") -> list[str]:
    """What SQLite's `quick_check` finds wrong with a database file; nothing where it is sound.

    It reads the whole file. Its connection is its own and cannot write, so that a daemon goes on meanwhile.
    """
    link = sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=10)
    try:
        found = [str(line) for (line,) in link.execute(f"PRAGMA quick_check({SHOWN})")]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        found = [str(error)]
    finally:
        link.close()
    return [] if found == ["ok"] else found
