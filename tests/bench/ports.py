"""Free ports of this process: those of the demo, shared out among the processes in which a suite runs at once.

Between the look for a port and the listening, and between a kill and a restart, a port looks free to everybody. So none
is given twice before all were.
"""

import os
import random
from itertools import cycle

from router.cli.demonstration import ports

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_OURS = ports.BELOW_CLIENTS[_WORKER::_WORKERS]
_next = cycle(random.SystemRandom().sample(_OURS, len(_OURS)))


def free_port() -> int:
    """A port on which nobody listens, and that nobody else of this run is given."""
    return next(port for port in _next if ports.is_free(port))
