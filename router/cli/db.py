"""`router db`: the database's version, and what must be said after a restore."""

import sys
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from router.cli.backup import show_progress
from router.cli.common import Context, reading, writing
from router.clock import Clock
from router.config import mailing
from router.faultpoint import reach
from router.store import commands, schema
from router.store.backup import backup
from router.store.database import lock_of
from router.store.dialect import sqlite_path, translate, write_engine


def upgrade_database(url: str) -> None:
    """Bring the database to this program's version, after a backup; says what it does.

    A kill at any step leaves the old version or the new one. The backup of an attempt that did not come to its end is
    replaced by the next: it is of the same version.
    """
    path, lock = sqlite_path(url), lock_of(url)
    if path is not None and not path.exists():
        return
    if lock is not None:
        lock.acquire()
    engine = write_engine(url)
    try:
        _upgrade(engine, path)
    except DBAPIError as error:
        raise translate(error) or error from error
    finally:
        engine.dispose()
        if lock is not None:
            lock.release()


def _upgrade(engine: Engine, path: Path | None) -> None:
    with engine.begin() as connection:
        before = schema.version(connection)
        if before is None and schema.is_empty(connection):
            return  # `run` makes the tables
        if before is None or before >= schema.HEAD:
            schema.check(connection)  # somebody else's, or newer: refused
            click.echo(f"the database is of version {before} already", err=True)
            return
    if path is not None:
        kept = path.with_name(f"{path.name}.before-{schema.HEAD}")
        backup(path, kept, replace=True, progress=show_progress if sys.stderr.isatty() else None)
        reach("upgrade.backed-up")
        click.echo(f"backed up to {kept}", err=True)
    schema.upgrade(engine)
    click.echo(f"upgraded from {before} to {schema.HEAD}", err=True)


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
    url = context.glimpse().database
    path = sqlite_path(url)
    if path is not None and not path.exists():
        click.echo(f"there is no database at {path} yet: `router run` creates it, of this version", err=True)
    upgrade_database(url)


@db_command.command("restored")
@click.pass_obj
def restored_command(context: Context) -> None:
    """Say that the database was restored from a backup: open copies may have been delivered since."""
    settings = context.settings()
    by_smtp = [inbox.name for inbox in settings.inboxes if inbox.deliver == "smtp"] + list(mailing.by_mail(settings))
    with writing(settings.router) as database:
        call = partial(commands.restored, now=Clock().now(), inboxes_by_smtp=by_smtp)
        changed = database.write("command", call)
    click.echo(f"{len(changed)} open copies: those that can be looked for will be, the others are held")
