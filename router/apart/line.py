"""The line between two processes of ours: a socket that nobody else has, and on it objects, each behind its length."""

import asyncio
import pickle
from collections.abc import Callable
from typing import Any, cast

_LENGTH = 4  # octets that say how many follow


class Line(asyncio.Protocol):
    """One end; `heard` is given what the other end says, `ended` is called once it is gone."""

    def __init__(self, heard: Callable[[Any], None], ended: Callable[[], None]) -> None:
        self._heard = heard
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def say(self, what: Any) -> None:
        """Send an object; into the void, where the other end is gone."""
        octets = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        if self._transport is not None:
            self._transport.write(len(octets).to_bytes(_LENGTH) + octets)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line stands."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Part of an object, or several."""
        self._buffer += data
        at = 0
        while (begin := at + _LENGTH) <= len(self._buffer):
            end = begin + int.from_bytes(self._buffer[at:begin])
            if end > len(self._buffer):
                break
            octets = bytes(memoryview(self._buffer)[begin:end])
            at = end
            self._heard(pickle.loads(octets))  # noqa: S301 - nobody but a process of ours can have written it
        del self._buffer[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """The other process is gone, or we have hung up."""
        self._ended()
