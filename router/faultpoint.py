"""Named places where a test may end the process as `kill -9` would.

`ROUTER_FAULT=NAME:N` kills this process at the N-th pass of NAME. Without the variable a fault point costs one
comparison of None. The names say stage and step, such as `accept.before-commit`; `tests/` holds the list that is walked
through.
"""

import os
import signal
import threading

_name: str | None = None
_left = 0
_lock = threading.Lock()  # stages pass fault points from several threads

if wanted := os.environ.get("ROUTER_FAULT"):
    _name, _, count = wanted.partition(":")
    _left = int(count or "1")


def reach(name: str) -> None:
    """Pass the fault point `name`."""
    global _left
    if _name is None or name != _name:
        return
    with _lock:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
