"""The next mails, read while others are routed: reading is another process's work, and need not take turns with ours."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.routing.analysis import Analysis


@dataclass(slots=True)
class Ahead:
    """At most one batch. What is let go of stays in the database, unrouted."""

    _reading: "asyncio.Task[list[Analysis]] | None" = field(default=None)

    def __bool__(self) -> bool:
        """Whether there is a batch."""
        return self._reading is not None

    def begin(self, reading: Coroutine[Any, Any, list[Analysis]]) -> None:
        """Read a batch meanwhile."""
        self._reading = asyncio.create_task(reading)

    async def take(self) -> Sequence[Analysis]:
        """Wait for the batch; none where there is none."""
        reading, self._reading = self._reading, None
        return await reading if reading is not None else []

    def let_go(self) -> None:
        """Others route: the batch is theirs."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def end(self) -> None:
        """Let go, and wait until nothing is read any more."""
        reading = self._reading
        self.let_go()
        if reading is not None:
            await asyncio.wait({reading})
