"""Free ports of this process: those of the demo, shared out among the processes in which a suite runs at once.

Between the look for a port and the listening, and between a kill and a restart, a port looks free to everybody.
"""

import os

from router.cli.demonstration import ports

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def free_port() -> int:
    """A port on which nobody listens, and that no other process of this run is given."""
    return ports.free_port(among=ports.BELOW_CLIENTS[_WORKER::_WORKERS])
