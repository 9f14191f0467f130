"""A TCP proxy that ends connections at chosen places, whatever protocol runs over it.

    with CutProxy(server.port) as proxy:
        proxy.cut("up", b" APPEND ", keep=8)      # what the client says ends right behind these octets
        proxy.cut("down", b"OK [APPENDUID")       # the server's answer is lost whole
        proxy.cut("up", 1000)                     # after so many octets
        proxy.hold("down", b"OK [APPENDUID")      # the server falls silent there, and the connection stays
        proxy.change("down", b"UIDPLUS", b"UIDMINUS")

"up" is what goes from the client to the server. An order counts for `times` connections, 1 unless told; the next ones
pass unharmed. Both sides see the connection end; with `reset` as a reset, else as an orderly end.
"""

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

Way = Literal["up", "down"]


@dataclass
class _Order:
    way: Way
    at: bytes | int  # octets that are waited for, or how many pass
    keep: int  # of the octets that are waited for, and of what follows them
    times: int
    reset: bool
    silent: bool = False  # nothing passes any more, nothing ends


class CutProxy:
    """One listening port before one server on this machine."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._target = (host, target)
        self._orders: list[_Order] = []
        self._changes: list[tuple[Way, bytes, bytes]] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.cuts = 0  # orders that were carried out
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> "CutProxy":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def cut(self, way: Way, at: bytes | int, keep: int = 0, times: int = 1, reset: bool = False) -> None:
        """End the next connection at that place."""
        with self._lock:
            self._orders.append(_Order(way, at, keep, times, reset))

    def hold(self, way: Way, at: bytes | int, keep: int = 0, times: int = 1) -> None:
        """Let nothing more pass in the next connection from that place on, and leave it open."""
        with self._lock:
            self._orders.append(_Order(way, at, keep, times, reset=False, silent=True))

    def change(self, way: Way, old: bytes, new: bytes) -> None:
        """Replace octets, as often as they come, for good; across the borders of packets, too."""
        with self._lock:
            self._changes.append((way, old, new))

    def drop(self) -> None:
        """End every connection that is open."""
        with self._lock:
            links = list(self._open)
        for link in links:
            _end(link, reset=False)

    def close(self) -> None:
        """Stop listening, end everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self.connections += 1
            with self._lock:
                self._open |= {client, server}
            pair = _Pair(self, client, server)
            for way in ("up", "down"):
                thread = threading.Thread(target=pair.pump, args=(way,), daemon=True)
                self._threads.append(thread)
                thread.start()


class _Pair:
    """One connection through the proxy."""

    def __init__(self, proxy: CutProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._ends = {"up": (client, server), "down": (server, client)}
        self._over = False  # what is answered to the last octets before a cut passes no more

    def pump(self, way: Way) -> None:
        """Pass on what comes, until it ends or is ended."""
        source, target = self._ends[way]
        passed, held = 0, b""
        try:
            while data := source.recv(65_536):
                held += data
                held = self._changed(way, held)
                order, length = self._look(way, passed, held)
                if order is None:
                    length = len(held) - self._undecided(way, held)
                    if self._over:
                        return
                elif not order.silent:
                    self._over = True
                target.sendall(held[:length])
                passed, held = passed + length, held[length:]
                if order is not None and order.silent:
                    while source.recv(65_536):
                        pass
                elif order is not None:
                    self._cut(order)
                    return
            target.sendall(held)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for link in self._ends[way]:
                _end(link, reset=False)

    def _changed(self, way: Way, data: bytes) -> bytes:
        for its, old, new in self._proxy._changes:
            if its == way:
                data = data.replace(old, new)
        return data

    def _look(self, way: Way, passed: int, data: bytes) -> tuple[_Order | None, int]:
        """The order whose place has come, and how much of `data` passes before."""
        with self._proxy._lock:
            for order in [one for one in self._proxy._orders if one.way == way and one.times > 0]:
                if isinstance(order.at, int):
                    if passed + len(data) >= order.at:
                        return self._taken(order), max(order.at - passed, 0)
                elif (found := data.find(order.at)) >= 0:
                    if len(data) >= found + order.keep:
                        return self._taken(order), found + order.keep
                    return None, 0
        return None, 0

    def _taken(self, order: _Order) -> _Order:
        order.times -= 1
        self._proxy.cuts += 1
        return order

    def _undecided(self, way: Way, data: bytes) -> int:
        """How many octets at the end have to wait, since what is looked for may begin with them."""
        with self._proxy._lock:
            orders = [one for one in self._proxy._orders if one.way == way and one.times > 0]
            wanted = [one.at for one in orders if isinstance(one.at, bytes)]
            for order in orders:
                if isinstance(order.at, bytes) and (found := data.find(order.at)) >= 0:
                    return len(data) - found  # it came, and what is to be kept behind it has not yet
            wanted += [old for its, old, _ in self._proxy._changes if its == way]
        return max((size for one in wanted for size in range(1, len(one)) if data.endswith(one[:size])), default=0)

    def _cut(self, order: _Order) -> None:
        for link in self._ends["up"]:
            _end(link, order.reset)


def _end(link: socket.socket, reset: bool) -> None:
    with suppress(OSError):
        if reset:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The thread that waits for the other way would not notice a mere close.
        link.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    link.close()
