"""`router trace`: the way of a message, from the first byte to the receipts."""

from functools import partial

import click

from router.cli.common import Context, Failure, json_option, print_json, reading
from router.cli.render import render

MOST = 100


@click.command("trace")
@click.argument("what")
@json_option()
@click.pass_obj
def trace_command(context: Context, what: str, as_json: bool) -> None:
    """Show the way of mails: WHAT is a Message-ID, an id, an address, words of the subject, or a digest's name."""
    from router.store import views

    router = context.glimpse()
    with reading(router) as database:
        found = database.read(
            lambda connection: list(views.trace(connection, views.find_messages(connection, what, MOST)))
        ) or database.read(
            lambda connection: list(views.trace_editions(connection, views.find_editions(connection, what, MOST)))
        )
    if as_json:
        print_json(found)
    elif found:
        show = partial(render, templates=router.templates, zone=router.timezone)
        click.echo(show("trace.txt.j2", {"messages": found}), nl=False)
    if not found:
        raise Failure(f"no mail is known by {what!r}: give a Message-ID, an address, or words of the subject")
