"""Many rows of one statement: each arrives, and in few steps."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select, update

from router.store.database import Database
from router.store.rows import Rows
from router.store.tables import meta, thread_key
from router.store.upsert import ignoring, updating

ADD = insert(meta)
SET = update(meta).where(meta.c.name == bindparam("b_name"), meta.c.value == b"old").values(value=bindparam("value"))
KEEP = ignoring(meta)
MOVE = updating(thread_key, ["key"], lambda new: {"thread": new.thread})


def names(count: int) -> list[str]:
    """So many keys."""
    return [f"n{number:04d}" for number in range(count)]


def written(database: Database, *work: tuple[Any, Sequence[dict[str, Any]], bool]) -> int:
    """Execute statements with their rows in one transaction; how many steps SQLite took."""
    rows = Rows()

    def call(connection: Connection) -> int:
        with counted(connection) as steps:
            for sql, some, by_key in work:
                rows.execute(connection, sql, some, by_key=by_key)
        return len(steps)

    return database.write("test", call)


@contextmanager
def counted(connection: Connection) -> Iterator[list[int]]:
    """The rows of each step."""
    steps: list[int] = []

    def count(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        steps.extend([1] * len(parameters) if executemany else [statement.count("), (") + 1])

    event.listen(connection, "before_cursor_execute", count)
    try:
        yield steps
    finally:
        event.remove(connection, "before_cursor_execute", count)


def values(database: Database) -> dict[str, bytes]:
    """What is there, but for what a new database begins with."""
    query = select(meta.c.name, meta.c.value).where(meta.c.name.like("n%"))
    return {row.name: row.value for row in database.read(lambda connection: connection.execute(query).all())}


@pytest.mark.on_sqlite
@pytest.mark.parametrize(("count", "steps"), [(1, 1), (2, 1), (7, 1), (32, 1), (33, 2), (200, 7)])
def test_rows_go_together(database: Database, count: int, steps: int) -> None:
    """Between two steps a commit waits for the interpreter."""
    assert written(database, (ADD, [{"name": name, "value": name.encode()} for name in names(count)], False)) == steps
    assert values(database) == {name: name.encode() for name in names(count)}


def test_each_row_is_updated_with_its_own_values_where_its_condition_holds(database: Database) -> None:
    """The condition of one row says nothing about another."""
    old = [{"name": name, "value": b"old" if number % 3 else b"kept"} for number, name in enumerate(names(100))]
    new = [{"b_name": name, "value": name.encode()} for name in [*names(100), "n-missing"]]
    written(database, (ADD, old, False), (SET, new, True))

    assert values(database) == {
        name: name.encode() if number % 3 else b"kept" for number, name in enumerate(names(100))
    }


@pytest.mark.on_sqlite
def test_updates_go_together_only_where_each_has_a_row_of_its_own(database: Database) -> None:
    """Others may build on each other."""
    written(database, (ADD, [{"name": name, "value": b"old"} for name in names(8)], False))
    new = [{"b_name": name, "value": b"new"} for name in names(8)]

    assert written(database, (SET, new, False)) == 8
    assert written(database, (SET, new, True)) == 1


def test_a_row_that_is_there_stands_or_is_changed_also_within_one_step(database: Database) -> None:
    """The second of two equal keys in one batch meets the first."""
    kept = [{"name": "n1", "value": b"first"}, {"name": "n2", "value": b"b"}, {"name": "n1", "value": b"second"}]
    written(database, (KEEP, kept, False))
    moved = [{"key": b"k1", "thread": "a", "carried": False}, {"key": b"k2", "thread": "b", "carried": False}]
    written(database, (MOVE, moved, False))
    written(
        database,
        (
            MOVE,
            [{"key": b"k2", "thread": "c", "carried": False}, {"key": b"k3", "thread": "d", "carried": False}],
            False,
        ),
    )
    query = select(thread_key.c.key, thread_key.c.thread).order_by(thread_key.c.key)

    assert values(database) == {"n1": b"first", "n2": b"b"}
    assert database.read(lambda connection: [tuple(row) for row in connection.execute(query)]) == [
        (b"k1", "a"),
        (b"k2", "c"),
        (b"k3", "d"),
    ]
