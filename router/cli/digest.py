"""`router digest`: what a digest would say now, or at another time."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from router.cli.common import Context, reading
from router.clock import Clock
from router.config.digesting import office, plans
from router.conversation.edition import Edition, Kind


@click.command("digest")
@click.argument("name", metavar="NAME")
@click.option("--html", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the HTML.")
@click.option(
    "--at",
    metavar="TIME",
    help="As of another time, past or future: RFC 3339, or a local time of the digest (2026-11-23 07:00).",
)
@click.pass_obj
def digest_command(context: Context, name: str, file: Path | None, at: str | None) -> None:
    """Show what the digest NAME would say now; sends nothing, and writes nothing but FILE."""
    from router.digest import gather, nightly
    from router.store import listed
    from router.wording import Wording

    settings = context.settings()
    known = plans(settings)
    if name not in known:
        told = ", ".join(sorted(known)) or "none; a [[digest]] makes one"
        raise click.BadParameter(f"no digest {name!r}; known: {told}", param_hint="NAME")
    plan, present = known[name], Clock().now()
    now = present if at is None else _instant(at, plan.zone)
    edition = Edition("preview", name, Kind.ASKED, "", now, now, ())
    with reading(settings.router) as database:
        found = database.read(
            lambda connection: gather.read(
                connection, plan, office(settings), edition, listed.last_edition(connection, name, now), present=present
            )
        )
    shown, wording = nightly.view(plan, found, None), Wording(settings.router.templates, plan.zone)
    if file is not None:
        file.write_text(nightly.html(shown, wording), "utf-8")
    click.echo(f"{nightly.subject(shown, wording).strip()}\n")
    click.echo(nightly.text(shown, wording).strip("\n"))


def _instant(text: str, zone: ZoneInfo) -> datetime:
    """What `--at` means."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        expected = 'expected an instant such as "2026-11-23T07:00:00Z", or a local time such as "2026-11-23 07:00"'
        raise click.BadParameter(f"{text!r}: {expected}", param_hint="--at") from error
