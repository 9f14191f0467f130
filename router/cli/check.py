"""`router check`: is the configuration right, and does everything it names work?"""

import asyncio

import click

from router.cli.checking.finding import FAULT as FAULTY
from router.cli.checking.finding import REMARK
from router.cli.checking.telling import Row, row, tell
from router.cli.checking.tries import run, tries
from router.cli.common import CONFIGURATION, FAULT, Context, json_option, print_json
from router.cli.filesystem import refused as refused_place
from router.cli.rhythm import wished
from router.config import Fault, Faults, Settings
from router.config.notes import notes
from router.config.show import show


@click.command("check")
@click.option("--offline", is_flag=True, help="Only the configuration: log in nowhere, write nothing.")
@click.option("--show", "show_it", is_flag=True, help="Print the settings in their long form, defaults included.")
@json_option()
@click.pass_obj
def check_command(context: Context, offline: bool, show_it: bool, as_json: bool) -> None:
    """Check the configuration, then try what it names: folders, the listener's address, every inbox and mail server."""
    try:
        settings = context.settings()
    except Faults as faults:
        if not as_json:
            raise
        print_json(_configured(fault) for fault in faults.faults)
        click.get_current_context().exit(CONFIGURATION)
    if show_it:
        click.echo(show(settings), nl=False)
        for line in wished(settings.router):
            click.echo(f"# {line}")
        return
    for note in notes(settings):
        if as_json:
            print_json([row("configuration", settings.file.name, REMARK, note, None)])
        else:
            click.echo(f"note: {note}", err=True)
    refused = [] if offline else list(refused_place(settings))
    for fault in refused:
        if as_json:
            print_json([_configured(fault)])
        else:
            click.echo(str(fault), err=True)
    faulty = False if offline else asyncio.run(_live(settings, as_json))
    if refused or faulty:
        click.get_current_context().exit(CONFIGURATION if refused else FAULT)
    if not as_json:
        parts = (
            (len(settings.mailboxes), "mailboxes"),
            (len(settings.inboxes), "inboxes"),
            (len(settings.rules), "rules"),
        )
        click.echo(f"{settings.file.name} is good: {', '.join(f'{count} {name}' for count, name in parts)}")


async def _live(settings: Settings, as_json: bool) -> bool:
    """Try everything, and tell each finding as soon as it is known; whether one is a fault."""
    faulty = False
    async for found in run(tries(settings)):
        for one in found:
            faulty |= one.state == FAULTY
            tell(settings, one, as_json)
    return faulty


def _configured(fault: Fault) -> Row:
    return row("configuration", fault.key or fault.file, FAULTY, str(fault), None)
