"""What the commands share: finding the configuration, opening the database, exit codes, output.

Exit codes: 0, 1 a fault, 2 wrong usage, 75 try later, 78 configuration (the last two as in sysexits.h).
"""

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from router.clock import rfc3339
from router.config import Faults, Settings, find_file, glimpse, load
from router.config.general import Router

FAULT, USAGE, TRY_LATER, CONFIGURATION = 1, 2, 75, 78
_FURTHEST = timedelta(days=100 * 366)  # from now: what may be asked about lies well inside the calendar
F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """Ends a command with one line on stderr and an exit code."""

    def __init__(self, message: str, exit_code: int = FAULT) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click declares it for the class, and reads it from the instance

    def show(self, file: Any = None) -> None:
        click.echo(f"router: {self.format_message()}", err=True)


@dataclass(slots=True)
class Context:
    """The options before the command."""

    config: Path | None

    def file(self) -> Path:
        """The configuration's file."""
        return find_file(self.config, os.environ, Path.cwd())

    def settings(self) -> Settings:
        """The settings; raises `Faults`."""
        return load(self.file(), os.environ)

    def glimpse(self) -> Router:
        """What is needed to look into the database; faults elsewhere in the configuration are told and passed over."""
        router, faults = glimpse(self.file(), os.environ)
        for fault in faults.faults if faults else ():
            click.echo(str(fault), err=True)
        return router


def guarded(group: click.Group) -> int:
    """Run the command line and give its exit code; what goes wrong becomes words on stderr, never a traceback of ours."""
    from router.store.errors import Locked, StoreBusy, StoreError, StoreFull

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal of another encoding is no reason to fall over
    try:
        # Not group.main: it makes exit code 1 of a pipe that its reader closed, as `| head` does.
        with group.make_context("router", sys.argv[1:]) as context:
            group.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Faults as faults:
        for fault in faults.faults:
            click.echo(str(fault), err=True)
        return CONFIGURATION
    except (Locked, StoreBusy, StoreFull) as error:
        click.echo(f"router: {error}", err=True)
        return TRY_LATER
    except StoreError as error:
        click.echo(f"router: {error}", err=True)
        return FAULT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        click.echo(f"router: {error.filename or 'a system call'}: {error.strerror}", err=True)
        return FAULT
    return 0


@contextmanager
def reading(router: Router) -> "Iterator[Any]":
    """The database, open to read."""
    from router.store.database import open_to_read

    database = open_to_read(router.database)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing(router: Router) -> "Iterator[Any]":
    """The database, open to write, where no daemon has it."""
    from router.store.database import open_to_read, open_to_write

    open_to_read(router.database).close()  # a command never makes a database: that would hide a wrong path
    database = open_to_write(router.database, lambda error: None)
    try:
        yield database
    finally:
        database.close()


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """One object per line."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=plain))


def plain(value: object) -> Any:
    """A value as programs read it."""
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Plain columns, as wide as they need to be; the last one runs free."""
    cells = [list(heads), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads) - 1)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        click.echo(f"{line}  {row[-1]}".rstrip() if widths else row[-1])


json_option = partial(click.option, "--json", "as_json", is_flag=True, help="One JSON object per line.")


def instant(text: str, zone: tzinfo, now: datetime, expected: str) -> datetime:
    """What `--at` means, in UTC; without an offset it is by the clock of `zone`. Refused where no calendar reaches."""
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        good = abs(at - now) <= _FURTHEST
    except (ValueError, OverflowError):
        good = False
    if not good:
        raise click.BadParameter(f"{text!r}: expected {expected}", param_hint="--at")
    return at
