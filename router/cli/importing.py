"""`router import`: what was written and answered before, from files or from a watched account."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from router.cli.common import CONFIGURATION, Context, Failure, json_option, print_json
from router.cli.history.reading import Place
from router.cli.history.telling import Telling
from router.cli.history.work import AccountWork, FilesWork, Work
from router.config import Settings
from router.config.measures import duration
from router.config.people import Mailbox
from router.config.transport import Source
from router.intake.files import Limits, NotMail, opened, unread_folders
from router.store.dialect import sqlite_path

LARGEST = 50_000_000  # octets of a mail, where no [smtp] says otherwise
NAMED = 5  # folders that are named where some are not read
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
@click.option("--mailbox", help="Whose mail it is, in files.")
@click.option("--inbox", multiple=True, type=_path, metavar="PATH…", help="What customers wrote to it.")
@click.option("--sent", multiple=True, type=_path, metavar="PATH…", help="What we wrote.")
@click.option("--source", help="The [[source]] whose account is read instead: what was there before it was watched.")
@click.option("--since", metavar="90d|DAY", help="With --source: nothing older, by length of time or from a day on.")
@json_option(help="One JSON object at the end.")
@click.pass_obj
def import_command(
    context: Context,
    mailbox: str | None,
    inbox: tuple[Path, ...],
    sent: tuple[Path, ...],
    source: str | None,
    since: str | None,
    as_json: bool,
) -> None:
    """Take in a past, of files or of a watched account: nothing is sent or copied; it may be interrupted and repeated.

    PATH is an mbox file, a Maildir (without the folders in it), a folder with .eml files or a single mail, packed by
    gzip or not.
    """
    if (mailbox is None) == (source is None):
        raise click.UsageError("either --mailbox, with files, or --source has to be named")
    if source is not None and (inbox or sent):
        raise click.UsageError("--inbox and --sent name files of a --mailbox; a --source has its folders")
    if source is None and since is not None:
        raise click.UsageError("--since is for a --source")
    settings = context.settings()
    work: Work
    if source is not None:
        begin = _since(since, settings) if since is not None else None
        work = AccountWork(settings, Telling(settings, source), _source(settings, source), begin)
    else:
        assert mailbox is not None
        places = _places(_mailbox(settings, mailbox), inbox, sent, settings)
        telling = Telling(settings, mailbox)
        for path in (*sent, *inbox):
            if folders := unread_folders(path):
                telling.again(f"{path} has folders of its own, read only where they are named: {_listed(folders)}")
        work = FilesWork(settings, telling, mailbox, places)
    _carry_out(work, as_json)


def _listed(folders: list[str]) -> str:
    more = len(folders) - NAMED
    return ", ".join(folders[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _carry_out(work: Work, as_json: bool) -> None:
    telling = work.telling
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


def _source(settings: Settings, name: str) -> Source:
    found = next((one for one in settings.sources if one.name == name), None)
    if found is None:
        known = ", ".join(sorted(one.name for one in settings.sources)) or "none"
        raise click.BadParameter(f"no source {name!r}; known: {known}", param_hint="--source")
    if found.kind == "own":
        raise click.BadParameter(f"{name!r} is the router's own mailbox, which has no history", param_hint="--source")
    return found


def _since(given: str, settings: Settings) -> date:
    """The first day that is read."""
    today = datetime.now(settings.router.timezone).date()
    with suppress(ValueError):
        day = date.fromisoformat(given)
        if day <= today:
            return day
    with suppress(ValueError, OverflowError):
        return today - duration(given)
    raise click.BadParameter(
        'expected a length of time such as "90d", or a day such as 2026-08-30', param_hint="--since"
    )


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
