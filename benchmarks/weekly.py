"""A founders' letter over a million mails of a year: how long it takes, how much memory, and how large it gets.

python -m benchmarks.weekly                    1,000,000 mails of a year: 19,000 a week; 5,000 wait
python -m benchmarks.weekly --mails 100000     a smaller one
python -m benchmarks.weekly --folder DIR       keep the database there, and take it again

Texts of ten weeks are those of `benchmarks.rising`. Measured is one letter for two readers, in a process of its own, with
the words of the weeks before counted, as the daemon does by and by. Seconds are of processor time, since the machine is
shared. Exit code 1 where it takes over 5 s or 300 MB, or the mail grows over 80 kB.
"""

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import rising, tiles
from benchmarks.digest import peak
from router import COLLECTED
from router.config import load
from router.config.digesting import office, plans, post
from router.config.joining import GoalsOf
from router.config.weekly import rising_scope
from router.conversation.edition import Edition, Kind
from router.conversation.rising import count
from router.conversation.weeks import Week
from router.conversation.words import WordReader
from router.store import wordweeks
from router.store.database import Database, open_to_read, open_to_write
from router.store.dialect import write_engine
from router.store.tables import message, new_text
from router.store.texts import voices
from tests.bench.daemon import Daemon

READ = ("message", "thread", "sighting", "event")
SECONDS, MEGABYTES, OCTETS = 5.0, 300, 80_000
AT = tiles.BEGIN - timedelta(hours=15)  # the Sunday evening before the last mails
TEXTS = timedelta(weeks=10)
DIGEST = """
[relay]
host = "127.0.0.1"

[[goal]]
name = "first reply"
mailboxes = ["support"]
within = "4h"

[[digest]]
name = "founders"
kind = "weekly"
to = ["mike@example.com", "helen@example.com"]
"""


def main() -> int:
    """Measure; exit code 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return 0
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        folder = given.folder or Path(name)
        folder.mkdir(exist_ok=True)
        installation = Daemon(folder, router='address = "router@example.com"', extra=DIGEST)
        if not installation.database.exists():
            fill(f"sqlite:///{installation.database}", given.mails, installation.config)
        words = [sys.executable, "-m", "benchmarks.weekly", "--measure", str(installation.config)]
        ran = subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[1])
        found: dict[str, Any] = json.loads(ran.stdout)
    print(
        f"{given.mails} mails, a letter of {found['letters']}: {found['seconds']:.2f} s, {found['megabytes']:.0f} MB,"
        f" mail of {found['octets'] / 1000:.1f} kB"
    )
    return int(found["seconds"] > SECONDS or found["megabytes"] > MEGABYTES or found["octets"] > OCTETS)


def measure(config: Path) -> dict[str, Any]:
    """Compose once, in this process."""
    from router.digest.weekly.compose import composer

    gc.set_threshold(COLLECTED)  # as in every process of ours
    settings = load(config, os.environ)
    goals = GoalsOf(settings)
    base = open_to_read(settings.router.database)
    compose = composer(plans(settings), office(settings, goals.lines, goals.limits), post(settings, b"k" * 32))
    edition = Edition("edition", "founders", Kind.WEEKLY, "s", AT, AT, settings.digests[0].to)
    begun = time.process_time()
    composed = base.read(lambda connection: compose(connection, edition, None))
    took = time.process_time() - begun
    letters = base.read(lambda connection: wordweeks.messages_in(connection, AT - timedelta(days=7), AT))
    base.close()
    return {
        "letters": letters,
        "seconds": took,
        "megabytes": peak(),
        "octets": max(len(one.block) + len(one.body) for one in composed.letters),
    }


def fill(url: str, mails: int, config: Path) -> None:
    """A year of mails, the texts of the last weeks, and their counts."""
    open_to_write(url, lambda error: None).close()
    engine = write_engine(url)
    number = mails // tiles.MAILS
    tiles.fill(engine, number, partial(print, "\r", end="", file=sys.stderr), apart=tiles.YEAR / number, only=READ)
    texts = list(islice(rising.texts(random.Random("weekly")), 50_000))
    chance = random.Random("which")
    recent = select(message.c.id).where(message.c.received >= AT - TEXTS)
    with engine.begin() as connection:
        names = connection.execute(recent).scalars().all()
        for at in range(0, len(names), 5_000):
            some = names[at : at + 5_000]
            rows = [{"message": one, "text": texts[chance.randrange(len(texts))]} for one in some]
            connection.execute(insert(new_text), rows)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    scope = rising_scope(load(config, os.environ))
    database = open_to_write(url, lambda error: None)
    for back in range(1, 9):
        _count(database, scope, Week.of(AT, scope.zone).earlier(back))
    database.close()


def _count(database: Database, scope: wordweeks.Scope, week: Week) -> None:
    begin, end = week.begin(scope.zone), week.end(scope.zone)
    counted = database.read(lambda c: count(voices(c, begin, end), WordReader()))
    stand = database.read(lambda c: wordweeks.messages_in(c, begin, end))
    database.write("count", lambda c: wordweeks.keep(c, scope, week, counted, stand))


if __name__ == "__main__":
    sys.exit(main())
