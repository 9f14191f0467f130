"""The Unix socket beside a SQLite database: commands that write talk to the daemon through it.

One request is a line of JSON `{"do": NAME, …}`, one reply a line `{"result": …}` or `{"error": TEXT}`. Whoever may open
the socket may write the database: it has the mode of the database's own file.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]
TIMEOUT = 30.0  # seconds for a command
LINE = 4_000_000  # octets of a request: a batch of an import, 2 MB of mail as base64


class NoDaemon(Exception):
    """Nobody listens at the socket."""


class ControlError(Exception):
    """The daemon refused a command."""


class Unanswered(ControlError):
    """The daemon hangs, or died over a command."""


def socket_path(database: Path) -> Path:
    """The socket of a database."""
    return database.with_name(database.name + ".sock")


class _Short:
    """A path to the socket that fits into the 108 bytes of sockaddr_un (unix(7)), through a descriptor of its folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> str:
        self._fd = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._fd}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


async def serve(path: Path, handlers: Mapping[str, Handler]) -> asyncio.Server:
    """Listen for commands; the holder of the writer's lock may replace a socket that a dead daemon left."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(json.dumps(await _answer(reader, handlers)).encode() + b"\n")
            await writer.drain()
        writer.close()

    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(FileNotFoundError):
        os.unlink(path)
    with _Short(path) as short:
        link.bind(short)
    os.chmod(path, 0o600)
    return await asyncio.start_unix_server(session, sock=link, limit=LINE)


async def _answer(reader: asyncio.StreamReader, handlers: Mapping[str, Handler]) -> dict[str, Any]:
    try:
        request = json.loads(await asyncio.wait_for(reader.readline(), TIMEOUT))
        return {"result": await handlers[request["do"]](request)}
    except Exception as error:
        log.warning("a command failed: %s: %s", type(error).__name__, error)
        return {"error": f"{type(error).__name__}: {error}"}


def ask(path: Path, request: Mapping[str, Any], timeout: float = TIMEOUT) -> Any:
    """Send one command to the daemon and return its result.

    Raises `NoDaemon` where none runs, and `ControlError` where it refuses, hangs or dies.
    """
    try:
        line = _exchange(path, json.dumps(request).encode() + b"\n", timeout)
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoDaemon(str(path)) from None
    except OSError as error:
        raise Unanswered(f"the daemon does not answer: {error}") from error
    if not line:
        raise Unanswered("the daemon ended the connection")
    reply = json.loads(line)
    if "error" in reply:
        raise ControlError(reply["error"])
    return reply["result"]


def _exchange(path: Path, request: bytes, timeout: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout)
        with _Short(path) as short:
            link.connect(short)
        link.sendall(request)
        with link.makefile("rb") as answers:
            return answers.readline()
