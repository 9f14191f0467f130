"""`router goals`: what each goal has come to, on both clocks; it only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from router.cli.common import Context, instant, json_option, print_json, reading
from router.cli.render import render
from router.config import Settings
from router.config.answering import answers_cure
from router.config.service import company_goals, mailboxes_of_sources
from router.conversation.goal import Goals
from router.conversation.goals import LISTED, One, Result
from router.conversation.shares import Figures

View = dict[str, Any]

_MOST = 1000  # periods: every day of two years and a half


@click.command("goals")
@click.option("--goal", metavar="NAME", help="Only this one.")
@click.option(
    "--last", default=1, type=click.IntRange(1, _MOST), metavar="N", help="So many periods, the present one among them."
)
@click.option(
    "--at",
    metavar="WHEN",
    help='As it was then: an instant ("2026-11-23 09:00", in the router\'s zone), or a day ("2026-11-23"), which is its '
    "beginning. Default: now.",
)
@json_option(help="One JSON object per goal and period, the oldest period of each goal first.")
@click.pass_obj
def goals_command(context: Context, goal: str | None, last: int, at: str | None, as_json: bool) -> None:
    """Tell of each goal: share kept, misses allowed and used, who is at risk until when, and the longest wait."""
    from router.store.goals import results

    settings = context.settings()
    goals = _chosen(company_goals(settings), goal)
    now = _at(at, settings)
    found: list[Result] = []
    if goals.goals:
        with reading(settings.router) as database:
            sources = mailboxes_of_sources(settings)
            found = database.read(lambda connection: results(connection, goals, now, last, sources))
    rows = [view(result, now) for result in found]
    if as_json:
        print_json(rows)
    if not as_json or not rows or any(row["unknown"] for row in rows):
        _show(rows, found, settings, now, only_unknown=as_json)


def _chosen(goals: Goals, name: str | None) -> Goals:
    if name is None:
        return goals
    chosen = tuple(one for one in goals.goals if one.name == name)
    if not chosen:
        known = ", ".join(one.name for one in goals.goals) or "none is configured"
        raise click.BadParameter(f"no goal {name!r}; known: {known}", param_hint="--goal")
    return replace(goals, goals=chosen)


def _at(text: str | None, settings: Settings) -> datetime:
    """What `--at` means."""
    now = datetime.now(UTC)
    if text is None:
        return now
    expected = 'an instant such as "2026-11-23 09:00", or a day such as "2026-11-23"'
    return instant(text, settings.router.timezone, now, expected)


def view(result: Result, now: datetime) -> View:
    """One goal in one period, as programs read it."""
    goal, period, share = result.goal, result.period, result.share
    figures = result.figures if result.known else Figures(None, None, None)
    counted = {
        "due": share.known,
        "kept": share.kept,
        "share": share.value,
        "allowed": result.allowed,
        "used": result.used,
        "reached": result.used <= result.allowed if share.known else None,
        "at_risk": len(result.at_risk),
        "waiting": result.waiting,
        "settled": result.settled,
        "thanks": result.thanks,
        "outside": result.outside,
    }
    return {
        "goal": goal.name,
        "mailboxes": sorted(goal.mailboxes),
        "period": period.name,
        "target": goal.share,
        **(counted if result.known else dict.fromkeys(counted)),
        **_seconds(figures),
        "customer": _seconds(result.customer),
        "service": _seconds(result.service),
        "measure": "first-reply" if goal.first_only else "every-reply",
        "within_seconds": int(goal.within.total_seconds()),
        "clock": "service" if goal.service else "customer",
        "vip": goal.vip,
        "begin": period.begin,
        "end": period.end,
        "at": now,
        "unknown": {name: one.reason for name, one in result.unseen.items()},
        "next_due": result.at_risk[0].due if result.at_risk else None,
        "risks": [_one(one) for one in result.at_risk[:LISTED]],
        "misses": [_one(one) for one in result.missed],
    }


def _seconds(figures: Figures) -> View:
    named = {f"{name}_seconds": value for name, value in figures._asdict().items()}
    return {name: None if value is None else int(value) for name, value in named.items()}


def _one(one: One) -> View:
    wait = one.waited.wait
    return {
        "thread": one.waited.thread,
        "mailbox": one.waited.mailbox,
        "customer": wait.customer,
        "subject": one.waited.subject,
        "vip": one.waited.vip,
        "due": one.due,
        "waiting_since": wait.since,
        "customer_seconds": int(one.customer_seconds),
        "service_seconds": int(one.service_seconds),
        "answered": wait.end.at if wait.end else None,
        "answered_by": wait.end.by if wait.end else None,
    }


def _show(
    rows: Sequence[View], found: Sequence[Result], settings: Settings, now: datetime, *, only_unknown: bool
) -> None:
    cures = {mailbox.name: answers_cure(settings, mailbox) for mailbox in settings.mailboxes}
    unseen = {name: one for result in found for name, one in result.unseen.items()}
    values: Mapping[str, Any] = {
        "goals": [
            {"now": local[-1], "before": local[:-1]}
            for local in (
                [_in_zone(row, result) for row, result in zip(rows, found, strict=True) if result.goal is goal]
                for goal in dict.fromkeys(result.goal for result in found)
            )
        ],
        "configured": [goal.name for goal in settings.goals],
        "mailboxes": [mailbox.name for mailbox in settings.mailboxes],
        "always_open": [mailbox.name for mailbox in settings.mailboxes if mailbox.hours is None],
        "unseen": [{**cures[name], "mailbox": name, **one._asdict()} for name, one in unseen.items()],
        "at": now,
        "only_unknown": only_unknown,
    }
    router = settings.router
    text = render("goals.txt.j2", values, templates=router.templates, zone=router.timezone)
    click.echo(text, nl=False, err=only_unknown)


def _in_zone(row: View, result: Result) -> View:
    """With instants as the clocks of the goal's zone show them, and the last moment of the period."""
    zone = result.goal.zone

    def shown(value: Any) -> Any:
        return value.astimezone(zone) if isinstance(value, datetime) else value

    listed = {
        name: [{key: shown(one) for key, one in wait.items()} for wait in row[name]] for name in ("risks", "misses")
    }
    local = {key: shown(value) for key, value in row.items()} | listed
    return local | {"length": result.goal.period.value, "last": shown(row["end"] - timedelta(seconds=1))}
