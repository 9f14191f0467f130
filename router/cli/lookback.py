"""`router lookback`: how fast we were, who was never answered, and which goal is attainable; it only reads."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy import Connection

from router.cli.common import Context, json_option, print_json, reading
from router.cli.render import render
from router.config import Settings
from router.config.measures import duration
from router.config.service import company_goals, service_clocks
from router.conversation.blindness import FEW_ANSWERS, NO_SOURCE
from router.conversation.goal import Goal
from router.conversation.lookback import Report, Tally, Waited, tallies, together
from router.conversation.shares import Figures, Share
from router.store.lookback import waits
from router.store.waiting import seen_mailboxes

View = dict[str, Any]

_FURTHEST = timedelta(days=100 * 366)


@click.command("lookback")
@click.option(
    "--since",
    default="90d",
    metavar="WHEN",
    show_default=True,
    help='Letters received since then: a span ("30d") or a day ("2026-09-01", in the router\'s zone).',
)
@click.option("--mailbox", help="Of this mailbox only.")
@click.option("--unknown", is_flag=True, help="Figures also where our answers can hardly be seen.")
@json_option(help="One JSON object per mailbox; the last one, of several together, names none.")
@click.pass_obj
def lookback_command(context: Context, since: str, mailbox: str | None, unknown: bool, as_json: bool) -> None:
    """Look back: how fast were we on both clocks, who was never answered, and which goal could have been kept?"""
    settings = context.settings()
    if mailbox is not None and mailbox not in {one.name for one in settings.mailboxes}:
        known = ", ".join(sorted(one.name for one in settings.mailboxes))
        raise click.BadParameter(f"no mailbox {mailbox!r}; known: {known}", param_hint="--mailbox")
    now = datetime.now(UTC)
    begin = _since(since, now, settings)
    with reading(settings.router) as database:
        found, seen = database.read(lambda connection: _read(connection, settings, begin, now))
    if mailbox is not None:
        found = {mailbox: found[mailbox]}
    rows = [{**row, "since": begin, "until": now} for row in _rows(found, seen, now, unknown=unknown)]
    if as_json:
        print_json(rows)
        return
    values = {
        "rows": rows,
        "since": begin,
        "until": now,
        "outbound": {one.name: list(one.outbound) for one in settings.mailboxes},
        "always_open": [one.name for one in settings.mailboxes if one.hours is None],
    }
    router = settings.router
    click.echo(render("lookback.txt.j2", values, templates=router.templates, zone=router.timezone), nl=False)


def _since(text: str, now: datetime, settings: Settings) -> datetime:
    """What `--since` means; a day begins at midnight."""
    try:
        span = text[-1:].lower() in ("s", "m", "h", "d", "w")
        at = now - duration(text) if span else datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=settings.router.timezone)
        good = now - _FURTHEST <= at.astimezone(UTC) < now
    except (ValueError, OverflowError):
        good = False
    if not good:
        expected = 'expected a span such as "30d", or a day of the past such as "2026-09-01"'
        raise click.BadParameter(f"{text!r}: {expected}", param_hint="--since")
    return at.astimezone(UTC)


def _read(
    connection: Connection, settings: Settings, begin: datetime, now: datetime
) -> tuple[dict[str, Tally], frozenset[str]]:
    """The waits of each mailbox, and the mailboxes whose answers can be seen."""
    goals = company_goals(settings).goals
    names = [one.name for one in settings.mailboxes]
    found = tallies(waits(connection, begin, now), names, now, service_clocks(settings, begin, now), goals)
    return found, seen_mailboxes(connection)


def _rows(found: Mapping[str, Tally], seen: frozenset[str], now: datetime, *, unknown: bool) -> list[View]:
    """Each mailbox by its name, then all together of which figures mean something."""
    rows, counted = [], []
    for name, tally in sorted(found.items()):
        report = tally.report()
        # An import may have said already that hardly any answer can be seen: then the mailbox counts as unseen too.
        why = FEW_ANSWERS if report.answered and tally.unseen() else NO_SOURCE if name not in seen else None
        told = unknown or why is None
        rows.append({"mailbox": name, "unknown": why} | _view(report) | ({} if told else _UNTOLD))
        counted += [tally] if told and report.letters else []
    if len(counted) > 1:
        rows.append({"mailbox": None, "unknown": None} | _view(together(counted, now).report()))
    return rows


def _view(report: Report) -> View:
    attainable = report.attainable
    return {
        "letters": report.letters,
        "answered": report.answered,
        "waiting": report.waiting,
        "never_answered": report.never_answered,
        "again": report.again,
        "reminders": report.reminders,
        "settled": report.settled,
        "thanks": report.thanks,
        "customer": _figures(report.customer),
        "service": _figures(report.service),
        "within": [
            {
                "limit_seconds": int(one.limit.total_seconds()),
                "customer_share": one.customer.value,
                "service_share": one.service.value,
            }
            for one in report.within
        ],
        "target": report.target,
        "attainable": {
            "within_seconds": int(attainable.within.total_seconds()),
            "clock": "service",
            "share": attainable.share.value,
        }
        if attainable
        else None,
        "goals": [_kept(*one) for one in report.goals],
        "unanswered": [_long(*one) for one in report.unanswered],
        "slowest": [_long(*one) for one in report.slowest],
        "longest": [_long(*one) for one in report.longest],
    }


def _figures(figures: Figures) -> View:
    named = {f"{name}_seconds": value for name, value in figures._asdict().items()}
    return {name: None if value is None else int(value) for name, value in named.items()}


def _kept(goal: Goal, share: Share) -> View:
    return {
        "goal": goal.name,
        "within_seconds": int(goal.within.total_seconds()),
        "clock": "service" if goal.service else "customer",
        "measure": "first-reply" if goal.first_only else "every-reply",
        "share": share.value,
        "target": goal.share,
    }


def _long(customer_seconds: float, service_seconds: float, waited: Waited) -> View:
    wait = waited.wait
    return {
        "thread": waited.thread,
        "mailbox": waited.mailbox,
        "customer": wait.customer,
        "subject": waited.subject,
        "waiting_since": wait.since,
        "waited_seconds": int(customer_seconds),
        "service_seconds": int(service_seconds),
        "letters": len(wait.letters),
        "answered": wait.end.at if wait.end else None,
        "answered_by": wait.end.by if wait.end else None,
    }


# What nobody can say of a mailbox whose answers cannot be seen.
_UNTOLD: View = {
    **dict.fromkeys(("waiting", "never_answered", "again", "reminders", "target", "attainable")),
    **dict.fromkeys(("customer", "service"), _figures(Figures(None, None, None))),
    **{name: [] for name in ("within", "goals", "unanswered", "slowest", "longest")},
}
