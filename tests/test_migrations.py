"""The migrations and the tables say the same."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, select

from router.conversation.customer import person
from router.conversation.links import ANYBODY, digest, key_of
from router.shipped import folder
from router.store import schema
from router.store.dialect import write_engine
from router.store.tables import metadata, thread_key
from tests.bench.postgres import Postgres


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    engine = write_engine(f"sqlite:///{tmp_path}/router.db")
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    """The tables that are there."""
    with engine.begin() as connection:
        return set(inspect(connection).get_table_names())


def config() -> Config:
    """Alembic's, for the shipped migrations."""
    made = Config()
    made.set_main_option("script_location", str(folder("migrations")))
    return made


def downgrade(engine: Engine) -> None:
    """Back to nothing."""
    made = config()
    with engine.begin() as connection:
        made.attributes["connection"] = connection
        command.downgrade(made, "base")


def definitions(engine: Engine) -> list[Any]:
    """Every table and index, as SQLite keeps them."""
    with engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").all()
    return [tuple(row) for row in rows if row[2] != "alembic_version"]


def test_the_newest_migration_ends_at_the_tables_of_the_program(engine: Engine) -> None:
    """A column that only one of them has fails at a customer's site, not here."""
    schema.upgrade(engine)

    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_tables_have_the_same_keys_and_options_in_both(engine: Engine, tmp_path: Path) -> None:
    """Alembic compares neither primary keys nor WITHOUT ROWID: SQLite's own words do."""
    schema.upgrade(engine)
    declared = write_engine(f"sqlite:///{tmp_path}/declared.db")
    with declared.begin() as connection:
        metadata.create_all(connection)

    def folded(rows: list[Any]) -> dict[str, tuple[str, ...]]:
        """By name, whatever the white space, the quotes and the order of a table's constraints."""
        return {row[1]: tuple(sorted((row[3] or "").replace(",", " ").replace('"', "").split())) for row in rows}

    assert folded(definitions(declared)) == folded(definitions(engine))
    declared.dispose()


def test_up_down_and_up_again(engine: Engine) -> None:
    """A downgrade that leaves something behind makes the next upgrade fail."""
    schema.upgrade(engine)
    first = definitions(engine)
    downgrade(engine)
    assert tables(engine) <= {"alembic_version"}

    schema.upgrade(engine)

    assert definitions(engine) == first


def test_upgrading_what_is_new_already_changes_nothing(engine: Engine) -> None:
    """`run --upgrade` stands in unit files for good."""
    schema.upgrade(engine)
    first = definitions(engine)

    schema.upgrade(engine)

    assert definitions(engine) == first


def test_space_can_be_given_back_from_the_first_day(engine: Engine, tmp_path: Path) -> None:
    """auto_vacuum can be chosen only before the first table; retention will need it."""
    schema.upgrade(engine)
    link = sqlite3.connect(tmp_path / "router.db")

    assert link.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    link.close()


@pytest.mark.parametrize(
    "breaks_at", ["CREATE TABLE outbox", "CREATE INDEX ix_sighting_message", "INSERT INTO alembic"]
)
def test_an_end_in_the_middle_leaves_the_old_state(engine: Engine, breaks_at: str) -> None:
    """After a kill the program meets the old tables or the new ones, never half of them."""

    def break_there(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.strip().replace("\n", "").startswith(breaks_at):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", break_there)
    with pytest.raises(KeyboardInterrupt):
        schema.upgrade(engine)
    event.remove(engine, "before_cursor_execute", break_there)

    assert tables(engine) == set()
    schema.upgrade(engine)
    assert tables(engine) >= set(metadata.tables)


def test_the_migrations_are_one_line_without_a_branch() -> None:
    """Two heads leave an operator with an upgrade that refuses to choose."""
    scripts = list(ScriptDirectory.from_config(config()).walk_revisions())

    assert [one.revision for one in scripts if one.is_head] == [schema.HEAD]
    assert len([one for one in scripts if one.is_base]) == 1


OLD_TRUE = {"sqlite": "1", "postgresql": "true"}


def test_conversations_of_an_older_program_are_found_by_their_customers(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    """An id led everybody to its conversation; now it leads those who are part of it, on both systems."""
    for url in (f"sqlite:///{tmp_path}/router.db", postgres_server.new_database()):
        engine = write_engine(url)
        with engine.begin() as connection:
            made = config()
            made.attributes["connection"] = connection
            command.upgrade(made, "0001")
            connection.exec_driver_sql("INSERT INTO thread (id, created) VALUES ('t1', 0)")
            for name, customer in (("m1", "'kim+lamp@x.example'"), ("m2", "NULL")):
                connection.exec_driver_sql(
                    "INSERT INTO message (id, sha256, message_id, direction, kind, reasons, needs_answer, needs_reasons,"
                    " customer, subject, mailboxes, received, thread, thread_why, rules, marks) VALUES"
                    f" ('{name}', '', '{name}@x', 'in', 'person', '[]', {OLD_TRUE[engine.dialect.name]}, '[]', {customer},"
                    " '', '[]', 0, 't1', '[]', '[]', '[]')"
                )
            connection.exec_driver_sql("INSERT INTO thread_key VALUES ('m1@x', 't1'), ('m2@x', 't1'), ('gone@x', 't1')")
        schema.upgrade(engine)
        kim = digest(person("kim@x.example"))
        with engine.begin() as connection:
            found = {row.key: (row.thread, row.carried) for row in connection.execute(select(thread_key))}

        assert found == {
            key_of("m1@x", kim): ("t1", True),
            key_of("m1@x", ANYBODY): ("t1", True),
            key_of("m2@x", kim): ("t1", True),
            key_of("m2@x", ANYBODY): ("t1", True),
            key_of("gone@x", kim): ("t1", False),
        }
        engine.dispose()
