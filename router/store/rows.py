"""The rows of one statement on their way to the database.

On SQLite a statement is worded once for all its rows: SQLAlchemy would prepare each of them anew, at several times what
it takes to store it. On PostgreSQL the server is what takes time, and rows go the usual way.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from router.store.upsert import PerSystem, pick
from router.store.worded import Text

Row = dict[str, Any]

_Execute = Callable[[Connection, Sequence[Row]], object]
_MOST = 32  # rows in one step: more would save little, and fill the memory with parsed statements


class Rows:
    """Executes statements with many rows, and remembers how they are worded."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[str, ...]], _Execute] = {}  # by statement and keys of its rows

    def execute(
        self, connection: Connection, sql: Executable | PerSystem, rows: Sequence[Row], *, by_key: bool = False
    ) -> None:
        """Execute `sql`, which lives as long as the process, with `rows`, which all have the same keys.

        `by_key`: it is an update of one row each by its key, and no two of `rows` fit the same row.
        """
        shape = id(sql), tuple(rows[0])
        execute = self._known.get(shape)
        if execute is None:
            execute = self._known[shape] = _way(pick(sql, connection), shape[1], connection.dialect, by_key)
        execute(connection, rows)


def _way(statement: Executable, keys: Sequence[str], dialect: Dialect, by_key: bool) -> _Execute:
    if dialect.name == "sqlite":
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(keys))  # type: ignore[attr-defined]
        if not compiled.post_compile_params:  # an IN gets its place holders only when it is executed
            return _Worded(Text(statement, compiled, keys, by_key=by_key), compiled, keys, dialect)
    return lambda connection, rows: connection.execute(statement, rows)


class _Worded:
    """A worded statement, and the way from a row to its values."""

    def __init__(self, text: Text, compiled: SQLCompiler, keys: Sequence[str], dialect: Dialect) -> None:
        self._one = text.one
        self._together = None if text.together is None else cache(text.together)
        self._names = text.names
        every = compiled.construct_params(dict.fromkeys(keys))
        self._fixed = {name: every[name] for name in self._names if name not in keys}
        types = [compiled.binds[name].type.dialect_impl(dialect) for name in self._names]
        processors = [kind.bind_processor(dialect) for kind in types]
        self._processors = [(at, process) for at, process in enumerate(processors) if process is not None]

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        values = [self._values(row) for row in rows]
        if self._together is None:
            connection.exec_driver_sql(self._one, values)
            return
        for begin, end in _steps(len(values)):
            text = self._together(end - begin)
            connection.exec_driver_sql(text, tuple(chain.from_iterable(values[begin:end])))

    def _values(self, row: Row) -> tuple[Any, ...]:
        if self._fixed:
            row = {**self._fixed, **row}
        values = [row[name] for name in self._names]
        for at, process in self._processors:
            values[at] = process(values[at])
        return tuple(values)


def _steps(rows: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each step. Each number of rows is a text of its own, which SQLite parses once."""
    for begin in range(0, rows, _MOST):
        yield begin, min(begin + _MOST, rows)
