"""`router waiting`: who waits for an answer, on both clocks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from router.cli.common import Context, json_option, print_json, reading
from router.cli.render import render
from router.config import Settings
from router.config.answering import answers_cure
from router.config.service import service_clocks


@click.command("waiting")
@click.option("--unknown", is_flag=True, help="Those instead of whom nobody can say it: our answers cannot be seen.")
@click.option("--mailbox", help="Of this mailbox only.")
@json_option()
@click.pass_obj
def waiting_command(context: Context, unknown: bool, mailbox: str | None, as_json: bool) -> None:
    """List the customers who wait, longest first, and those whom we have promised a word; probably finished ones last."""
    from router.store import waiting

    settings = context.settings()
    if mailbox is not None and mailbox not in {one.name for one in settings.mailboxes}:
        known = ", ".join(sorted(one.name for one in settings.mailboxes))
        raise click.BadParameter(f"no mailbox {mailbox!r}; known: {known}", param_hint="--mailbox")
    now = datetime.now(UTC)
    with reading(settings.router) as database:
        rows = database.read(lambda connection: waiting.waiting(connection, now, unknown=unknown))
        blind = {} if unknown else database.read(lambda connection: waiting.unknown(connection, now))
    if mailbox is not None:
        rows = [row for row in rows if row["mailbox"] == mailbox]
        blind = {name: count for name, count in blind.items() if name == mailbox}
    add_clocks(rows, settings, now)
    if as_json:
        print_json(rows)
    else:
        _show("waiting.txt.j2", {"rows": rows, "unknown": unknown, "now": now}, settings)
    if blind:
        _show("blind.txt.j2", {"blind": _cures(blind, settings)}, settings, err=True)


def add_clocks(rows: Sequence[dict[str, Any]], settings: Settings, now: datetime) -> None:
    """The customer's time and the service hours since each of these has waited, in whole seconds."""
    clock_of = service_clocks(settings, min((row["waiting_since"] for row in rows), default=now), now)
    for row in rows:
        since = row["waiting_since"]
        row["customer_seconds"] = int((now - since).total_seconds())
        row["service_seconds"] = int(clock_of(row["mailbox"]).since(since).total_seconds())


def _cures(blind: Mapping[str, int], settings: Settings) -> list[dict[str, object]]:
    cures = {mailbox.name: answers_cure(settings, mailbox) for mailbox in settings.mailboxes}
    return [{"mailbox": name, "count": count, **cures.get(name, {})} for name, count in blind.items()]


def _show(name: str, values: Mapping[str, object], settings: Settings, *, err: bool = False) -> None:
    text = render(name, values, templates=settings.router.templates, zone=settings.router.timezone)
    click.echo(text, nl=False, err=err)
