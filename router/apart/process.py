"""The daemon's side of a part of its own: started when first needed, asked, started anew after it has died."""

import asyncio
import logging
import socket
import subprocess
import sys
from contextlib import suppress
from itertools import count
from typing import Any

from router import maillog
from router.apart.line import Line
from router.apart.service import Service

log = logging.getLogger(__name__)

START = 30.0  # seconds for the process to come up, on a busy machine
FAREWELL = 10.0  # seconds for it to end what it keeps open


class NotUp(Exception):
    """The process does not start: nothing was asked of it."""


class Gone(Exception):
    """The process ended before it answered: nobody knows what it did."""


class Failed(Exception):
    """The service raised an error; the words say which."""


class Apart:
    """A service in a process of its own. To be used on one loop."""

    def __init__(self, name: str, service: Service) -> None:
        self._name = name
        self._service = service
        self._running: _Running | None = None
        self._starting = asyncio.Lock()

    async def ask(self, request: Any) -> Any:
        """What the service answers. Raises `NotUp`, `Gone` or `Failed`."""
        async with self._starting:  # of several that need it one starts it
            if self._running is None or self._running.ended:
                self._running = await self._start()
            running = self._running
        return await running.ask(request)

    async def close(self) -> None:
        """Let the service end what it keeps open, then the process; a later request starts another."""
        running, self._running = self._running, None
        if running is not None:
            await running.close()

    @property
    def pid(self) -> int | None:
        """The process; None where none runs."""
        return None if self._running is None or self._running.ended else self._running.process.pid

    async def _start(self) -> "_Running":
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                running = _Running(self._name, _launch(theirs, self._name))
            await running.begin(ours, (maillog.same(), self._service))
        except (OSError, TimeoutError, Gone, Failed) as error:
            ours.close()
            raise NotUp(f"the process of {self._name} does not start: {str(error) or 'it says nothing'}") from error
        return running


class _Running:
    """One process, from its start to its end."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.ended = False
        self._name = name
        self._line = Line(self._heard, self._gone)
        self._numbers = count()
        self._asked: dict[int, asyncio.Future[Any]] = {}  # and not answered yet
        self._closing = False

    async def begin(self, link: socket.socket, made: Any) -> None:
        """Tell it what it is, and wait until it is up."""
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: self._line, sock=link)
            await asyncio.wait_for(self.ask(made), START)
        except BaseException:
            await self._end()
            raise

    async def ask(self, request: Any) -> Any:
        """Raises `Gone` and `Failed`."""
        if self.ended:
            raise Gone(self._words())
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._line.say((number, request))
        try:
            return await answer
        finally:
            self._asked.pop(number, None)

    async def close(self) -> None:
        """Let it end in good manners."""
        self._closing = True
        if not self.ended:
            with suppress(Gone, Failed, TimeoutError):
                await asyncio.wait_for(self.ask(None), FAREWELL)
        await self._end()

    async def _end(self) -> None:
        self._closing = True
        self._line.close()
        await asyncio.to_thread(_reap, self.process)

    def _heard(self, said: tuple[int, bool, Any]) -> None:
        number, well, what = said
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return  # nobody waits for it any more
        if well:
            answer.set_result(what)
        else:
            answer.set_exception(Failed(what))

    def _gone(self) -> None:
        self.ended = True
        if not self._closing:
            log.error("%s", self._words())
            asyncio.get_running_loop().run_in_executor(None, _reap, self.process)
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Gone(self._words()))

    def _words(self) -> str:
        return f"the process of {self._name} has ended"


def _launch(link: socket.socket, name: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", __package__, str(link.fileno()), name]  # the name is for whoever lists processes
    return subprocess.Popen(command, pass_fds=[link.fileno()], stdin=subprocess.DEVNULL)


def _reap(process: "subprocess.Popen[bytes]") -> None:
    """It ends by itself once its line has ended, and at once; what does not is made to."""
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
