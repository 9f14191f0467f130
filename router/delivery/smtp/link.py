"""One connection's octets: what we write, and the replies that come back, in their order.

It takes over the transport that aiosmtplib has connected, encrypted and logged in on, since that library awaits every
reply before it writes again. It must never guess: a reply that nobody asked for ends the connection, since from there
on no reply can be told from another.
"""

import asyncio
from collections import deque

from router.delivery.smtp.replies import LINE, Reply, parse

_LONGEST = 4096  # octets of a line; RFC 5321 section 4.5.3.1.5 has 512
_MOST = 100  # lines of a reply


class Ended(Exception):
    """The connection is over; `reply` is what the server said in parting, where it did."""

    def __init__(self, words: str, *, reply: Reply | None = None, timed_out: bool = False) -> None:
        super().__init__(words)
        self.reply = reply
        self.timed_out = timed_out


class Link(asyncio.Protocol):
    """The client's end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.replies: deque[Reply] = deque()  # that came and nobody has taken yet
        self.fault: str | None = None  # why the connection is over
        self.timed_out = False
        self._transport = transport
        self._partial = b""
        self._lines: list[bytes] = []
        self._owed = 0  # replies that were asked for and have not come
        self._full = False  # nothing more is to be written for now
        self._waiter: asyncio.Future[None] | None = None
        transport.set_protocol(self)
        if transport.is_closing():
            self.end("the connection was closed")

    def write(self, octets: bytes | memoryview, replies: int = 0) -> None:
        """Send, and await so many replies more. Raises `Ended`."""
        self._check()
        self._owed += replies
        self._transport.write(octets)

    async def drain(self, seconds: float) -> None:
        """Wait until the server has taken most of what was written. Raises `Ended`."""
        while self._full:
            self._check()
            await self._wait(seconds)
        self._check()

    async def reply(self, seconds: float) -> Reply:
        """The next reply; `Ended` where none comes. A 421 is the server's farewell (RFC 5321 section 3.8)."""
        while not self.replies:
            self._check()
            await self._wait(seconds)
        reply = self.replies.popleft()
        if reply.code == 421:
            self.end(str(reply))
            raise Ended(str(reply), reply=reply)
        return reply

    def end(self, words: str, *, timed_out: bool = False, abort: bool = False) -> None:
        """Hang up, for this reason; `abort` drops what was not sent yet."""
        self.fault, self.timed_out = self.fault or words, self.timed_out or timed_out
        if abort:
            self._transport.abort()
        else:
            self._transport.close()
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Part of a reply, or several."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._partial) > _LONGEST or len(self._lines) > _MOST:
            self.end("the reply has no end", abort=True)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.fault = self.fault or (f"the connection was lost: {exc}" if exc else "the server closed the connection")
        self._wake()

    def pause_writing(self) -> None:
        """The server takes less than we write."""
        self._full = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._full = False
        self._wake()

    def _take(self, line: bytes) -> None:
        if self.fault is not None:
            return
        if not LINE.match(line):
            self.end(f"not a reply: {line[:80]!r}", abort=True)
            return
        self._lines.append(line)
        if line[3:4] == b"-":
            return
        reply, self._lines = parse(tuple(self._lines)), []
        if self._owed:
            self._owed -= 1
            self.replies.append(reply)
        else:
            self.end(str(reply))

    def _check(self) -> None:
        if self.fault is not None:
            raise Ended(self.fault, timed_out=self.timed_out)

    async def _wait(self, seconds: float) -> None:
        """Until something happens; where nothing does for so long, the connection is over."""
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(seconds, self._late, seconds)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _late(self, seconds: float) -> None:
        self.end(f"no answer within {seconds:g} s", timed_out=True, abort=True)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
