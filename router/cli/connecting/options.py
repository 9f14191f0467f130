"""The options of `router connect`: each value is read as the configuration reads it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from router.cli.connecting.answers import READERS, option


class _Read(click.ParamType[Any]):
    """A value as the configuration reads it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return READERS[self.name](value)
        except ValueError as error:
            self.fail(f"{value!r}: expected {error}", param, ctx)


FILE_THERE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("tenant", {"help": "The company's tenant: a domain or an id."}),
    ("client_id", {"metavar": "ID", "help": "The application; the steps make one."}),
    ("address", {"help": "The router's own mailbox, which alarms and digests come from."}),
    ("operator", {"multiple": True, "metavar": "ADDRESS", "help": "Who is told what broke; may be repeated."}),
    ("timezone", {"metavar": "ZONE", "help": 'Such as "Europe/London".'}),
    ("mailbox", {"multiple": True, "metavar": "ADDRESS", "help": "What customers write to; may be repeated."}),
    ("inbox", {"multiple": True, "metavar": "ADDRESS", "help": "Who gets the copies; may be repeated."}),
    ("authority", {"metavar": "URL", "help": "Where tokens come from, for tenants in a national cloud."}),
)


def asked(run: Callable[..., Any]) -> Callable[..., Any]:
    """An option for everything that would be asked for."""
    for name, more in reversed(_OPTIONS):
        run = click.option(option(name), type=_Read(name), **more)(run)
    return run
