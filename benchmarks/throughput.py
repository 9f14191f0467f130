"""Copies per second, side by side with Postfix: mail for support@ goes to two founders at one sink.

python -m benchmarks.throughput    five rounds of 3,000 mails each way

A private Postfix does by a virtual alias what the router does by its rule: it takes the mail, writes it to disk, and
relays it to two founders. Both get the same mail from `smtp-source` in turns, 4 kB each by 20 sessions, once with a
connection per mail and once with kept ones. The clock runs from the first byte to the last copy at the sink.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.processor import spent
from benchmarks.sink import Sink
from tests.bench.daemon import Daemon
from tests.bench.need import need
from tests.bench.postfix import Postfix

SIZE = 4096
SESSIONS = 20
FOUNDERS = ("mike@example.com", "helen@example.com")
PATIENCE = 120.0  # seconds for one round

_ALIASES = """\
virtual_alias_maps = inline:{{ {{ support@example.com = {founders} }} }}
smtp_tls_security_level = none
"""
_BY_SMTP = """\
[[inbox]]
address = "{address}"
name = "{name}"
deliver = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
from_mode = "redirect"
"""


@dataclass(frozen=True)
class Way:
    """One who copies mail."""

    name: str
    port: int
    root: int  # the process that all its others are below


def send(port: int, mails: int, *, kept: bool) -> None:
    """Let `smtp-source` send so many mails to support@."""
    options = ["-d"] if kept else []
    command = [need("smtp-source"), *options, "-s", str(SESSIONS), "-l", str(SIZE), "-m", str(mails)]
    command += ["-f", "kim@customer.example", "-t", "support@example.com", f"127.0.0.1:{port}"]
    subprocess.run(command, check=True, timeout=PATIENCE)


class Round(NamedTuple):
    """What one round came to."""

    rate: float  # mails per second, from the first byte to the last copy
    cost: float  # milliseconds of processor time for each mail


def one_round(way: Way, sink: Sink, mails: int, *, kept: bool) -> Round:
    """Send so many mails one way."""
    before, busy, begun = sink.mails, spent(way.root), time.monotonic()
    send(way.port, mails, kept=kept)
    if not sink.wait(before + mails, PATIENCE):
        raise RuntimeError(f"{way.name}: only {sink.mails - before} of {mails} mails reached the sink")
    took = time.monotonic() - begun
    return Round(mails / took, (spent(way.root) - busy) / mails * 1000)


def router(folder: Path, sink: Sink) -> Daemon:
    """The router with two founders at the sink."""
    inboxes = [_BY_SMTP.format(address=address, name=address.partition("@")[0], port=sink.port) for address in FOUNDERS]
    folder.mkdir()
    return Daemon(folder, inboxes="\n".join(inboxes), router='address = "router@example.com"')


def postfix(folder: Path, sink: Sink) -> Postfix:
    """Postfix with the same two."""
    return Postfix(folder, sink.port, _ALIASES.format(founders=", ".join(FOUNDERS)))


def check(make: Callable[[Path, Sink], Daemon | Postfix]) -> None:
    """Each mail has to reach both founders, in as many mails as were sent: what is measured is what was meant."""
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "dump").mkdir()
        with Sink(folder / "dump") as sink:
            way = make(folder / "way", sink)
            try:
                way.start()
                send(way.port, 50, kept=True)
                if not sink.wait(50, PATIENCE):
                    raise RuntimeError(f"only {sink.mails} of 50 mails reached the sink")
            finally:
                way.stop()
        kept = [file.read_text(errors="replace") for file in (folder / "dump").rglob("*") if file.is_file()]
        both = [text for text in kept if all(f"<{founder}>" in text for founder in FOUNDERS)]
        if len(both) != 50:
            raise RuntimeError(f"{len(kept)} mails at the sink, {len(both)} of them for both founders; 50 were sent")


def machine() -> str:
    """What it ran on."""
    version = subprocess.run(["postconf", "-dh", "mail_version"], capture_output=True, text=True, check=True).stdout
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, Postfix {version.strip()}"


def main() -> int:
    """Measure; exit code 1 where Postfix is faster in either mode."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each kind (default: 5)")
    parser.add_argument("--mails", type=int, default=3000, help="in each round (default: 3000)")
    parser.add_argument("--first", action="store_true", help="go before the other work of a busy machine")
    wanted = parser.parse_args()
    print(machine())
    return measure(wanted.rounds, wanted.mails, first=wanted.first)


def go_first(process: int) -> None:
    """Let a process's session, and with it all that it starts, go before others (sched(7), autogroup)."""
    Path(f"/proc/{process}/autogroup").write_text("-15")


def measure(rounds: int, mails: int, *, first: bool) -> int:
    """Print the table."""
    slower = 0
    with tempfile.TemporaryDirectory(prefix="r-") as name, Sink() as sink:
        folder = Path(name)
        folder.chmod(0o755)
        ours, theirs = router(folder / "router", sink), postfix(folder / "postfix", sink)
        try:
            ours.start()
            theirs.start()
            assert ours.process is not None
            for process in (os.getpid(), theirs.master) if first else ():  # the router is in our session
                go_first(process)
            ways = [Way("postfix", theirs.port, theirs.master), Way("router", ours.port, ours.process.pid)]
            print(
                f"{'':>24} {'postfix':>16} {'router':>16} {'ratio':>6}   mails per second, the median of {rounds} rounds;"
            )
            print(f"{'':>66} milliseconds of processor time for each")
            for title, kept in (("a connection per mail", False), ("kept connections", True)):
                found = {way.name: [one_round(way, sink, mails // 10, kept=kept)][:0] for way in ways}  # warm both
                for _ in range(rounds):
                    for way in ways:
                        found[way.name].append(one_round(way, sink, mails, kept=kept))
                rates = [statistics.median(one.rate for one in found[way.name]) for way in ways]
                costs = [statistics.median(one.cost for one in found[way.name]) for way in ways]
                told = [f"{rate:>8.0f} {cost:>4.2f} ms" for rate, cost in zip(rates, costs, strict=True)]
                print(f"{title:>24} {' '.join(told)} {rates[1] / rates[0]:>6.2f}", flush=True)
                slower += rates[1] < rates[0]
        finally:
            ours.kill()
            theirs.stop()
    return int(slower > 0)


if __name__ == "__main__":
    for make in (postfix, router):
        check(make)
    sys.exit(main())
