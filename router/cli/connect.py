"""`router connect`: from a company's names to a router that may read and send its mail."""

import asyncio
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from router.cli.checking.telling import tell
from router.cli.common import FAULT, USAGE, Context, Failure
from router.cli.connecting.answers import NEEDED, Answers, complete, contradiction
from router.cli.connecting.options import FILE_THERE, asked
from router.cli.connecting.proof import OURS, PUBLIC, certificate, words
from router.cli.connecting.rounds import Rounds
from router.cli.connecting.steps import Accounts, Proof, accounts, steps
from router.cli.connecting.writing import text, write
from router.cli.render import render
from router.config import Settings, load
from router.config.load import FILE
from router.config.notes import notes
from router.config.transport import OAuth
from router.logins import provider
from router.oauth.claims import Claims, read_claims
from router.oauth.provider import Wanted
from router.oauth.tokens import NoToken


@click.group("connect")
def connect_command() -> None:
    """Connect a company's mail: the administrator's steps, the configuration, and tests until all is green."""


@connect_command.command("microsoft365")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@asked
@click.option(
    "--certificate", type=FILE_THERE, metavar="FILE", help="Its key and certificate, PEM; else they are made."
)
@click.option("--secret-file", type=FILE_THERE, metavar="FILE", help="Instead: a file with the client secret.")
@click.option("--steps", "only_steps", is_flag=True, help="Print the steps and end: no configuration, no login.")
@click.option("--once", is_flag=True, help="Test one time; exit code 1 where something is missing.")
@click.option("--force", is_flag=True, help="Write the configuration anew; the old one is kept beside it.")
@click.pass_obj
def microsoft365(
    context: Context, /, folder: Path | None, only_steps: bool, once: bool, force: bool, **given: Any
) -> None:
    """Connect Microsoft 365: write a configuration into DIR (else the one of --config), and test it until all is green.

    What no option says is asked for on a terminal. With a configuration that is there, it prints the steps and tests.
    """
    if find_spec("msal") is None:
        raise Failure("a library is not installed: pip install 'all-emails-to-my-inbox[microsoft]'")
    if folder is not None and context.config is not None:
        raise Failure("DIR or --config, not both", USAGE)
    if given["certificate"] and given["secret_file"]:
        raise Failure("--certificate or --secret-file, not both", USAGE)
    target = (folder / FILE if folder else context.file()).absolute()
    known = Answers(**given)
    try:
        if target.exists() and not force:
            settings, oauth = _present(target, known)
            _show_steps(settings, oauth, target, ask=not only_steps)
        elif only_steps:
            _show_first_steps(complete(known, *(name for name in NEEDED if name != "client_id")), target)
        else:
            settings = _made(target, known, force)
    except NoToken as trouble:
        raise Failure(words(trouble)) from trouble
    if not only_steps:
        _test(target, settings, once)


def _present(target: Path, known: Answers) -> tuple[Settings, OAuth]:
    """A configuration that is there, and the application of Microsoft's in it; nothing is written."""
    settings = load(target, os.environ)
    ours = (one for one in settings.oauths if one.provider == "microsoft" and not one.token_file)
    if (oauth := next(ours, None)) is None:
        told = "names no application of Microsoft's, and nothing was written: add a table [microsoft365] to it"
        raise Failure(f"{target} {told} (docs/operations.md), or say --force to write another")
    if (other := contradiction(known, settings, oauth)) is not None:
        raise Failure(f"{other}: {target} says otherwise: edit it, or say --force to write another", USAGE)
    return settings, oauth


def _made(target: Path, known: Answers, force: bool) -> Settings:
    """A new configuration. On a terminal the application's id is asked for when its steps are done."""
    later = known.client_id is None and sys.stdin.isatty()
    known = complete(known, *(name for name in NEEDED if not later or name != "client_id"))
    if later:
        _show_first_steps(known, target)
        known = complete(known, "client_id")
    ours = _certificate_file(known, target)
    if ours:
        certificate(ours, target.parent / PUBLIC)
    settings = write(target, text(known, ours, target.parent), force=force)
    key = {"key": str(ours), "folder": str(ours.parent)} if ours else {"key": None}
    _say("written", file=str(target), root=os.geteuid() == 0, **key)
    if not later:
        oauth = next(one for one in settings.oauths if one.provider == "microsoft")
        _show_steps(settings, oauth, target, ask=True)
    return settings


def _certificate_file(known: Answers, target: Path) -> Path | None:
    return None if known.secret_file else known.certificate or target.parent / OURS


def _show_first_steps(known: Answers, target: Path) -> None:
    """Before there is a configuration; asks nobody."""
    assert known.tenant is not None
    ours = _certificate_file(known, target)
    proof = certificate(ours, target.parent / PUBLIC) if ours else Proof(None, None, known.secret_file)
    who = Accounts(known.mailbox, known.inbox, known.address)
    click.echo(steps(known.tenant, known.client_id, known.authority, proof, who, Claims()), nl=False)


def _show_steps(settings: Settings, oauth: OAuth, target: Path, *, ask: bool) -> None:
    """With the ids that a token tells, where one is granted already."""
    file = oauth.certificate_file
    proof = certificate(file, target.parent / PUBLIC) if file else Proof(None, None, oauth.client_secret_file)
    who, known = accounts(settings, oauth), Claims()
    if ask:
        with suppress(NoToken):  # the test says why
            known = read_claims(provider(oauth).fetch(Wanted("imap", oauth.name)).token)
    assert oauth.tenant is not None
    click.echo(steps(oauth.tenant, oauth.client_id, oauth.authority, proof, who, known), nl=False)


def _test(target: Path, settings: Settings, once: bool) -> None:
    """Until all is green; Ctrl-C leaves what is written."""
    for note in notes(settings):
        click.echo(f"note: {note}", err=True)
    _say("testing")
    rounds = Rounds(
        read=lambda: load(target, os.environ),
        tell=tell,
        refuse=lambda faults: click.echo(str(faults), err=True),
        wait=lambda missing, count, seconds: _say("missing", missing=missing, count=count, seconds=round(seconds)),
    )
    try:
        green = asyncio.run(rounds.run(settings, once=once))
    except KeyboardInterrupt:
        _say("stopped", file=str(target))
        raise
    _say("green" if green else "not-green", file=str(target))
    if not green:
        click.get_current_context().exit(FAULT)


def _say(part: str, **values: Any) -> None:
    click.echo(render("connect.txt.j2", {"part": part, **values}).rstrip("\n"))
