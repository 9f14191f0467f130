"""`router forget`: erases a person, after telling where copies of those mails lie."""

import asyncio
import getpass
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from router import control, maillog
from router.cli.common import TRY_LATER, Context, Failure, json_option, print_json, reading, writing
from router.cli.export import address_argument
from router.clock import Clock
from router.config.general import Router
from router.delivery.removing import MaildirRemover
from router.store.dialect import sqlite_path

PATIENCE = 300.0  # seconds for one step


@click.command("forget")
@click.argument("address", callback=address_argument)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--copies", is_flag=True, help="Remove the copies from the executives' Maildirs too.")
@json_option()
@click.pass_obj
def forget_command(context: Context, address: str, yes: bool, copies: bool, as_json: bool) -> None:
    """Erase what is known of a person, for good: mails to us and from us, and what was noted of them.

    Copies that lie in inboxes are listed; --copies removes those in Maildirs. Ids, times, counts and hashes stay, so
    that nothing erased is taken in again. Backups and logs are not touched.
    """
    from router.store.ids import new_id

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("without a terminal nobody can be asked: say --yes")
    router = context.glimpse()
    maildirs = _maildirs(context) if copies else {}
    messages, sightings = _known(router, address)
    if not messages and not sightings:
        raise Failure(f"nothing is known of {address}")
    question = f"Erase {messages} messages and {sightings} further envelopes of {address} for good?"
    if not yes and not click.confirm(question, err=True):
        raise Failure("nothing was erased")
    request = {"id": new_id(), "address": address, "actor": _actor()}
    _order(router, request | {"do": "forget-copies"})
    for one in _copies(router, request, maildirs):
        print_json([one]) if as_json else click.echo(_words(one))
    while (done := _order(router, request | {"do": "forget"}))["more"]:
        pass
    print_json([{"audit": request["id"], **done}]) if as_json else _tell(request["id"], done)
    if done["in_hand"]:
        count = done["in_hand"]
        raise Failure(f"{count} copies are on their way at this moment, their messages stay: run it again", TRY_LATER)


def _known(router: Router, address: str) -> tuple[int, int]:
    from router.store import person

    with reading(router) as database:
        messages = set(database.read(lambda connection: person.message_ids(connection, address)))
        seen = database.read(lambda connection: person.sent_sightings(connection, address, except_of=messages))
    return len(messages), len(seen)


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _maildirs(context: Context) -> dict[str, MaildirRemover]:
    """What can remove copies, by inbox."""
    inboxes = context.settings().inboxes
    return {one.name: MaildirRemover(Path(one.path)) for one in inboxes if one.deliver == "maildir" and one.path}


def _copies(
    router: Router, request: Mapping[str, Any], maildirs: Mapping[str, MaildirRemover]
) -> Iterator[dict[str, Any]]:
    """Every copy that arrived or may have arrived, after its removal where that is asked for and possible."""
    from router.store import person
    from router.store.slices import slices

    with reading(router) as database:
        found = database.read(lambda connection: person.message_ids(connection, request["address"]))
        for some in slices([one for one in found if one < request["id"]]):
            for row in database.read(lambda connection, some=some: person.copies(connection, some)):
                view = {"copy": row["id"], "inbox": row["inbox"], "state": row["state"], "receipt": row["receipt"]}
                yield view | {"removed": _removed(row["id"], maildirs.get(row["inbox"]))}


def _removed(copy: str, maildir: MaildirRemover | None) -> str | None:
    if maildir is None:
        return None
    try:
        file = maildir.remove(copy)
    except OSError as error:
        click.echo(f"router: a copy stays: {error}", err=True)
        return None
    return None if file is None else str(file)


def _words(copy: Mapping[str, Any]) -> str:
    if copy["removed"]:
        return f"removed from {copy['inbox']}: {copy['removed']}"
    receipt = copy["receipt"] or {}
    where = receipt.get("file") or ", ".join(f"{key} {value}" for key, value in receipt.items())
    return f"in {copy['inbox']}: {where or 'may have arrived, as copy ' + copy['copy']}"


def _order(router: Router, request: Mapping[str, Any]) -> dict[str, Any]:
    """One step, by the daemon or, where none runs, by ourselves."""
    path = sqlite_path(router.database)
    try:
        if path is None:
            raise control.NoDaemon
        done: dict[str, Any] = control.ask(control.socket_path(path), request, PATIENCE)
    except control.NoDaemon:
        return _alone(router, request)
    except control.ControlError as error:
        raise Failure(str(error)) from error
    return done


def _alone(router: Router, request: Mapping[str, Any]) -> dict[str, Any]:
    from router.orders import forgotten
    from router.store import outbox
    from router.store.forgetting import Forgetting

    maillog.setup(level="warning")
    logging.getLogger("router.mail").setLevel(logging.INFO)  # the one line that has to be on record
    clock = Clock()
    with writing(router) as database:
        # We hold the lock: no courier has anything in hand.
        database.write("lease", lambda connection: outbox.expire(connection, clock.now(), everything=True))
        return asyncio.run(forgotten(Forgetting(database, clock), request))


def _tell(audit: str, done: Mapping[str, Any]) -> None:
    counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in done["counts"].items())
    click.echo(f"erased: {counts or 'nothing'} (audit {audit})")
    if not done["clean"]:
        click.echo("somebody reads the database at this moment: the WAL holds traces for up to an hour", err=True)
    if done["unrouted"]:
        click.echo(f"{done['unrouted']} mails of that person have just come in and are handled as new mail", err=True)
