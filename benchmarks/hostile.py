"""Attacks a running daemon and prints what it cost: memory, loop lag, and how a second client was served meanwhile.

python -m benchmarks.hostile            all of them; names as arguments: only these

Lag is the most processor time that one callback of the loop took. The exit code is 1 where a figure is over its limit.
"""

import argparse
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.attacks import ATTACKS
from benchmarks.second import meanwhile
from router.intake.users import Hash
from tests.bench.certificates import self_signed
from tests.bench.daemon import Daemon
from tests.bench.wait import until

MEMORY = 300  # MB resident
LAG = 100.0  # ms of processor time in one callback
WAIT = 5.0  # seconds that the second client may wait for one whole mail


def peak(daemon: Daemon) -> int:
    """The most memory since the last `forget`, in MB."""
    assert daemon.process
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{daemon.process.pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


def lag(daemon: Daemon) -> float:
    """The most processor time of a callback since the last call, in ms."""
    assert daemon.process
    file = daemon.folder / "lag"
    file.unlink(missing_ok=True)
    os.kill(daemon.process.pid, signal.SIGUSR1)
    until(file.exists, "the daemon to say how long its loop was busy")
    return float(file.read_text())


def started(folder: Path) -> Daemon:
    """A daemon with TLS and a user, watched."""
    daemon = Daemon(folder, smtp=self_signed(folder).settings + 'users_file = "users"\nallow_from = ["127.0.0.0/8"]\n')
    (folder / "users").touch(mode=0o600)
    (folder / "users").write_text(f"mx:{Hash.of('right')}\n")
    return daemon.start(prefix=[sys.executable, "-m", "benchmarks.watched", str(folder / "lag")])


def main(wanted: Sequence[str]) -> int:
    """Attack, measure, print."""
    over = 0
    print(f"{'attack':58} {'answers':24} {'s':>6} {'MB':>5} {'lag ms':>7} {'others':>7} {'worst s':>8}")
    for attack in ATTACKS:
        if wanted and attack.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="r-") as folder:
            daemon = started(Path(folder))
            try:
                lag(daemon)
                begun = time.monotonic()
                answers, second = meanwhile(attack, daemon.port)
                took = time.monotonic() - begun
                daemon.settle(300)
                memory, busy = peak(daemon), lag(daemon)
            finally:
                daemon.kill()
        bad = memory > MEMORY or busy > LAG or second.worst > WAIT or second.failed or not second.sent
        over += bool(bad)
        figures = f"{took:6.1f} {memory:5} {busy:7.1f} {second.sent:7} {second.worst:8.2f}"
        print(f"{attack.__doc__:58} {answers:24} {figures}{'  OVER' if bad else ''}", flush=True)
    print(f"limits: {MEMORY} MB, {LAG:g} ms, {WAIT:g} s")
    return 1 if over else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("attacks", nargs="*", choices=[[], *(one.__name__ for one in ATTACKS)], help="default: all")
    sys.exit(main(parser.parse_args().attacks))
