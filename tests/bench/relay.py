"""A mail server that does as it is told, for what real ones will not do on demand. It runs on the test's own loop.

    async with Relay({"RCPT TO:<helen": "550 5.1.1 nobody", "END": [Later(2.0), CLOSE]}) as relay:

The script says how a command that begins so is answered: always, or from a list once each and then as usual. What is
asked for by its longest begin wins. "END" stands for the end of a mail, "BODY" for its begin, to which usually nothing
is said, "GREETING" for the begin of a connection.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

EXTENSIONS = ("PIPELINING", "8BITMIME", "SIZE 50000000", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True, slots=True)
class Later:
    """Answer as usual, after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Farewell:
    """Say this, asked or not, and hang up."""

    reply: str


CLOSE: Final = "close"  # hang up without a word
SILENCE: Final = "silence"  # never answer
Answer = str | Later | Farewell
Script = Mapping[str, Answer | Sequence[Answer]]


@dataclass(slots=True)
class Received:
    """A mail that was taken."""

    command: str  # MAIL, with its parameters
    recipients: list[str]
    octets: bytes


@dataclass(slots=True)
class _Transaction:
    command: str = ""
    recipients: list[str] = field(default_factory=list)


class _Gone(Exception):
    """This connection is over."""


class Relay:
    """Listens while it is entered."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        extensions: Sequence[str] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        mode: Literal["tls", "starttls", "none"] = "none",
    ) -> None:
        self.script = dict(script or {})
        self.extensions = list(extensions)
        self.mails: list[Received] = []
        self.connections: list[list[str]] = []  # the commands of each
        self.blocks: list[bytes] = []  # what came in one piece each
        self._tls, self._mode = tls, mode
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Relay":
        implicit = self._tls if self._mode == "tls" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=implicit)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def commands(self) -> list[str]:
        """The commands of all connections."""
        return [command for commands in self.connections for command in commands]

    def hang_up(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.close()

    async def tell(self, reply: str) -> None:
        """Say something that nobody asked for, to everybody."""
        for writer in self._writers:
            writer.write(f"{reply}\r\n".encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with suppress(_Gone, ConnectionError, asyncio.CancelledError, ssl.SSLError):
                await _Connection(self, reader, writer, self._tls if self._mode == "starttls" else None).run()
        finally:
            self._writers.discard(writer)
            writer.close()
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), 1)  # a handshake that failed may leave it half open
            writer.transport.abort()


class _Connection:
    """One client."""

    def __init__(
        self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, starttls: ssl.SSLContext | None
    ) -> None:
        self._relay, self._reader, self._writer = relay, reader, writer
        self._starttls = starttls
        self._read = b""
        self._commands: list[str] = []
        relay.connections.append(self._commands)

    async def run(self) -> None:
        """Greet, and answer until the client goes."""
        transaction = _Transaction()
        await self._answer("GREETING", "220 relay.example.net ESMTP")
        while (line := await self._line()) is not None:
            self._commands.append(line)
            verb = line.split()[0].upper() if line.strip() else ""
            match verb:
                case "EHLO":
                    extensions = [*self._relay.extensions, *(["STARTTLS"] if self._starttls else [])]
                    lines = ["relay.example.net", *extensions]
                    await self._answer(line, "\r\n".join(f"250{'- '[one is lines[-1]]}{one}" for one in lines))
                case "STARTTLS" if self._starttls:
                    if await self._answer(line, "220 2.0.0 go ahead"):
                        await self._writer.start_tls(self._starttls)
                        self._starttls = None
                case "AUTH":
                    await self._answer(line, "334 VXNlcm5hbWU6" if " LOGIN" in line.upper() else "235 2.7.0 welcome")
                case "MAIL":
                    if await self._answer(line, "503 5.5.1 nested" if transaction.command else "250 2.1.0 Ok"):
                        transaction = _Transaction(line)
                case "RCPT":
                    known = transaction.command
                    if await self._answer(line, "250 2.1.5 Ok" if known else "503 5.5.1 who sends?"):
                        transaction.recipients.append(line[line.find("<") + 1 : line.rfind(">")])
                case "DATA":
                    if await self._answer(line, "354 go" if transaction.recipients else "554 5.5.1 for whom?"):
                        await self._mail(transaction)
                        transaction = _Transaction()
                case "RSET":
                    transaction = _Transaction()
                    await self._answer(line, "250 2.0.0 Ok")
                case "QUIT":
                    await self._answer(line, "221 2.0.0 Bye")
                    return
                case _:
                    await self._answer(
                        line or "EMPTY LINE", "235 2.7.0 welcome" if self._commands[-2:-1] else "500 5.5.2 what?"
                    )

    async def _mail(self, transaction: _Transaction) -> None:
        """Everything up to the final dot, however long it takes."""
        wire = bytearray(b"\r\n" + self._read)
        while (end := wire.find(b"\r\n.\r\n")) < 0:
            wire += await self._block()
            if self._relay.script.get("BODY"):
                await self._answer("BODY", "")
        self._read = bytes(wire[end + 5 :])
        octets = bytes(wire[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
        number = len(self._relay.mails) + 1
        fine = f"250 2.0.0 Ok: queued as Q{number}" if transaction.recipients else "554 5.5.1 for whom?"
        # As a server does: taken first, answered then, so that a client who is gone before the answer is served, too.
        mail = Received(transaction.command, transaction.recipients, octets)
        await self._answer("END", fine, lambda: self._relay.mails.append(mail))

    async def _answer(self, asked: str, usual: str, before_yes: Callable[[], None] = lambda: None) -> bool:
        """Answer as the script says, or as usual; whether that is a yes, before which something may be done."""
        answer = self._scripted(asked)
        if isinstance(answer, Later):
            await asyncio.sleep(answer.seconds)
            answer = None
        if isinstance(answer, Farewell):
            self._writer.write(answer.reply.encode() + b"\r\n")
            await self._writer.drain()
            raise _Gone
        if answer == CLOSE:
            raise _Gone
        if answer == SILENCE:
            await asyncio.Event().wait()
        reply = answer or usual
        yes = reply[0] in "23"
        if yes:
            before_yes()
        self._writer.write(reply.encode() + b"\r\n")
        await self._writer.drain()
        return yes

    def _scripted(self, asked: str) -> Answer | None:
        script = self._relay.script
        key = max((one for one in script if asked.upper().startswith(one.upper())), key=len, default=None)
        if key is None:
            return None
        answers = script[key]
        if isinstance(answers, str | Later | Farewell):
            return answers
        if not answers:
            return None
        script[key] = answers[1:]
        return answers[0]

    async def _line(self) -> str | None:
        while b"\r\n" not in self._read:
            try:
                self._read += await self._block()
            except _Gone:
                return None
        line, _, self._read = self._read.partition(b"\r\n")
        return line.decode()

    async def _block(self) -> bytes:
        block = await self._reader.read(1 << 20)
        if not block:
            raise _Gone
        self._relay.blocks.append(block)
        return block
