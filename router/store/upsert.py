"""Inserts that meet a row already there. SQLAlchemy words them per database system, hence one statement for each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

PerSystem = Mapping[str, Executable]  # by the name of the dialect

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def ignoring(table: Table) -> PerSystem:
    """Insert; the row that is there stands."""
    return {name: insert(table).on_conflict_do_nothing() for name, insert in _INSERTS.items()}


def updating(
    table: Table,
    key: Sequence[str],
    change: Callable[[Any], Mapping[str, Any]],
    where: Callable[[Any], Any] = lambda new: None,
) -> PerSystem:
    """Insert, or change the row of that `key`: `change` is given the columns of the new row and names the values."""
    found: dict[str, Executable] = {}
    for name, insert in _INSERTS.items():
        add = insert(table)
        values, condition = dict(change(add.excluded)), where(add.excluded)
        found[name] = add.on_conflict_do_update(index_elements=list(key), set_=values, where=condition)
    return found


def pick(statement: Executable | PerSystem, connection: Connection) -> Executable:
    """The wording for the system at the other end."""
    return statement[connection.dialect.name] if isinstance(statement, Mapping) else statement
