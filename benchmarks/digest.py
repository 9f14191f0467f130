"""A nightly digest over a million mails: how long it takes, how much memory, how large it gets, and whether it counts right.

python -m benchmarks.digest                    SQLite
python -m benchmarks.digest --postgres         a PostgreSQL of its own
python -m benchmarks.digest --mails 100000     a smaller one

The mails are those of a year, 23 days of them in the month of the goal; 5,000 wait (of a million), and then twice as
many. Each digest is composed by a process of its own, as the daemon does it: read, put in order beside the last edition,
and made into letters for two readers. Exit code 1 where a limit is missed.
"""

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import tiles
from router import COLLECTED
from router.config import load
from router.config.digesting import office, plans, post
from router.config.joining import GoalsOf
from router.conversation.edition import Edition, Item, Kind, Section
from router.digest.nightly import composer
from router.store import keeping
from router.store.database import open_to_read, open_to_write
from router.store.dialect import write_engine
from router.store.tables import message, thread
from router.store.waiting import waiting
from tests.bench.daemon import Daemon
from tests.bench.postgres import postgres

READ = ("message", "thread", "sighting", "event")  # what a digest reads; the rest would take an hour to write
SECONDS, MEGABYTES, OCTETS = 2.0, 300, 80_000
AT = tiles.BEGIN  # an hour or two after the last mails
DIGEST = """
[relay]
host = "127.0.0.1"

[[goal]]
name = "first reply"
mailboxes = ["support"]
within = "4h"

[[digest]]
name = "nightly"
to = ["anna@example.com", "tom@example.com"]
"""


@contextmanager
def database(on_postgres: bool) -> Iterator[str | None]:
    """The URL of an empty one; None is the file of the installation."""
    if not on_postgres:
        yield None
        return
    with postgres() as server:
        yield server.new_database()


def measure(config: Path) -> dict[str, Any]:
    """Compose once, in this process."""
    gc.set_threshold(COLLECTED)  # as in every process of ours
    settings = load(config, os.environ)
    base = open_to_read(settings.router.database)
    now = AT
    goals = GoalsOf(settings)
    compose = composer(plans(settings), office(settings, goals.lines, goals.limits), post(settings, b"k" * 32))
    edition = Edition("edition", "nightly", Kind.NIGHTLY, "s", now, now, ("anna@example.com", "tom@example.com"))

    def rows(connection: Connection) -> tuple[Item, ...]:
        waits = select(thread.c.id, thread.c.since).where(thread.c.since.is_not(None))
        settled = select(thread.c.id, thread.c.answered).where(thread.c.since.is_(None)).limit(300)
        found = [*connection.execute(waits), *connection.execute(settled)]
        return tuple(Item(at, name, Section.NEW, since, 3) for at, (name, since) in enumerate(found, start=1))

    yesterday = now - timedelta(days=1)
    last = replace(edition, id="last", items=base.read(rows), at=yesterday, made=yesterday)
    begun = time.perf_counter()
    composed = base.read(lambda connection: compose(connection, edition, last))
    took = time.perf_counter() - begun
    listed = base.read(lambda connection: len(waiting(connection, now)))
    subject = composed.letters[0].body.decode("ascii")
    base.close()
    return {
        "rows": len(composed.items),
        "listed": listed,
        "seconds": took,
        "megabytes": peak(),
        "octets": max(len(one.block) + len(one.body) for one in composed.letters),
        "counted": f"{listed:,}" in _decoded(subject),
    }


def peak() -> float:
    """The most memory that this process has held; `getrusage` would tell that of its parent, where that had more."""
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(found) / 1024


def _decoded(mail: str) -> str:
    import email
    from email.header import decode_header, make_header

    return str(make_header(decode_header(email.message_from_string(mail)["Subject"])))


def apart(config: Path) -> dict[str, Any]:
    """The same in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.digest", "--measure", str(config)]
    ran = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def double(connection: Connection) -> None:
    """As many again wait: the same letters of other people."""
    waits = connection.execute(select(thread).where(thread.c.since.is_not(None))).mappings().all()
    letters = {row["letter"]: row for row in waits}
    query = select(message).join(thread, thread.c.letter == message.c.id).where(thread.c.since.is_not(None))
    mails = [dict(row) for row in connection.execute(query).mappings()]
    other = [one | {"id": f"x{one['id']}", "thread": f"x{one['thread']}"} for one in mails]
    threads = [dict(row) | {"id": f"x{row['id']}", "letter": f"x{row['letter']}"} for row in letters.values()]
    connection.execute(insert(message), other)
    connection.execute(insert(thread), threads)


def main() -> int:
    """Measure; exit code 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return 0
    below = True
    with tempfile.TemporaryDirectory(prefix="r-") as name, database(given.postgres) as url:
        installation = Daemon(Path(name), router='address = "router@example.com"', extra=DIGEST, url=url)
        where = url or f"sqlite:///{installation.database}"
        open_to_write(where, lambda error: None).close()
        engine = write_engine(where)
        tell = partial(print, "\r", end="", file=sys.stderr)
        number = given.mails // tiles.MAILS
        tiles.fill(engine, number, tell, apart=tiles.YEAR / number, only=READ)
        for step in range(2):
            with engine.begin() as connection:
                keeping.touch(connection, AT)
                if step:
                    double(connection)
                if given.postgres:
                    connection.exec_driver_sql("ANALYZE")
            found = apart(installation.config)
            print(
                f"{given.mails} mails, {found['rows']} wait: {found['seconds']:.2f} s, {found['megabytes']:.0f} MB,"
                f" mail of {found['octets'] / 1000:.1f} kB, {'right' if found['counted'] else 'WRONG'} total"
            )
            limits = (found["seconds"] < SECONDS, found["megabytes"] < MEGABYTES, found["octets"] < OCTETS)
            below &= all(limits) and found["counted"] and found["rows"] == found["listed"]
        engine.dispose()
    return int(not below)


if __name__ == "__main__":
    sys.exit(main())
