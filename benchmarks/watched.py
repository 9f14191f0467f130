"""Runs the router with an eye on its loop: the most processor time that one callback took.

python -m benchmarks.watched FILE python -m router …

Each SIGUSR1 writes the milliseconds since the last one into FILE. The router itself is not changed.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

_run = asyncio.Handle._run
longest = 0.0


def timed(handle: Any) -> None:
    """One callback of the loop; the time of its own thread, so that a busy machine does not count."""
    global longest
    begun = time.thread_time()
    _run(handle)
    longest = max(longest, time.thread_time() - begun)


def main() -> None:
    """Run, and answer the signal."""
    file = Path(sys.argv[1])

    def tell(*_: object) -> None:
        global longest
        new = file.with_suffix(".new")
        new.write_text(f"{longest * 1000:.1f}")
        new.rename(file)
        longest = 0.0

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, tell)
    os.environ["ROUTER_LOOP"] = "asyncio"  # the other loop's callbacks cannot be timed
    sys.argv = ["router", *sys.argv[5:]]
    from router.cli.main import main as router

    router()


if __name__ == "__main__":
    main()
