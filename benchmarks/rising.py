"""How long the words that rise and the sentences of a week take over a million mails, and how much memory.

python -m benchmarks.rising                  1,000,000 mails of a year: 19,000 a week, half of them customers'
python -m benchmarks.rising --years 3        the same number over three years

Texts are some 700 characters out of 30,000 invented words, the common ones more often (Zipf), with stop words between
them. Measured are `router rising --json` of the last week, as a command, with the counts of the weeks before kept and
not kept, and `said_in` beside it. Seconds are of processor time, since the machine is shared. The exit code is 1 where
the two together take over 5 s or 300 MB.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import Connection, insert

from router.conversation import rising
from router.conversation.weeks import Week
from router.conversation.words import WordReader
from router.store import wordweeks
from router.store.database import Database, open_to_write
from router.store.dialect import write_engine
from router.store.rising import said_in
from router.store.tables import message, new_text
from router.store.texts import voices
from router.store.wordweeks import Scope
from tests.bench.daemon import Daemon
from tests.store.desk import opened, seen
from tests.store.driver import Router, letter

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
SECONDS, MEMORY = 5.0, 300  # MB
SCOPE = Scope(ZoneInfo("Europe/London"))
BATCH = 5_000
_STOP_TEXT = "the of and to in is it that was for on are with as i my you we not have this but by from they"
_SYLLABLE_TEXT = "ba re mi no ta lu ke so di va po ne ra li mo tu fe sa wi go"
_STOP, _SYLLABLES = _STOP_TEXT.split(), _SYLLABLE_TEXT.split()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1_000_000)
    parser.add_argument("--years", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        daemon = Daemon(Path(name))
        url = f"sqlite:///{daemon.database}"
        open_to_write(url, lambda error: None).close()
        last = fill(url, wanted.mails, timedelta(days=365 * wanted.years))
        week = Week.of(last, SCOPE.zone).earlier(1)
        print(f"load {os.getloadavg()[0]:.1f}, {wanted.mails} mails, {daemon.database.stat().st_size / 1e9:.1f} GB")
        command(daemon, week, "nothing counted before")
        print(f"counting eight weeks: {count(url, week):.1f} s")
        seconds, megabytes = command(daemon, week, "the weeks before counted")
        sentences = in_a_child(lambda: measure_sentences(url, week))
        print(f"rising and five sentences: {seconds + sentences:.1f} s, {megabytes} MB")
    return int(seconds + sentences > SECONDS or megabytes > MEMORY)


def command(daemon: Daemon, week: Week, what: str) -> tuple[float, int]:
    """Run the command as a process of its own."""
    line = [sys.executable, "-m", "router", "--config", str(daemon.config), "rising", "--week", week.name, "--json"]
    out = daemon.config.with_name("out")
    actions = [(os.POSIX_SPAWN_OPEN, 1, str(out), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    _, status, usage = os.wait4(os.posix_spawn(sys.executable, line, os.environ, file_actions=actions), 0)
    assert status == 0
    megabytes = usage.ru_maxrss // 1000
    seconds = usage.ru_utime + usage.ru_stime
    words = len(out.read_text().splitlines())
    print(f"router rising, {what}: {seconds:.1f} s, {megabytes} MB, {words} words")
    return seconds, megabytes


def in_a_child(work: Any) -> float:
    """Seconds that a child needs for it, with its memory told."""
    reading, writing = os.pipe()
    if not (pid := os.fork()):
        os.write(writing, f"{work()}".encode())
        os._exit(0)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    seconds = float(os.read(reading, 100))
    print(f"five sentences: {seconds:.1f} s, {usage.ru_maxrss // 1000} MB")
    return seconds


def measure_sentences(url: str, week: Week) -> float:
    """Of the week."""
    database = open_to_write(url, lambda error: None)
    begun = time.process_time()
    database.read(lambda c: said_in(c, SCOPE, week.begin(SCOPE.zone), week.end(SCOPE.zone)))
    seconds = time.process_time() - begun
    database.close()
    return seconds


def count(url: str, week: Week) -> float:
    """What the daemon does by and by."""
    database = open_to_write(url, lambda error: None)
    begun = time.process_time()
    for back in range(1, 9):
        _count(database, week.earlier(back))
    seconds = time.process_time() - begun
    size = database.read(lambda c: c.exec_driver_sql("SELECT avg(length(counts)) FROM word_week").scalar_one())
    print(f"a week's counts: {size / 1e6:.2f} MB")
    database.close()
    return seconds


def _count(database: Database, week: Week) -> None:
    begin, end = week.begin(SCOPE.zone), week.end(SCOPE.zone)
    counted = database.read(lambda c: rising.count(voices(c, begin, end), WordReader()))
    stand = database.read(lambda c: wordweeks.messages_in(c, begin, end))
    database.write("count", lambda c: wordweeks.keep(c, SCOPE, week, counted, stand))


def fill(url: str, mails: int, span: timedelta) -> datetime:
    """Write so many messages with their texts; returns the time of the last."""
    model = _model()
    said_of = list(islice(texts(random.Random("rising")), 50_000))
    chance = random.Random("people")
    engine = write_engine(url)
    at = BEGIN
    for begin in range(0, mails, BATCH):
        rows, said = [], []
        for number in range(begin, min(begin + BATCH, mails)):
            at = BEGIN + span * number / mails
            name = f"{number:016}"
            who = f"kim{chance.randrange(mails // 5)}@customer.example"
            ours = number % 2
            rows.append(
                model
                | {
                    "id": name,
                    "sha256": number.to_bytes(32),
                    "message_id": f"{name}@customer.example",
                    "thread": f"{number // 3:016}",
                }
                | {"customer": who, "author": who, "received": at, "direction": "out" if ours else "in"}
            )
            said.append({"message": name, "text": said_of[chance.randrange(len(said_of))]})
        with engine.begin() as connection:
            _insert(connection, rows, said)
        print(f"\r{begin + BATCH}", end="", file=sys.stderr)
    print(file=sys.stderr)
    engine.dispose()
    return at


def _insert(connection: Connection, rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> None:
    connection.execute(insert(message), rows)
    connection.execute(insert(new_text), said)


def _model() -> dict[str, Any]:
    """The row that a real letter leaves."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as database:
        router = Router(database)
        router.route(seen(letter()))
        return dict(router.messages[0])


def texts(chance: random.Random) -> Iterator[str]:
    """New texts."""
    words = list({"".join(chance.choice(_SYLLABLES) for _ in range(chance.randrange(2, 5))) for _ in range(40_000)})[
        :30_000
    ]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    while True:
        said: list[str] = []
        for _ in range(chance.randrange(4, 24)):
            some = chance.choices(words, cum_weights=weights, k=chance.randrange(3, 8))
            some = [
                each for word in some for each in ((word, chance.choice(_STOP)) if chance.random() < 0.6 else (word,))
            ]
            said.append(" ".join(some).capitalize() + ".")
        yield "\n".join(said)


if __name__ == "__main__":
    sys.exit(main())
