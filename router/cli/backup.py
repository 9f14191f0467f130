"""`router backup`: a copy of the database while the daemon runs."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from router.cli.common import FAULT, Context, Failure
from router.store.dialect import sqlite_path


@click.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_obj
def backup_command(context: Context, file: Path) -> None:
    """Copy the database into the new FILE, whole and checked, while the daemon goes on."""
    from router.store.backup import backup

    path = sqlite_path(context.glimpse().database)
    if path is None:
        raise Failure("only a SQLite database is backed up here: use pg_dump", FAULT)
    signal.signal(signal.SIGTERM, _interrupt)  # a timer that gives up must not leave half a copy behind
    backup(path, file, progress=show_progress if sys.stderr.isatty() else None)
    click.echo(f"backed up to {file}, {file.stat().st_size} bytes")


def show_progress(done: int, total: int) -> None:
    """One line on a terminal."""
    click.echo(f"\r{100 * done // max(total, 1):3d} %" + ("" if done < total else "\n"), err=True, nl=False)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
