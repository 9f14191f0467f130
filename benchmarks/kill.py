"""Kills the daemon at random under load and prints what was accepted, delivered, doubled and lost.

python -m benchmarks.kill --rounds 50 --seed 7
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bench.daemon import Daemon
from tests.bench.killing import kill_at_random


def main() -> int:
    """Run; exit code 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="how often to kill (default: 50)")
    parser.add_argument("--per-round", type=int, default=60, help="mails sent for each kill (default: 60)")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="default: another each time"
    )
    wanted = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        daemon = Daemon(Path(folder))
        try:
            toll = kill_at_random(daemon, wanted.rounds, wanted.seed, per_round=wanted.per_round)
        finally:
            daemon.kill()
    print(f"seed {wanted.seed}, {time.monotonic() - started:.1f} s")
    print(f"{'kills':>7} {'accepted':>9} {'delivered':>10} {'doubled':>8} {'lost':>5}")
    print(f"{toll.kills:>7} {toll.accepted:>9} {toll.delivered:>10} {toll.doubled:>8} {toll.lost:>5}")
    return 0 if toll.clean else 1


if __name__ == "__main__":
    sys.exit(main())
