"""What is wrong with a configuration, one line each.

Owns the shape of a fault and the form of its line: file, key, value, and what was expected. It must never print the
value of a secret, nor the inside of a table, where a secret may stand.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final


class _Bare:
    """The mark of a fault whose line speaks for itself: no value, no "expected"."""

    def __repr__(self) -> str:
        return "BARE"


MISSING: Final = None  # TOML has no null, so that None can only mean: not there
BARE: Final = _Bare()

# The last word of a key whose value is not shown, whatever is wrong with it.
_SECRET = frozenset({"password", "client_secret", "secret", "token", "webhook", "heartbeat_url"})
_URL_PASSWORD = re.compile(r"(://[^/@:]*:|[?&](?:password|secret|token)=)[^@&]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST = 120  # characters of a value; the key tells where to read the rest


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, and what should."""

    file: str  # as given, relative to the configuration's folder
    key: str  # "smtp.listen", 'mailbox[2] "support".hours', "line 3, column 7"
    value: object  # MISSING where the key is not there; BARE where `expected` says all
    expected: str

    def __str__(self) -> str:
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", self._line())  # keys may hold anything in TOML

    def _line(self) -> str:
        if self.value is MISSING:
            return f"{self.file}: {self.key} is missing: expected {self.expected}"
        if self.value is BARE:
            return f"{self.file}: {self.key}: {self.expected}"
        return f"{self.file}: {self.key} = {self._shown()}: expected {self.expected}"

    def _shown(self) -> str:
        if self.key.rsplit(".", 1)[-1] in _SECRET:
            return "(not shown)"
        text = shown(self.value)
        return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


class Faults(Exception):
    """A configuration that cannot be used, with everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def shown(value: object) -> str:
    """A value as it would be written in TOML; tables are named, not shown."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(_URL_PASSWORD.sub(r"\1(not shown)", value), ensure_ascii=False)
    if isinstance(value, bool | int | float):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
