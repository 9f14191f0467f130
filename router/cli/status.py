"""`router status`: is everything well? Exit 1 where it is not."""

import json
import os
from typing import Any

import click

from router import control
from router.cli.common import FAULT, Context, Failure, reading
from router.cli.render import render
from router.clock import Clock, rfc3339
from router.config import Faults, glimpse
from router.config.answering import answers_cure
from router.config.general import Router
from router.config.service import schedule_of
from router.conversation.slots import Schedule
from router.store import roles
from router.store.dialect import sqlite_path


@click.command("status")
@click.option("--live", is_flag=True, help="Only whether the daemon's loop, writer and disk work, for a health check.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status_command(context: Context, live: bool, as_json: bool) -> None:
    """Show how the router stands; exit code 1 where something is wrong."""
    router, faults = glimpse(context.file(), os.environ)
    daemon = _live(router)
    if live:
        if daemon is None:
            raise Failure("the daemon does not answer")
        click.echo(f"alive, process {daemon['pid']}")
        return
    found = _summary(router, daemon, faults, [] if faults else _due(context))
    if as_json:
        click.echo(json.dumps(found, default=rfc3339))
    else:
        found["cures"] = {} if faults else _cures(context)
        click.echo(render("status.txt.j2", found, templates=router.templates, zone=router.timezone), nl=False)
    if found["wrong"]:
        click.get_current_context().exit(FAULT)


def _cures(context: Context) -> dict[str, dict[str, Any]]:
    """What shows the answers of each mailbox."""
    settings = context.settings()
    return {mailbox.name: answers_cure(settings, mailbox) for mailbox in settings.mailboxes}


def _live(router: Router) -> dict[str, Any] | None:
    """What the daemon says of itself, if it can write; None where it does not answer within a few seconds."""
    path = sqlite_path(router.database)
    if path is None:
        with reading(router) as database:
            names = database.read(lambda connection: roles.alive(connection, Clock().now()))
        return {"pid": ", ".join(names)} if names else None
    try:
        found: dict[str, Any] = control.ask(control.socket_path(path), {"do": "live"}, timeout=5.0)
    except (control.NoDaemon, control.ControlError):
        return None
    return found


def _due(context: Context) -> list[tuple[str, Schedule]]:
    return [(digest.name, schedule_of(digest)) for digest in context.settings().digests]


def _summary(
    router: Router, daemon: dict[str, Any] | None, faults: Faults | None, due: list[tuple[str, Schedule]]
) -> dict[str, Any]:
    from router.store.health import digests, summary

    now = Clock().now()
    with reading(router) as database:
        found: dict[str, Any] = database.read(lambda connection: summary(connection, now))
        told, overdue = database.read(lambda connection: digests(connection, due, now))
    listener = {
        "name": "smtp",
        "state": "listening" if daemon else "down",
        "last_success": found["last_received"],
        "last_error": None,
        "stored": found["by_listener"],
        "server": None,  # a listener has no folder to compare with
    }
    accounts = found.pop("watched").values()
    wrong = [] if daemon else ["daemon-down"]
    wrong += ["configuration-faults"] if faults else []
    return found | {
        "running": daemon is not None,
        "configuration": [str(fault) for fault in faults.faults] if faults else [],
        "sources": [listener, *accounts],
        "digests": told,
        "wrong": wrong + found["wrong"] + overdue,
    }
