"""The heartbeat: a URL that is called while all is well, so that our silence is noticed elsewhere."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from router.clock import Clock
from router.tasks import Background, Lane
from router.watch.calls import CallFailed, call_url

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=60)


@dataclass(slots=True)
class Heartbeat:
    """Calls the URL in a thread of its own; the loop never waits for it."""

    url: str
    clock: Clock
    _last: datetime | None = field(default=None, init=False)  # when it was last tried
    _under_way: bool = field(default=False, init=False)
    _worked: bool = field(default=True, init=False)
    _lane: Lane = field(default_factory=lambda: Lane("heartbeat"), init=False)
    _background: Background = field(default_factory=Background, init=False)

    def well(self) -> None:
        """All is well: call, where it is time to."""
        now = self.clock.now()
        if self._under_way or (self._last is not None and now - self._last < EVERY):
            return
        self._last, self._under_way = now, True
        self._background.start(self._call())

    async def _call(self) -> None:
        try:
            await self._lane.call(partial(call_url, self.url))
        except CallFailed as error:
            if self._worked:
                log.warning("heartbeat_url cannot be called: %s", error)
            self._worked = False
        except asyncio.CancelledError:
            raise
        else:
            if not self._worked:
                log.info("heartbeat_url can be called again")
            self._worked = True
        finally:
            self._under_way = False
