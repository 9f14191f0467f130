"""Wording for the terminal, from the templates: a user's own folder first, then the shipped one."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from router.cli.common import CONFIGURATION, Failure
from router.shipped import folder


def render(name: str, values: Mapping[str, Any], *, templates: Path | None = None, zone: ZoneInfo | None = None) -> str:
    """Fill the template `name`; instants are shown in `zone`."""
    folders = [str(templates)] if templates else []
    environment = SandboxedEnvironment(
        loader=FileSystemLoader([*folders, str(folder("templates"))]),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shown = zone or ZoneInfo("UTC")
    environment.filters["local"] = lambda instant: _local(instant, shown)
    try:
        return environment.get_template(name).render(values)
    except (TemplateError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        where = f"{name}, line {line}" if line else name
        raise Failure(f"the template {where} is wrong: {error}", CONFIGURATION) from error


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return "-" if instant is None else instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z")
