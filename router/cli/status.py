"""`router status`: is everything well? Exit 1 where it is not."""

import json
from typing import Any

import click

from router import control
from router.cli.common import FAULT, Context, Failure
from router.cli.render import render
from router.clock import Clock, rfc3339
from router.config import Settings
from router.store.dialect import sqlite_path


@click.command("status")
@click.option("--live", is_flag=True, help="Only whether the daemon's loop, writer and disk work, for a health check.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status_command(context: Context, live: bool, as_json: bool) -> None:
    """Show how the router stands; exit code 1 where something is wrong."""
    settings = context.settings()
    pid = _live(settings)
    if live:
        if pid is None:
            raise Failure("the daemon does not answer")
        click.echo(f"alive, process {pid}")
        return
    found = _summary(settings, pid)
    if as_json:
        click.echo(json.dumps(found, default=rfc3339))
    else:
        text = render("status.txt.j2", found, templates=settings.router.templates, zone=settings.router.timezone)
        click.echo(text, nl=False)
    if found["wrong"]:
        click.get_current_context().exit(FAULT)


def _live(settings: Settings) -> int | None:
    """The daemon's process, if it can write; None where it does not answer within a few seconds."""
    path = sqlite_path(settings.router.database)
    if path is None:
        return None
    try:
        pid: int = control.ask(control.socket_path(path), {"do": "live"}, timeout=5.0)["pid"]
    except (control.NoDaemon, control.ControlError, OSError):
        return None
    return pid


def _summary(settings: Settings, pid: int | None) -> dict[str, Any]:
    from router.cli.common import reading
    from router.store.health import summary

    with reading(settings) as database:
        found: dict[str, Any] = database.read(lambda connection: summary(connection, Clock().now()))
    listener = settings.smtp and {
        "name": "smtp",
        "state": "listening" if pid else "down",
        "last_success": found["last_received"],
        "last_error": None,
        "stored": sum(found["sightings"].values()),
        "server": None,  # a listener has no folder to compare with
    }
    wrong = ([] if pid else ["daemon-down"]) + found["wrong"]
    return found | {
        "running": pid is not None,
        "sources": [listener] if listener else [],
        "digests": [],
        "wrong": wrong,
    }
