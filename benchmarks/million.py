"""A database of a million mails: how long the list of those who wait takes, and whether intake suffers.

python -m benchmarks.million                    SQLite
python -m benchmarks.million --postgres         a PostgreSQL of its own
python -m benchmarks.million --mails 100000     a smaller one

The list is timed within a process (query, both clocks, JSON) and as the whole command. Intake is measured beside an
empty database, in turns: 4 kB mails by 20 sessions over kept connections, from the first byte to the last copy at a sink.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import tiles
from benchmarks.sink import Sink
from benchmarks.throughput import _BY_SMTP, FOUNDERS, Way, one_round
from router.cli.common import plain
from router.cli.waiting import add_clocks
from router.config import load
from router.store.database import open_to_read, open_to_write
from router.store.dialect import write_engine
from router.store.waiting import waiting
from tests.bench.daemon import Daemon
from tests.bench.postgres import postgres

LIMIT = 0.3  # seconds for the list
SHARE = 0.8  # of the speed of an empty database


def daemon(folder: Path, sink: Sink, url: str | None) -> Daemon:
    """An installation with two founders at the sink."""
    folder.mkdir()
    inboxes = [_BY_SMTP.format(address=address, name=address.partition("@")[0], port=sink.port) for address in FOUNDERS]
    return Daemon(folder, inboxes="\n".join(inboxes), router='address = "router@example.com"', url=url)


def pid(running: Daemon) -> int:
    """Of a daemon that runs."""
    assert running.process is not None
    return running.process.pid


def timed(work: Callable[[], object], times: int = 7) -> float:
    """The median of several runs, in seconds."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def listing(installation: Daemon) -> tuple[int, float, float]:
    """How many wait, and the seconds that the list takes: within a process, and as a command."""
    settings = load(installation.config, os.environ)
    database = open_to_read(settings.router.database)

    def within() -> list[str]:
        now = datetime.now(UTC)
        rows = database.read(lambda connection: waiting(connection, now))
        add_clocks(rows, settings, now)
        return [json.dumps(row, ensure_ascii=False, default=plain) for row in rows]

    def command() -> None:
        words = [sys.executable, "-m", "router", "--config", str(installation.config), "waiting", "--json"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    try:
        return len(within()), timed(within), timed(command)
    finally:
        database.close()


def intake(full: Daemon, empty: Daemon, sink: Sink, rounds: int, mails: int) -> tuple[float, float]:
    """Mails per second into each, the median of so many rounds in turns."""
    full.start()
    empty.start()
    try:
        ways = [Way(name, one.port, pid(one)) for name, one in (("full", full), ("empty", empty))]
        found: dict[str, list[float]] = {way.name: [] for way in ways}
        for number in range(rounds + 1):
            for way in ways:
                speed = one_round(way, sink, mails, kept=True).rate
                found[way.name] += [speed] if number else []  # the first one warms up
        return statistics.median(found["full"]), statistics.median(found["empty"])
    finally:
        full.kill()
        empty.kill()


@contextmanager
def databases(on_postgres: bool) -> Iterator[tuple[str | None, str | None]]:
    """The URLs of a full and an empty one; None is the file of the installation."""
    if not on_postgres:
        yield None, None
        return
    with postgres() as server:
        yield server.new_database(), server.new_database()


def main() -> int:
    """Measure; exit code 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sent", type=int, default=1500, help="mails in a round (default: 1500)")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="r-") as name,
        Sink() as sink,
        databases(wanted.postgres) as (full_url, empty_url),
    ):
        full, empty = daemon(Path(name, "full"), sink, full_url), daemon(Path(name, "empty"), sink, empty_url)
        url = full_url or f"sqlite:///{full.database}"
        open_to_write(url, lambda error: None).close()
        engine = write_engine(url)
        tiles.fill(engine, wanted.mails // tiles.MAILS, lambda told: print(f"\r{told}", end="", file=sys.stderr))
        if wanted.postgres:
            with engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
        engine.dispose()
        print(file=sys.stderr)
        count, within, command = listing(full)
        print(
            f"{wanted.mails} mails, {count} wait: listed in {within * 1000:.0f} ms, by the command in {command * 1000:.0f} ms"
        )
        fast, usual = intake(full, empty, sink, wanted.rounds, wanted.sent)
        print(f"intake: {fast:.0f} mails a second, {usual:.0f} into an empty database, ratio {fast / usual:.2f}")
    return int(within > LIMIT or fast < SHARE * usual)


if __name__ == "__main__":
    sys.exit(main())
