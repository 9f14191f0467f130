"""`router explain`: what the router would make of a mail, without a database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from router.cli.common import Context, json_option, print_json
from router.cli.render import render
from router.config import Settings
from router.config.rulefiles import read_rules
from router.mail import dsn
from router.mail.address import addresses, normal
from router.mail.kind import Kind
from router.mail.mbox import messages
from router.mail.message import read
from router.routing.analysis import Analysis, analyse
from router.routing.facts import facts_of
from router.routing.letters import needed
from router.routing.places import Places
from router.routing.reader import Reader
from router.routing.rules import decide
from router.store.content import InMemory
from router.store.spool import Sighting
from router.wiring import places


@click.command("explain")
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--mailbox", help="As if it had come to this mailbox; default: by its To and Cc, else the first.")
@click.option("--from", "sender", help="As if this were the envelope sender; default: its From.")
@json_option()
@click.pass_obj
def explain_command(
    context: Context, files: tuple[Path, ...], mailbox: str | None, sender: str | None, as_json: bool
) -> None:
    """Tell kind, need of an answer, matching rules and reasons of each mail in FILE (one mail, or an mbox)."""
    settings = context.settings() if context.config or context.file().exists() else None
    known = {one.name for one in settings.mailboxes} if settings else set()
    if settings and mailbox is not None and mailbox not in known:
        raise click.BadParameter(f"no mailbox {mailbox!r}; known: {', '.join(sorted(known))}", param_hint="--mailbox")
    where = places(settings) if settings else _shipped()
    found = (
        _explain(path, index, raw, where, settings, mailbox, sender)
        for path in files
        for index, raw in enumerate(messages(path.read_bytes()))
    )
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(render("explain.txt.j2", one, templates=settings.router.templates if settings else None), nl=False)


HEAD = 256 * 1024  # octets in which a header ends

_READER = Reader()  # started only for large mail


def _shipped() -> Places:
    """Without a configuration: the shipped rules, and no inbox."""
    rules = read_rules(None, mailboxes=(), inboxes=(), hours=(), faults=[])
    return Places(lambda address: None, {}, (), rules, {}, ZoneInfo("UTC"))


def _explain(
    path: Path,
    index: int,
    raw: bytes,
    where: Places,
    settings: Settings | None,
    mailbox: str | None,
    sender: str | None,
) -> dict[str, Any]:
    known = normal(sender) if sender else _envelope_sender(raw)
    seen = Sighting("-", InMemory(raw), "file", None, None, known, (), datetime.now(UTC))
    this = analyse(seen, b"", _READER, where.company)
    mailboxes = [mailbox] if mailbox else list(_mailboxes(this.message.to + this.message.cc, where, settings))
    inboxes = tuple(inbox.name for inbox in where.inboxes)
    decision = decide(where.rules, facts_of(this, mailboxes), inboxes=inboxes, hours=where.hours, zone=where.zone)
    needs, because = needed(this.verdict, decision, excused=False)
    return {
        "path": str(path),
        "index": index,
        "message_id": this.message.message_id,
        "kind": this.verdict.kind.value,
        "bounce": _bounce(this),
        "needs_answer": needs,
        "reasons": [*this.verdict.reasons, *because],
        "rules": list(decision.rules),
        "copies": [plan.inbox for plan in decision.copies if plan.hold is None],
        "held": [plan.inbox for plan in decision.copies if plan.hold is not None],
        "withheld": [kept.inbox for kept in decision.withheld],
        "subject": this.message.subject,
        "new_text": this.said.new_text,
        "snippet": this.said.snippet,
    }


def _envelope_sender(raw: bytes) -> str:
    """What a mail server wrote on delivery (RFC 5321 section 4.4), else who wrote it: a file has no envelope."""
    message = read(raw[:HEAD])
    path = message.header.first("return-path")
    if path is not None:
        return next((one.addr for one in addresses(path)), "")
    return message.from_[0].addr if message.from_ else ""


def _bounce(this: Analysis) -> dict[str, Any] | None:
    """Whom it did not reach and why, where it is a report of that."""
    if this.verdict.kind not in (Kind.BOUNCE, Kind.DELAY):
        return None
    found = dsn.bounce(this.message, this.body)
    return {"recipients": list(found.recipients), "status": found.status, "reason": found.reason}


def _mailboxes(people: tuple[Any, ...], where: Places, settings: Settings | None) -> Iterator[str]:
    named = [place[0] for one in people if (place := where.resolve(one.addr)) is not None and place[0] is not None]
    if named:
        yield from dict.fromkeys(named)
    elif settings and settings.mailboxes:
        yield settings.mailboxes[0].name
