"""`router run`: the daemon."""

import asyncio

import click

from router import maillog
from router.cli.common import CONFIGURATION, Context, Failure
from router.cli.filesystem import refused
from router.clock import Clock, parse_clock
from router.config import Faults
from router.config.notes import notes
from router.tasks import loop_factory


def _clock(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Clock:
    try:
        return Clock() if value is None else parse_clock(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("run")
@click.option("--upgrade", is_flag=True, help="Bring an older database up to date first, after a backup beside it.")
@click.option(
    "--clock", callback=_clock, metavar="START,RATE", help="For tests: begin at START and run RATE times as fast."
)
@click.pass_obj
def run_command(context: Context, upgrade: bool, clock: Clock) -> None:
    """Run the daemon until a signal; a second signal ends it at once."""
    from router.cli.db import upgrade_database
    from router.daemon import CannotListen, Daemon

    settings = context.settings()
    if faults := tuple(refused(settings)):
        raise Faults(faults)
    if settings.smtp is None:
        raise Failure("neither [smtp] nor a source that this version can watch: no mail could come in", CONFIGURATION)
    maillog.setup(settings.log.format, settings.log.level)
    for note in notes(settings):
        click.echo(f"note: {note}", err=True)
    if upgrade:
        upgrade_database(settings.router.database)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            code = runner.run(Daemon(settings, clock).run())
    except CannotListen as error:
        raise Failure(str(error)) from error
    click.get_current_context().exit(code)
