"""`router queue`, and what a person may do to the copies in it: `retry`, `hold`, `release`."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from router.cli.common import FAULT, Context, json_option, print_json, print_table, reading
from router.cli.ordering import order
from router.clock import rfc3339
from router.store.outbox import OPEN, State, counts
from router.store.views import queue


@click.command("queue")
@click.option("--all", "everything", is_flag=True, help="Delivered, withheld and skipped copies too.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in State]), help="Only these states."
)
@json_option()
@click.pass_obj
def queue_command(context: Context, everything: bool, states: tuple[str, ...], as_json: bool) -> None:
    """List the copies that are not done; --json lists all, for programs to filter."""
    wanted: Sequence[str] | None = states or (None if everything or as_json else OPEN)
    with reading(context.glimpse()) as database:
        if as_json:
            database.read(lambda connection: print_json(queue(connection, wanted)))
            return
        rows = database.read(lambda connection: list(queue(connection, wanted)))
        done = database.read(counts)[State.DELIVERED]
    columns = ("id", "message", "inbox", "state", "attempts")
    heads = ("ID", "MESSAGE", "INBOX", "STATE", "ATTEMPTS", "DUE", "WHY")
    table = [[*(row[key] for key in columns), rfc3339(row["due"]), _why(row)] for row in rows]
    if table:
        print_table(heads, table)
    click.echo(f"{len(table)} listed, {done} delivered in all")


def _why(row: Mapping[str, Any]) -> str | None:
    """Where a copy lies, or why it does not."""
    receipt = row["receipt"] or {}
    if row["state"] != State.DELIVERED or not receipt:
        why: str | None = row["last_error"] or row["reason"]
        return why
    place = receipt.get("file") or receipt.get("folder") or receipt.get("relay") or receipt.get("bundle")
    more = receipt.get("uid") or receipt.get("queue_id") or receipt.get("number")
    return f"{place} {more}" if more else place


def _order(context: Context, what: str, ids: Sequence[str], as_json: bool) -> None:
    """Give the order to the daemon, or carry it out where none runs."""
    changed = order(context.glimpse(), {"do": what, "ids": list(ids)})
    if as_json:
        print_json({"id": one} for one in changed)
    else:
        click.echo(f"{what}: {', '.join(changed) or 'nothing to change'}")
    if not changed:
        click.get_current_context().exit(FAULT)


@click.command("retry")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@json_option()
@click.pass_obj
def retry_command(context: Context, ids: tuple[str, ...], as_json: bool) -> None:
    """Try copies again at once, failed ones too; ID is a copy's or a message's."""
    _order(context, "retry", ids, as_json)


@click.command("hold")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@json_option()
@click.pass_obj
def hold_command(context: Context, ids: tuple[str, ...], as_json: bool) -> None:
    """Keep copies back until they are released; ID is a copy's or a message's."""
    _order(context, "hold", ids, as_json)


@click.command("release")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@json_option()
@click.pass_obj
def release_command(context: Context, ids: tuple[str, ...], as_json: bool) -> None:
    """Let held copies go; with the id of a sighting, route a repeat after all."""
    _order(context, "release", ids, as_json)
