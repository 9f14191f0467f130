"""The configuration of a test's installation, and what becomes of a command that is run there."""

import json
from dataclasses import dataclass
from typing import Any

_CONFIGURATION = """\
[router]
timezone = "Europe/London"
hostname = "router.example.com"
database = "{database}"
{router}

[smtp]
listen = "127.0.0.1:{port}"
{smtp}

[[mailbox]]
addresses = ["support@example.com"]

{inboxes}

{extra}
"""
TWO_MAILDIRS = """\
[[inbox]]
address = "mike@example.com"
deliver = "maildir"
path = "mike"

[[inbox]]
address = "helen@example.com"
deliver = "maildir"
path = "helen"
"""


def configuration(
    port: int,
    *,
    database: str = "sqlite:///router.db",
    router: str = "",
    smtp: str = "",
    inboxes: str = TWO_MAILDIRS,
    extra: str = "",
) -> str:
    """One mailbox and its inboxes; `router` and `smtp` are lines of these tables, `extra` is anything."""
    parts = {"database": database, "router": router, "smtp": smtp, "inboxes": inboxes, "extra": extra}
    return _CONFIGURATION.format(port=port, **parts)


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]
