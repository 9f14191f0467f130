"""`router rising`: words that more customers use than before."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from router.cli.common import Context, json_option, print_json, reading
from router.cli.render import render
from router.config import Settings
from router.config.weekly import own_stop_words, rising_scope
from router.conversation.weeks import Week


@click.command("rising")
@click.option("--week", metavar="WEEK", help='This week, such as "2026-W47", instead of the present one.')
@click.option("--at", metavar="TIME", help='The week of this time, up to then, such as "2026-11-22 18:00".')
@click.option("--mailbox", help="Of this mailbox only.")
@json_option()
@click.pass_obj
def rising_command(context: Context, week: str | None, at: str | None, mailbox: str | None, as_json: bool) -> None:
    """Show the words that more customers use this week than in the eight weeks before, each with what they wrote."""
    from router.store.rising import rises_in

    settings = context.settings()
    if mailbox is not None and mailbox not in {one.name for one in settings.mailboxes}:
        known = ", ".join(sorted(one.name for one in settings.mailboxes))
        raise click.BadParameter(f"no mailbox {mailbox!r}; known: {known}", param_hint="--mailbox")
    if week is not None and at is not None:
        raise click.UsageError("either --week or --at")
    scope = rising_scope(settings, [mailbox] if mailbox else ())
    until = _instant(at, scope.zone) if at is not None else datetime.now(UTC)
    wanted = Week.of(until, scope.zone) if week is None else _week(week)
    with reading(settings.router) as database:
        found = database.read(lambda c: rises_in(c, scope, wanted, own_stop_words(settings), until if at else None))
    rows = [
        {
            "word": one.word,
            "customers": one.customers,
            "mean": round(one.mean, 3),
            "quotes": [quote.text for quote in one.quotes],
            "sure": one.sure,
        }
        for one in found.rises
    ]
    if as_json:
        print_json(rows)
        return
    values = {
        "rows": rows,
        "week": wanted.name,
        "weeks": found.weeks,
        "too_early": found.too_early,
        "letters": found.letters,
        "customers": found.customers,
    }
    _show(values, settings)


def _show(values: dict[str, object], settings: Settings) -> None:
    router = settings.router
    click.echo(render("rising.txt.j2", values, templates=router.templates, zone=router.timezone), nl=False)


def _week(name: str) -> Week:
    try:
        return Week.named(name)
    except ValueError:
        raise click.BadParameter(f'{name!r}: expected a week such as "2026-W47"', param_hint="--week") from None


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        expected = 'expected a time such as "2026-11-22" or "2026-11-22 18:00"'
        raise click.BadParameter(f"{text!r}: {expected}", param_hint="--at") from None
