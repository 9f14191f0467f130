"""`router rhythm` and `router keep`: what people want in place of the configuration, seen, said and taken back."""

from collections.abc import Iterator
from typing import Any

import click

from router.cli.common import Context, Failure, json_option, print_json, print_table, reading
from router.cli.ordering import order
from router.cli.words import Somebody
from router.clock import rfc3339
from router.config import Settings
from router.config.general import Router
from router.conversation.rhythm import Beat
from router.routing.globs import any_matches
from router.store import bundles, wishes
from router.store.errors import StoreError
from router.store.wishes import Kind, Wish

_CONFIGURED = "configured"
_BY = click.option(
    "--by", type=Somebody(), metavar="ADDRESS", help="Who says it; shown by `status` and `check --show`."
)
_WHY = click.option("--why", metavar="TEXT", help="Why; kept beside it.")


@click.command("rhythm")
@click.argument("inbox", required=False)
@click.argument("value", metavar="[now|evening|wrote-again|configured]", required=False)
@_BY
@_WHY
@json_option()
@click.pass_obj
def rhythm_command(
    context: Context, inbox: str | None, value: str | None, by: str | None, why: str | None, as_json: bool
) -> None:
    """List when copies go to each inbox, or say it for one; `configured` takes that back."""
    settings = context.settings()
    if inbox is None:
        _list(settings, as_json)
        return
    _known(settings, inbox)
    choices = [*map(str, Beat), _CONFIGURED]
    if value not in choices or by is None:
        raise click.UsageError(f"say {', '.join(choices[:-1])} or {choices[-1]} for {inbox}, and --by ADDRESS")
    request = {"do": Kind.RHYTHM.value, "inbox": inbox, "value": None if value == _CONFIGURED else value, "by": by}
    changed = order(settings.router, request | {"why": why})
    if not changed:
        raise Failure(f"{inbox} goes by the configuration already")
    _told(changed, f"rhythm: {inbox}, {value}", as_json)


@click.command("keep")
@click.argument("rule", required=False)
@click.argument("inbox", required=False)
@click.option("--undo", is_flag=True, help="The rule has ended after all.")
@_BY
@_WHY
@json_option()
@click.pass_obj
def keep_command(
    context: Context, rule: str | None, inbox: str | None, undo: bool, by: str | None, why: str | None, as_json: bool
) -> None:
    """Let a rule whose last day has passed go on for an inbox; without RULE list those that do."""
    settings = context.settings()
    if rule is None:
        _list_kept(settings, as_json)
        return
    if inbox is None or by is None:
        raise click.UsageError("name the rule and the inbox, and --by ADDRESS")
    _known(settings, inbox)
    found = next((one for one in settings.rules if one.name == rule and one.last_day is not None), None)
    if found is None or not any_matches(found.copy_to, (inbox,)):
        raise Failure(f"no rule {rule!r} has a last day and copies to {inbox}")
    value = None if undo else str(found.last_day)
    request = {"do": Kind.KEEP.value, "inbox": inbox, "rule": rule, "value": value, "by": by, "why": why}
    changed = order(settings.router, request)
    if not changed:
        raise Failure(f"the rule {rule!r} does not go on for {inbox}")
    _told(changed, f"keep: {rule}, {'ended' if undo else 'goes on'} for {inbox}", as_json)


def _known(settings: Settings, inbox: str) -> None:
    names = [one.name for one in settings.inboxes]
    if inbox not in names:
        raise Failure(f"there is no inbox {inbox!r}, but {', '.join(names) or 'none at all'}")


def _told(changed: list[str], words: str, as_json: bool) -> None:
    if as_json:
        print_json({"inbox": one} for one in changed)
    else:
        click.echo(words)


def _list(settings: Settings, as_json: bool) -> None:
    with reading(settings.router) as database:
        said = {one.inbox: one for one in database.read(wishes.every) if one.kind is Kind.RHYTHM}
        waiting = {one.inbox: one.copies for one in database.read(bundles.waiting)}
    rows: list[dict[str, Any]] = [
        {
            "inbox": one.name,
            "rhythm": said[one.name].value if one.name in said else one.rhythm,
            "configured": one.rhythm,
            "by": said[one.name].by if one.name in said else None,
            "since": said[one.name].at if one.name in said else None,
            "away": [[str(first), str(last)] for first, last in one.away],
            "waiting": waiting.get(one.name, 0),
        }
        for one in settings.inboxes
        if one.deliver != "none"
    ]
    if as_json:
        print_json(rows)
        return
    keys = ("inbox", "rhythm", "configured", "by", "since", "waiting")
    table = [[rfc3339(row[key]) if key == "since" else row[key] for key in keys] for row in rows]
    print_table([key.upper() for key in keys], table)


def _list_kept(settings: Settings, as_json: bool) -> None:
    with reading(settings.router) as database:
        kept = [one for one in database.read(wishes.every) if one.kind is Kind.KEEP]
    if as_json:
        print_json(
            {"rule": one.about, "inbox": one.inbox, "ended": one.value, "by": one.by, "since": one.at} for one in kept
        )
    elif kept:
        rows = [[one.about, one.inbox, one.value, one.by, rfc3339(one.at)] for one in kept]
        print_table(("RULE", "INBOX", "ENDED", "BY", "SINCE"), rows)
    else:
        click.echo("no rule goes on after its last day")


def wished(router: Router) -> Iterator[str]:
    """One line for each thing that is said in place of the configuration, where a database is there to say it."""
    try:
        with reading(router) as database:
            found = database.read(wishes.every)
    except (Failure, StoreError, OSError):  # `check` itself tells of a database that cannot be read
        return
    yield from map(_line, found)


def _line(one: Wish) -> str:
    who = f"said by {one.by} on {rfc3339(one.at)}"
    if one.kind is Kind.RHYTHM:
        return f'in place of this, inbox "{one.inbox}" has rhythm = "{one.value}", {who}; `router rhythm` takes it back'
    return (
        f'rule "{one.about}", ended on {one.value}, goes on for inbox "{one.inbox}", {who}; `router keep` takes it back'
    )
