"""The other process: `python -m router.apart DESCRIPTOR NAME`, started by `process`.

It ends at once when the line ends: a daemon that is gone will answer for nothing that is done from then on. Signals that
are meant for the daemon (a terminal and a service manager send them to all its processes) do not end it.
"""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from router import COLLECTED
from router.apart.line import Line
from router.apart.service import Service
from router.tasks import Background, loop_factory

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1  # prctl(2)


class _Desk:
    """Takes the requests."""

    def __init__(self) -> None:
        self.line = Line(self._heard, self._gone)
        self._service: Service | None = None
        self._background = Background()

    def _heard(self, said: tuple[int, Any]) -> None:
        number, request = said
        if self._service is None:  # the first word says what we are
            set_up_log, self._service = request
            set_up_log()
            gc.freeze()  # what is there now stays
            self.line.say((number, True, None))
        else:
            self._background.start(self._answer(self._service, number, request))

    async def _answer(self, service: Service, number: int, request: Any) -> None:
        try:
            found = await (service.close() if request is None else service.answer(request))
        except Exception as error:
            log.exception("a request failed")
            self.line.say((number, False, f"{type(error).__name__}: {error}"))
        else:
            self.line.say((number, True, found))

    def _gone(self) -> None:
        logging.shutdown()
        os._exit(0)


async def _serve(link: socket.socket) -> None:
    desk = _Desk()
    await asyncio.get_running_loop().create_unix_connection(lambda: desk.line, sock=link)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until the line ends."""
    with suppress(OSError, AttributeError):  # where there is no such call the end of the line has to do
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # also should we be busy when the line ends
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gc.set_threshold(COLLECTED)
    link = socket.socket(fileno=int(sys.argv[1]))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(link))


if __name__ == "__main__":
    main()
