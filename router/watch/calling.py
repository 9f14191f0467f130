"""Alarms as calls of a command or a URL: one call tells all alarms of one code, as codes and values.

A thousand failed copies are one call. Words are made of it by whoever is called.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

from router.clock import rfc3339
from router.store.telling import News
from router.tasks import Lane
from router.watch.alarms import SHOWN


@dataclass(slots=True)
class Calling:
    """One of them."""

    name: str  # "command" or "webhook"
    call: Callable[[bytes], None]  # raises `CallFailed`; runs in a thread
    hostname: str
    _lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        """A thread for this channel alone: one that hangs holds up nobody else."""
        self._lane = Lane(f"alarm {self.name}")

    def groups(self, found: Sequence[News]) -> list[list[News]]:
        """Alarms of one code that all stand or all have ended."""
        return [list(several) for _, several in groupby(sorted(found, key=_kind), key=_kind)]

    async def tell(self, group: Sequence[News]) -> None:
        """Call."""
        await self._lane.call(partial(self.call, words(self.hostname, group)))


def _kind(one: News) -> tuple[bool, str]:
    return one.standing, one.code


def words(hostname: str, group: Sequence[News]) -> bytes:
    """One call's JSON. Chat services show `text`."""
    first = group[0]
    state = "raised" if first.standing else "cleared"
    told: dict[str, Any] = {
        "hostname": hostname,
        "code": first.code,
        "state": state,
        "text": f"{hostname}: {first.code} {state}" + (f" ({len(group)})" if len(group) > 1 else ""),
        "count": len(group),
        "alarms": [
            {
                "key": one.key,
                "detail": one.detail,
                "first": rfc3339(one.first),
                "last": rfc3339(one.last),
                "count": one.count,
            }
            for one in group[:SHOWN]
        ],
    }
    return json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
