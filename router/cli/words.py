"""A person's word on a conversation: `close`, `snooze`, `reopen`, `take`, `phoned`, `never`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from router.cli.common import Context, Failure, json_option, print_json
from router.cli.ordering import order
from router.config.fields import address
from router.config.measures import duration
from router.conversation.letter import Deed


class Somebody(click.ParamType[str]):
    """A mail address: who says it."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return address(value)
        except ValueError as error:
            self.fail(f"{value!r}: expected {error}", param, ctx)


def _command(name: str, help_: str, *more: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], click.Command]:
    """The options that all of them share."""
    options = (
        click.argument("thread", metavar="THREAD"),
        click.option("--by", type=Somebody(), metavar="ADDRESS", required=True, help="Who says it; kept in the log."),
        click.option("--why", metavar="TEXT", help="Why; kept in the log."),
        *more,
        json_option(),
        click.pass_obj,
    )

    def made(run: Callable[..., Any]) -> click.Command:
        for option in reversed(options):
            run = option(run)
        return click.command(name, help=help_)(run)

    return made


def _say(context: Context, deed: Deed, thread: str, as_json: bool, **values: str | None) -> None:
    given = {key: value for key, value in values.items() if value is not None}
    about = order(context.glimpse(), {"do": deed.value, "thread": thread, **given})
    if not about:
        raise Failure(f"no conversation is known by {thread!r}: `router waiting` and `router trace` name them")
    if as_json:
        print_json({"thread": one} for one in about)
    else:
        click.echo(f"{deed.value}: {', '.join(about)}")


@_command("close", "Say that a conversation needs no answer any more; THREAD is its id or that of one of its mails.")
def close_command(context: Context, thread: str, by: str, why: str | None, as_json: bool) -> None:
    """It ends as closed by a person."""
    _say(context, Deed.CLOSE, thread, as_json, by=by, why=why)


@_command("reopen", "Say that a conversation waits after all: the last word of a person or of ours does not count.")
def reopen_command(context: Context, thread: str, by: str, why: str | None, as_json: bool) -> None:
    """It waits since the letter that was thought to be settled."""
    _say(context, Deed.REOPEN, thread, as_json, by=by, why=why)


@_command("take", "Say that you see to a conversation; it waits on until it is answered.")
def take_command(context: Context, thread: str, by: str, why: str | None, as_json: bool) -> None:
    """Lists show who has it."""
    _say(context, Deed.TAKE, thread, as_json, by=by, why=why)


@_command("phoned", "Say that the customer was answered by telephone: an answer, with you as its evidence.")
def phoned_command(context: Context, thread: str, by: str, why: str | None, as_json: bool) -> None:
    """It counts like an answer by mail."""
    _say(context, Deed.PHONED, thread, as_json, by=by, why=why)


@_command(
    "never",
    "Say that whoever wrote a conversation never needs an answer; his mail is copied as ever.",
    click.option("--undo", is_flag=True, help="He does, after all: what was settled so waits again."),
)
def never_command(context: Context, thread: str, by: str, why: str | None, undo: bool, as_json: bool) -> None:
    """Every conversation in which he waits is settled, and later ones need no answer."""
    _say(context, Deed.NEVER_MIND if undo else Deed.NEVER, thread, as_json, by=by, why=why)


@_command(
    "snooze",
    "Take a conversation off the lists until an instant; a further letter of the customer brings it back at once.",
    click.option(
        "--until",
        required=True,
        metavar="WHEN",
        help='A day ("2026-12-01"), an instant ("2026-12-01 09:00", in the router\'s zone), or a span ("3d").',
    ),
)
def snooze_command(context: Context, thread: str, by: str, why: str | None, until: str, as_json: bool) -> None:
    """The clock of the customer goes on."""
    at = _instant(until, datetime.now(UTC), context)
    _say(context, Deed.SNOOZE, thread, as_json, by=by, why=why, until=at.isoformat())


def _instant(text: str, now: datetime, context: Context) -> datetime:
    """What `--until` means; a day begins at midnight."""
    expected = 'expected a day such as "2026-12-01", an instant such as "2026-12-01 09:00", or a span such as "3d"'
    try:
        at = now + duration(text) if text[-1:] in ("s", "m", "h", "d", "w") else datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{text!r}: {expected}", param_hint="--until") from error
    at = at if at.tzinfo else at.replace(tzinfo=context.glimpse().timezone)
    if not now < at.astimezone(UTC) < now + timedelta(days=3660):
        raise click.BadParameter(f"{text!r} is not ahead within ten years: {expected}", param_hint="--until")
    return at.astimezone(UTC)
