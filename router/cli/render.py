"""Wording for the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from router.cli.common import CONFIGURATION, Failure
from router.wording import BadTemplate, Wording


def render(name: str, values: Mapping[str, Any], *, templates: Path | None = None, zone: ZoneInfo | None = None) -> str:
    """Fill the template `name`; instants are shown in `zone`."""
    try:
        return Wording(templates, zone).render(name, values)
    except BadTemplate as error:
        raise Failure(str(error), CONFIGURATION) from error
