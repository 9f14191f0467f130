"""`router thread`: a conversation and why its messages belong together."""

from datetime import UTC, datetime

import click

from router.cli.common import Context, Failure, json_option, print_json, reading
from router.cli.render import render


@click.command("thread")
@click.argument("thread_id", metavar="ID", required=False)
@click.option("--all", "everything", is_flag=True, help="Every conversation.")
@json_option()
@click.pass_obj
def thread_command(context: Context, thread_id: str | None, everything: bool, as_json: bool) -> None:
    """Show a conversation; ID is its own or that of one of its messages."""
    from router.store.conversations import threads
    from router.store.views import resolve_thread

    if (thread_id is None) == (not everything):
        raise click.UsageError("give the ID of a conversation, or --all")
    router = context.glimpse()
    with reading(router) as database:
        names = None
        if thread_id is not None:
            found = database.read(lambda connection: resolve_thread(connection, thread_id))
            if found is None:
                raise Failure(f"no conversation is known by {thread_id!r}")
            names = [found]
        listed = database.read(lambda connection: list(threads(connection, names, datetime.now(UTC))))
    if names and not listed:
        raise Failure(f"the mails of conversation {thread_id} are no longer kept")
    if as_json:
        print_json(listed)
    else:
        values = {"threads": listed}
        text = render("thread.txt.j2", values, templates=router.templates, zone=router.timezone)
        click.echo(text, nl=False)
