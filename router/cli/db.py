"""`router db`: the database's version, and what must be said after a restore."""

import os
import sqlite3
from functools import partial

import click
from sqlalchemy.exc import DBAPIError

from router.cli.common import Context, reading, writing
from router.clock import Clock
from router.store import commands, schema
from router.store.database import lock_of
from router.store.dialect import sqlite_path, translate, write_engine


def upgrade_database(url: str) -> None:
    """Bring the database to this program's version, after a backup; says what it does."""
    path, lock = sqlite_path(url), lock_of(url)
    if path is not None and not path.exists():
        return
    if lock is not None:
        lock.acquire()
    engine = write_engine(url)
    try:
        with engine.begin() as connection:
            before = schema.version(connection)
            schema.refuse_newer(before)
        if before == schema.HEAD:
            click.echo(f"the database is of version {before} already", err=True)
            return
        if path is not None:
            backup = path.with_name(f"{path.name}.before-{schema.HEAD}")
            _backup(str(path), str(backup))
            click.echo(f"backed up to {backup}", err=True)
        schema.upgrade(engine)
        click.echo(f"upgraded from {before} to {schema.HEAD}", err=True)
    except DBAPIError as error:
        raise translate(error) or error from error
    finally:
        engine.dispose()
        if lock is not None:
            lock.release()


def _backup(path: str, backup: str) -> None:
    """By SQLite's own backup: a copy of the file alone would lack what stands in the WAL."""
    os.close(os.open(backup, os.O_WRONLY | os.O_CREAT, 0o600))  # customers' mail: nobody else reads it
    source, target = sqlite3.connect(path), sqlite3.connect(backup)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()


@click.group("db")
def db_command() -> None:
    """The database: its version, an upgrade, what to say after a restore."""


@db_command.command("version")
@click.pass_obj
def version_command(context: Context) -> None:
    """Show the version of the database and of this program."""
    with reading(context.glimpse()) as database:
        click.echo(f"database {database.read(schema.version)}, program {schema.HEAD}")


@db_command.command("upgrade")
@click.pass_obj
def upgrade_command(context: Context) -> None:
    """Bring an older database up to date, after a backup beside it."""
    upgrade_database(context.glimpse().database)


@db_command.command("restored")
@click.pass_obj
def restored_command(context: Context) -> None:
    """Say that the database was restored from a backup: open copies may have been delivered since."""
    settings = context.settings()
    by_smtp = [inbox.name for inbox in settings.inboxes if inbox.deliver == "smtp"]
    with writing(settings.router) as database:
        call = partial(commands.restored, now=Clock().now(), inboxes_by_smtp=by_smtp)
        changed = database.write("command", call)
    click.echo(f"{len(changed)} open copies: those that can be looked for will be, the others are held")
