"""`router import`: what was written and answered before, from files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from router import control
from router.cli.common import CONFIGURATION, Context, Failure, json_option, print_json
from router.cli.history.reading import Place, sightings
from router.cli.history.run import Counts, Import
from router.cli.history.telling import Telling
from router.cli.history.ways import ByDaemon, Way, by_itself
from router.config import Settings
from router.config.people import Mailbox
from router.intake.files import Limits, NotMail, opened
from router.store.database import Database, open_to_read, open_to_write
from router.store.dialect import sqlite_path
from router.tasks import Lane

LARGEST = 50_000_000  # octets of a mail, where no [smtp] says otherwise
_OPTIONS = ("--inbox", "--sent")


class _Paths(click.Command):
    """Lets several paths follow one option, as a shell's `*.mbox` gives them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each of its paths but the first."""
        spread: list[str] = []
        option, first = "", False
        for word in args:
            if word.startswith("-"):
                option = next((one for one in _OPTIONS if word == one or word.startswith(f"{one}=")), "")
                first = word == option
            elif option and not first:
                spread.append(option)
            else:
                first = False
            spread.append(word)
        return super().parse_args(ctx, spread)


_path = click.Path(path_type=Path)


@click.command("import", cls=_Paths)
@click.option("--mailbox", required=True, help="Whose mail it is.")
@click.option("--inbox", multiple=True, type=_path, metavar="PATH…", help="What customers wrote to it.")
@click.option("--sent", multiple=True, type=_path, metavar="PATH…", help="What we wrote.")
@json_option(help="One JSON object at the end.")
@click.pass_obj
def import_command(
    context: Context, mailbox: str, inbox: tuple[Path, ...], sent: tuple[Path, ...], as_json: bool
) -> None:
    """Take in a mailbox's past: nothing is sent or copied; it may be interrupted and repeated.

    PATH is an mbox file, a Maildir, a folder with .eml files or a single mail, packed by gzip or not.
    """
    settings = context.settings()
    places = _places(_mailbox(settings, mailbox), inbox, sent, settings)
    telling = Telling(settings, mailbox)
    work = _Work(settings, mailbox, places, telling)
    try:
        with asyncio.Runner() as runner:
            counts = runner.run(work.run())
    except KeyboardInterrupt:
        telling.end_line()
        click.echo(telling.words(work.counts, "interrupted"), nl=False, err=True)
        raise
    finally:
        telling.end_line()
    if as_json:
        print_json([asdict(counts)])
    else:
        click.echo(telling.words(counts, "end"), nl=False)
    if counts.faults:
        click.get_current_context().exit(1)


def _mailbox(settings: Settings, name: str) -> Mailbox:
    found = next((one for one in settings.mailboxes if one.name == name), None)
    if found is None:
        known = ", ".join(sorted(one.name for one in settings.mailboxes))
        raise click.BadParameter(f"no mailbox {name!r}; known: {known}", param_hint="--mailbox")
    return found


def _places(mailbox: Mailbox, inbox: tuple[Path, ...], sent: tuple[Path, ...], settings: Settings) -> list[Place]:
    """Everything that was named, our own mail first: whoever wrote waits for no answer that is only not read yet."""
    if not inbox and not sent:
        raise click.UsageError("neither --inbox nor --sent names anything to read")
    if sent and not mailbox.outbound:
        raise Failure(f"mailbox {mailbox.name!r} has no `outbound` address, by which answers are known", CONFIGURATION)
    path = sqlite_path(settings.router.database)
    size = settings.smtp.max_message_size if settings.smtp else LARGEST
    limits = Limits(size, path.parent if path is not None and path.parent.is_dir() else None)
    found = [(one, "--sent") for one in sent] + [(one, "--inbox") for one in inbox]
    places = []
    for one, option in found:
        try:
            read = opened(one, limits)
        except NotMail as error:
            raise click.BadParameter(str(error), param_hint=option) from error
        address = mailbox.outbound[0] if option == "--sent" else mailbox.addresses[0]
        places.append(Place(read, address, option == "--sent"))
    return places


class _Work:
    """One import."""

    def __init__(self, settings: Settings, mailbox: str, places: list[Place], telling: Telling) -> None:
        self.counts = Counts()
        self._settings = settings
        self._mailbox = mailbox
        self._places = places
        self._telling = telling

    async def run(self) -> Counts:
        """Until all that was read is routed."""
        async with self._way() as (database, way):
            work = Import(database, way, self._telling.progress, self._telling.fault, self.counts)
            await work.run(sightings(self._places, datetime.now(UTC)))
            # A folder whose mails are all unreadable has shown nothing; one that holds none has.
            if any(place.sent for place in self._places) and (work.good[True] or not work.bad[True]):
                await way.sent_seen(self._mailbox)
        return self.counts

    @asynccontextmanager
    async def _way(self) -> AsyncIterator[tuple[Database, Way]]:
        url = self._settings.router.database
        path = sqlite_path(url)
        if path is not None and (daemon := await _daemon(path)) is not None:
            database = await asyncio.to_thread(open_to_read, url)
            try:
                yield database, daemon
            finally:
                database.close()
            return
        # Like the daemon, and unlike other commands, it makes a new database: the past may well come first.
        database = await asyncio.to_thread(open_to_write, url, lambda error: None)
        try:
            async with by_itself(self._settings, database) as way:
                yield database, way
        finally:
            await asyncio.to_thread(database.close)


async def _daemon(path: Path) -> ByDaemon | None:
    """The daemon that has this database, if one runs."""
    found = ByDaemon(control.socket_path(path), Lane("import"))
    return found if await found.lives() else None
