"""Wording from the templates: a user's own folder first, then the shipped one.

What `NAME.html.j2` gives is HTML: whatever is filled in is escaped, also in what it includes, however that is called. All
templates run in a sandbox, and a name that nobody gave is an error and never an empty place.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from router.shipped import folder

log = logging.getLogger(__name__)


_HTML = ".html.j2"
_MOMENT = timedelta(seconds=1)  # before midnight is the day that people mean


class BadTemplate(Exception):
    """A template that cannot be read or filled."""


class Wording:
    """Fills templates; instants are shown in `zone`."""

    def __init__(self, templates: Path | None = None, zone: ZoneInfo | None = None) -> None:
        folders = [str(templates)] if templates else []
        loader = FileSystemLoader([*folders, str(folder("templates"))])
        shown = zone or ZoneInfo("UTC")
        self._environment = _environment(loader, shown, escaped=False)
        self._html = _environment(loader, shown, escaped=True)
        self._templates, self._zone = templates, zone
        self._own = templates is not None

    def __reduce__(self) -> tuple[type["Wording"], tuple[Path | None, ZoneInfo | None]]:
        """For another process: it is made anew there."""
        return Wording, (self._templates, self._zone)

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text of the template `name`. Raises `BadTemplate`."""
        try:
            environment = self._html if name.endswith(_HTML) else self._environment
            return environment.get_template(name).render(values)
        except (TemplateError, UnicodeDecodeError) as error:
            line = getattr(error, "lineno", None)
            where = f"{name}, line {line}" if line else name
            raise BadTemplate(f"the template {where} is wrong: {error}") from error

    def surely(self, name: str, values: Mapping[str, Any]) -> str:
        """The same, but in the shipped wording where the user's own fails: no mail waits for a mended template."""
        if not self._own:
            return self.render(name, values)
        try:
            return self.render(name, values)
        except Exception as error:  # whatever a template does
            log.warning("the shipped wording is used: %s", error)
            return Wording(None, self._zone).render(name, values)


def _environment(loader: BaseLoader, zone: ZoneInfo, *, escaped: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=loader,
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # a look at the disk for every mail
    )
    environment.filters["local"] = lambda instant: _local(instant, zone)
    environment.filters["day"] = lambda instant: instant.astimezone(zone).strftime("%a %d %b %Y")
    environment.filters["ends"] = lambda instant: _local(instant - _MOMENT, zone)
    environment.filters["stamp"] = lambda instant, form: " ".join(instant.astimezone(zone).strftime(form).split())
    return environment


def _local(instant: datetime | str | None, zone: ZoneInfo) -> str:
    if isinstance(instant, str):  # as JSON has it
        instant = datetime.fromisoformat(instant)
    return "-" if instant is None else instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z")
