"""A statement as SQLite reads it, worded for one row or for several at once.

With each step of a statement a thread lets go of the interpreter, and beside a busy loop it waits until it has it back:
a hundred rows that go one by one make most of what a commit lasts. Several in one step do not.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Insert, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

_VALUES = re.compile(r"VALUES (\((?:\?, )*\?\))")
_NAMED = re.compile(r":(\w+)")
_UPDATE_FROM = (3, 33)  # the first SQLite that knows it
_NAMING = sqlite.dialect(paramstyle="named")


class Text:
    """The statement for one row, and `together` for as many as one likes; None where that cannot be."""

    def __init__(self, statement: Any, compiled: SQLCompiler, keys: Sequence[str], *, by_key: bool) -> None:
        """`by_key`: an update of one row each by its key, and no two of a batch fit the same row."""
        self.one = str(compiled)
        self.names = list(compiled.positiontup or ())  # of the values, in their order
        self.together: Callable[[int], str] | None = None
        if isinstance(statement, Insert):
            self._insert()
        elif by_key and isinstance(statement, Update) and sqlite3.sqlite_version_info >= _UPDATE_FROM:
            self._update(str(statement.compile(dialect=_NAMING, column_keys=list(keys))))

    def _insert(self) -> None:
        """`INSERT INTO … VALUES (?, ?), (?, ?)`."""
        group = _VALUES.search(self.one)
        if group is None or not (self.one.count("?") == group[1].count("?") == len(self.names)):
            return  # values stand elsewhere, too
        front, back = self.one[: group.start(1)], self.one[group.end(1) :]
        self.together = lambda rows: front + ", ".join([group[1]] * rows) + back

    def _update(self, named: str) -> None:
        """`UPDATE … SET … FROM new WHERE …`, where `new` has a row for each."""
        change, where = _NAMED.sub(r'new."\1"', named).split(" WHERE ")
        columns = ", ".join(f'"{name}"' for name in self.names)
        group = f"({', '.join('?' * len(self.names))})"
        self.together = lambda rows: (
            f"WITH new ({columns}) AS (VALUES {', '.join([group] * rows)}) {change} FROM new WHERE {where}"
        )
