"""`router forget`: erases a person, after telling where copies of those mails lie."""

import asyncio
import getpass
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import click

from router import control, maillog
from router.cli.common import TRY_LATER, Context, Failure, json_option, print_json, reading, writing
from router.cli.export import address_argument
from router.clock import Clock
from router.config.general import Router
from router.delivery.imap.removing import ImapRemover
from router.delivery.removing import MaildirRemover
from router.destinations import imap_account
from router.imap.errors import ImapError
from router.logins import Logins
from router.store.dialect import sqlite_path

PATIENCE = 300.0  # seconds for one step

Remover = Callable[[Mapping[str, Any]], str | None]


@click.command("forget")
@click.argument("address", callback=address_argument)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--copies", is_flag=True, help="Remove the copies from the executives' Maildirs and IMAP accounts too.")
@json_option()
@click.pass_obj
def forget_command(context: Context, address: str, yes: bool, copies: bool, as_json: bool) -> None:
    """Erase what is known of a person, for good: mails to us and from us, and what was noted of them.

    Copies that lie in inboxes are listed; --copies removes those in Maildirs and IMAP
    accounts. Ids, times, counts and hashes stay, so
    that nothing erased is taken in again. Backups and logs are not touched.
    """
    from router.store.ids import new_id

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("without a terminal nobody can be asked: say --yes")
    router = context.glimpse()
    messages, sightings = _known(router, address)
    if not messages and not sightings:
        raise Failure(f"nothing is known of {address}")
    question = f"Erase {messages} messages and {sightings} further envelopes of {address} for good?"
    if not yes and not click.confirm(question, err=True):
        raise Failure("nothing was erased")
    request = {"id": new_id(), "address": address, "actor": _actor()}
    _order(router, request | {"do": "forget-copies"})
    with ExitStack() as stack:
        removers = _removers(context, stack) if copies else {}
        for one in _copies(router, request, removers):
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


def _removers(context: Context, stack: ExitStack) -> dict[str, Remover]:
    """What can remove copies, by inbox: given a row of the outbox, it tells what it removed."""
    found: dict[str, Remover] = {}
    settings = context.settings()
    logins = Logins(settings)
    for inbox in settings.inboxes:
        if inbox.deliver == "maildir" and inbox.path:
            found[inbox.name] = partial(_from_maildir, MaildirRemover(inbox.path))
        elif inbox.deliver == "imap":
            account = ImapRemover(imap_account(inbox, logins))
            stack.callback(account.close)
            found[inbox.name] = partial(_from_account, account)
    return found


def _from_maildir(maildir: MaildirRemover, row: Mapping[str, Any]) -> str | None:
    file = maildir.remove(row["id"])
    return None if file is None else str(file)


def _from_account(account: ImapRemover, row: Mapping[str, Any]) -> str | None:
    return account.remove(row["block"], row["receipt"])


def _copies(router: Router, request: Mapping[str, Any], removers: Mapping[str, Remover]) -> Iterator[dict[str, Any]]:
    """Every copy that arrived or may have arrived, after its removal where that is asked for and possible."""
    from router.store import person
    from router.store.slices import slices

    with reading(router) as database:
        found = database.read(lambda connection: person.message_ids(connection, request["address"]))
        for some in slices([one for one in found if one < request["id"]]):
            for row in database.read(lambda connection, some=some: person.copies(connection, some)):
                view = {"copy": row["id"], "inbox": row["inbox"], "state": row["state"], "receipt": row["receipt"]}
                # A bundle holds the mails of others too: it stays, and its owner is named.
                remover = None if "bundle" in (row["receipt"] or {}) else removers.get(row["inbox"])
                yield view | {"removed": _removed(row, remover)}


def _removed(row: Mapping[str, Any], remove: Remover | None) -> str | None:
    if remove is None:
        return None
    try:
        return remove(row)
    except (OSError, ImapError) as error:
        click.echo(f"router: a copy stays: {error}", err=True)
        return None


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
