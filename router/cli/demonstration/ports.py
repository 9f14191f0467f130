"""Free ports, chosen below the range from which the kernel gives ports to clients.

A port of that range might be taken by some client between a kill and a restart, or be connected to itself by whoever polls it.
"""

import random
import socket

BELOW_CLIENTS = range(20_000, 32_000)
_choose = random.SystemRandom()


def free_port() -> int:
    """A port on which nobody listens."""
    while not is_free(port := _choose.choice(BELOW_CLIENTS)):
        pass
    return port


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody could begin to listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True
