"""Postfix's own test server, which takes or refuses what it is told to and keeps nothing."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from router.cli.demonstration.ports import listens
from tests.bench.need import need
from tests.bench.ports import free_port
from tests.bench.wait import until


@contextmanager
def sink(*options: str, user: str = "postfix", out: int | None = None) -> Iterator[int]:
    """A running one (smtp-sink(1) has the options); its port. `out`: a file to which it says what it counts."""
    port = free_port()
    process = subprocess.Popen([need("smtp-sink"), "-u", user, *options, f"127.0.0.1:{port}", "1000"], stdout=out)
    try:
        until(lambda: listens(port), "smtp-sink")
        yield port
    finally:
        process.kill()
        process.wait()
