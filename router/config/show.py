"""The settings written out: TOML in the long form, defaults included, for `router check --show`.

What it writes loads into equal settings. It must never open a file: a secret is shown as the name of its file.
"""

from collections.abc import Sequence
from typing import Any

import tomli_w

from router.config.base import Part
from router.config.settings import Settings


def show(settings: Settings) -> str:
    """The file that says the same without short forms, defaults and relative paths."""
    single = {
        "router": settings.router,
        "smtp": settings.smtp,
        "relay": settings.relay,
        "retention": settings.retention,
        "delivery": settings.delivery,
        "alarm": settings.alarm,
        "log": settings.log,
    }
    many: dict[str, Sequence[Part]] = {
        "oauth": settings.oauths,
        "mailbox": settings.mailboxes,
        "inbox": settings.inboxes,
        "source": settings.sources,
        "hours": settings.hours,
        "goal": settings.goals,
        "digest": settings.digests,
    }
    tables: dict[str, Any] = {key: _table(part) for key, part in single.items() if part is not None}
    tables |= {key: [_table(part) for part in parts] for key, parts in many.items() if parts}
    return tomli_w.dumps(tables)


def _table(part: Part) -> dict[str, Any]:
    return part.model_dump(by_alias=True, exclude_none=True)
