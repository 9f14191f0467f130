"""Telling what a try has found: words from the template, on the terminal or as JSON."""

from functools import partial

import click

from router.cli.checking.finding import FAULT, OK, REMARK, UNTRIED, Finding
from router.cli.common import print_json
from router.cli.render import render
from router.config import Settings

_HEADS = {OK: "ok", REMARK: "note", UNTRIED: "untried", FAULT: "FAULT"}

Row = dict[str, str | None]


def worded(settings: Settings, found: Finding) -> tuple[str, str | None]:
    """What is so, and the cure where there is one."""
    word = partial(render, templates=settings.router.templates, zone=settings.router.timezone)
    said, _, cure = (
        word("check.txt.j2", {"code": found.code, "name": found.name, **found.values}).strip().partition("\n")
    )
    return said, cure.strip() or None


def tell(settings: Settings, found: Finding, as_json: bool = False) -> None:
    """One finding; a fault goes to stderr."""
    said, cure = worded(settings, found)
    if as_json:
        print_json([row(found.what, found.name, found.state, said, cure)])
        return
    click.echo(f'{_HEADS[found.state]:8}{found.what} "{found.name}": {said}', err=found.state == FAULT)
    if cure:
        click.echo(f"{'':8}{cure}", err=found.state == FAULT)


def row(what: str, name: str, state: str, said: str, cure: str | None) -> Row:
    """One line of JSON; a try that succeeded has no error."""
    return {"what": what, "name": name, "state": state, "error": None if state == OK else said, "cure": cure}
