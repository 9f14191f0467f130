"""`router check`: is the configuration right, and does everything it names work?"""

import os
import socket
import tempfile
from pathlib import Path

import click

from router.cli.common import CONFIGURATION, FAULT, Context
from router.cli.filesystem import refused as refused_place
from router.config import Faults, Settings
from router.config.notes import notes, unbuilt
from router.config.show import show
from router.store.dialect import sqlite_path
from router.store.disk import free_space
from router.wiring import credentials


@click.command("check")
@click.option("--offline", is_flag=True, help="Only the configuration: log in nowhere, write nothing.")
@click.option("--show", "show_it", is_flag=True, help="Print the settings in their long form, defaults included.")
@click.pass_obj
def check_command(context: Context, offline: bool, show_it: bool) -> None:
    """Check the configuration, then try what it names: folders, the database, the listener's port."""
    settings = context.settings()
    if show_it:
        click.echo(show(settings), nl=False)
        return
    for note in notes(settings):
        click.echo(f"note: {note}", err=True)
    refused = [str(fault) for fault in (*unbuilt(settings), *refused_place(settings))]
    troubles = [] if offline else [*refused, *_live(settings)]
    for trouble in troubles:
        click.echo(trouble, err=True)
    if not troubles:
        parts = (
            (len(settings.mailboxes), "mailboxes"),
            (len(settings.inboxes), "inboxes"),
            (len(settings.rules), "rules"),
        )
        click.echo(f"{settings.file.name} is good: {', '.join(f'{count} {name}' for count, name in parts)}")
    if troubles:
        click.get_current_context().exit(CONFIGURATION if refused else FAULT)


def _live(settings: Settings) -> list[str]:
    """Everything that does not work, with its cure."""
    troubles = []
    path = sqlite_path(settings.router.database)
    if path is not None and (why := _unwritable(path.parent)):
        troubles.append(f"router.database: the folder {path.parent} {why}")
    if path is not None and (why := _cramped(path.parent, settings.router.min_free_space or 0)):
        troubles.append(f"router.min_free_space: {why}")
    for inbox in settings.inboxes:
        if inbox.deliver == "maildir" and inbox.path is not None and (why := _unwritable(inbox.path)):
            troubles.append(f'inbox "{inbox.name}": {inbox.path} {why}')
    try:
        credentials(settings)
    except Faults as faults:
        troubles += [str(fault) for fault in faults.faults]
    if settings.smtp is not None and (why := _unbindable(*settings.smtp.listen)):
        troubles.append(f"smtp.listen: {why}")
    return troubles


def _cramped(folder: Path, least: int) -> str | None:
    """Why mail would be put off for want of space; None where it would not, or where the folder is not there yet."""
    try:
        free = free_space(folder)
    except OSError:
        return None
    return f"{free} bytes are free in {folder}, mail is put off below {least}: make room" if free < least else None


def _unwritable(folder: Path) -> str | None:
    """Why nothing can be written into a folder that is there or can be made; None where it can."""
    existing = next(one for one in (folder, *folder.parents) if os.path.exists(one))  # a dead mount is none
    if not existing.is_dir():
        return f"cannot be a folder: {existing} is a file"
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"to see whether it goes to the disk")
            os.fsync(file.fileno())
    except OSError as error:
        return f"cannot be written ({error.strerror}): make {existing} writable for the user that runs the router"
    return None


def _unbindable(host: str, port: int) -> str | None:
    """Why the listener could not listen; a router that listens there already is well."""
    try:
        with socket.create_connection((host, port), timeout=2) as link:
            link.settimeout(2)
            greeting = link.recv(200)
        return None if greeting.startswith((b"220", b"554", b"421")) else f"{host}:{port} is taken by another program"
    except OSError:
        pass
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return None
    except OSError as error:
        return f"cannot listen on {host}:{port}: {error.strerror}"
