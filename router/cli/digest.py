"""`router digest`: what a digest would say now, or at another time."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from router.cli.common import Context, reading
from router.clock import Clock
from router.config.digesting import office, plans
from router.config.joining import GoalsOf
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
    from router.digest import gather, nightly, weekly, weekread
    from router.store import listed
    from router.store.reading import Connection as Reading
    from router.wording import Wording

    settings = context.settings()
    known = plans(settings)
    if name not in known:
        told = ", ".join(sorted(known)) or "none; a [[digest]] makes one"
        raise click.BadParameter(f"no digest {name!r}; known: {told}", param_hint="NAME")
    plan, present = known[name], Clock().now()
    now = present if at is None else _instant(at, plan.zone)
    edition = Edition("preview", name, Kind.ASKED, "", now, now, ())
    goals, wording = GoalsOf(settings), Wording(settings.router.templates, plan.zone)
    around = office(settings, goals.lines, goals.limits)

    def texts(connection: Reading) -> tuple[str, str, str]:
        """Subject, text and HTML."""
        last = listed.last_edition(connection, name, now)
        if plan.weekly:
            week = weekly.view(plan, weekread.read(connection, plan, around, edition, last, present=present), None)
            return weekly.subject(week, wording), weekly.text(week, wording), weekly.html(week, wording)
        night = nightly.view(plan, gather.read(connection, plan, around, edition, last, present=present), None)
        return nightly.subject(night, wording), nightly.text(night, wording), nightly.html(night, wording)

    with reading(settings.router) as database:
        subject, text, html = database.read(texts)
    if file is not None:
        file.write_text(html, "utf-8")
    click.echo(f"{subject.strip()}\n")
    click.echo(text.strip("\n"))


def _instant(text: str, zone: ZoneInfo) -> datetime:
    """What `--at` means."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        expected = 'expected an instant such as "2026-11-23T07:00:00Z", or a local time such as "2026-11-23 07:00"'
        raise click.BadParameter(f"{text!r}: {expected}", param_hint="--at") from error
