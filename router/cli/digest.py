"""`router digest`: what a digest would say now, or at another time."""

import asyncio
from pathlib import Path

import click

from router import control, wiring
from router.cli.common import Context, Failure, instant, reading, writing
from router.clock import Clock
from router.config import Settings
from router.config.digesting import office, plans
from router.config.joining import GoalsOf
from router.conversation.edition import Edition, Kind
from router.store import keeping
from router.store.dialect import sqlite_path
from router.store.ids import new_id

_EXPECTED = 'an instant such as "2026-11-23T07:00:00Z", or a local time such as "2026-11-23 07:00"'


@click.command("digest")
@click.argument("name", metavar="NAME")
@click.option("--html", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the HTML.")
@click.option(
    "--at",
    metavar="TIME",
    help="As of another time, past or future: RFC 3339, or a local time of the digest (2026-11-23 07:00).",
)
@click.option("--send", is_flag=True, help="Send it now to everybody who gets it, beside its usual times.")
@click.pass_obj
def digest_command(context: Context, name: str, file: Path | None, at: str | None, send: bool) -> None:
    """Show what the digest NAME would say now; without --send nothing is sent, and nothing written but FILE."""
    from router.digest import gather, nightly
    from router.digest.weekly import compose as weekly
    from router.digest.weekly.read import read
    from router.store import editions
    from router.store.reading import Connection as Reading
    from router.wording import Wording

    if send and (file is not None or at is not None):
        raise click.UsageError("--send goes out as of now: without --html and --at")
    settings = context.settings()
    known = plans(settings)
    if name not in known:
        told = ", ".join(sorted(known)) or "none; a [[digest]] makes one"
        raise click.BadParameter(f"no digest {name!r}; known: {told}", param_hint="NAME")
    if send:
        click.echo(_send(settings, name))
        return
    plan, present = known[name], Clock().now()
    now = present if at is None else instant(at, plan.zone, present, _EXPECTED)
    goals = GoalsOf(settings)
    edition = Edition("preview", name, Kind.ASKED, "", now, now, ())
    wording = Wording(settings.router.templates, plan.zone)
    around = office(settings, goals.lines, goals.limits)

    def texts(connection: Reading) -> tuple[str, str, str]:
        """Subject, text and HTML."""
        last = editions.last(connection, name, now)
        if plan.weekly:
            week = weekly.view(plan, read(connection, plan, around, edition, last, present=present), None)
            return weekly.subject(week, wording), weekly.text(week, wording), weekly.html(week, wording)
        night = nightly.view(plan, gather.read(connection, plan, around, edition, last, present=present), None)
        return nightly.subject(night, wording), nightly.text(night, wording), nightly.html(night, wording)

    with reading(settings.router) as database:
        subject, text, html = database.read(texts)
    if file is not None:
        file.write_text(html, "utf-8")
    click.echo(f"{subject.strip()}\n")
    click.echo(text.strip("\n"))


def _send(settings: Settings, name: str) -> str:
    """Have the daemon send it; without one it is put into the outbox, for when one runs."""
    order, path = new_id(), sqlite_path(settings.router.database)
    try:
        if path is None:
            raise control.NoDaemon
        to: list[str] = control.ask(control.socket_path(path), {"do": "digest", "digest": name, "id": order})
    except control.NoDaemon:
        with writing(settings.router) as database:
            key = database.write("command", keeping.signing_key)
            stage = wiring.digests(settings, database, Clock(), lambda channel: None, key)
            assert stage is not None  # it is known, and has an address: the configuration is checked
            to = asyncio.run(stage.send(name, order))
        return f"{name}: in the outbox for {', '.join(to)}; the daemon sends it"
    except control.ControlError as error:
        raise Failure(str(error)) from error
    return f"{name}: goes out to {', '.join(to)}"
