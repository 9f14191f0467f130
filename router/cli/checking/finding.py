"""What a try has found: codes and values, which the template `check.txt.j2` words."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

OK: Final = "ok"
REMARK: Final = "remark"  # it works; something is to be known of it
UNTRIED: Final = "untried"  # since something else is at fault
FAULT: Final = "fault"
State = Literal["ok", "remark", "untried", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    what: str  # "database", "listener", "oauth", "inbox", "source", "mailbox", "relay", "operator", "digest", "configuration"
    name: str  # which of them
    state: State
    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """A login, as far as its cure goes; never the secret itself."""

    where: str  # the table of the configuration, such as `[[inbox]] mike`
    host: str
    port: int
    security: str
    username: str | None
    password_file: Path | None
    oauth: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """For the template."""
        return {
            "where": self.where,
            "host": self.host,
            "port": self.port,
            "security": self.security,
            "username": self.username,
            "oauth": self.oauth,
            "password_file": str(self.password_file) if self.password_file else None,
        }


class Found(Exception):
    """A try ends here: what is wrong has a code and values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values
